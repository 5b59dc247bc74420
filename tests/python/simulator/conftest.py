"""The demo, simulated once for all tests of the simulator."""

import pytest

from orchestration.simulator import Simulation, simulate

from .asking import Ask, asker


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Simulation:
    """Return the sample company as `make run` simulates it."""
    return simulate(tmp_path_factory.mktemp("simulator") / "demo")


@pytest.fixture(scope="session")
def ask(demo: Simulation) -> Ask:
    """Return a function that runs SQL over the demo."""
    return asker(demo.out)
