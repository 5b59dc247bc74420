"""Tests of the simulator: its truth, its layouts, its story, and that it does the same thing twice."""
