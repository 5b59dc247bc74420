"""A simulator of billing exports: a made-up company, in the layouts that providers write, together with the truth.

Belongs here: everything that makes up data. Does not belong here: anything that reads it as the warehouse does; the
simulator shares no definition with the loader, so that it can serve as its oracle.

`simulate` writes the sample company; `write_cur2` writes a large export for the benchmark.
"""

from .simulate import Simulation, SimulationError, simulate

__all__ = ["Simulation", "SimulationError", "simulate"]
