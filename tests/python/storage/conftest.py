"""A fresh world for each test, and the stand-ins of the clouds, one of each per run."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from orchestration.landing import remote
from tests.python.landing.world import World

from .standins import STANDINS, StandIn, leave_out_where_missing, without_clouds

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def world(tmp_path: Path) -> World:
    """Give an empty world."""
    return World(tmp_path)


@pytest.fixture(scope="session")
def running() -> Iterator[dict[str, StandIn]]:
    """Keep what has been started."""
    started: dict[str, StandIn] = {}
    yield started
    for standin in started.values():
        standin.stop()


@pytest.fixture(params=list(STANDINS))
def cloud(request: pytest.FixtureRequest, running: dict[str, StandIn], monkeypatch: pytest.MonkeyPatch) -> StandIn:
    """Give each cloud in turn."""
    return use(request.param, running, monkeypatch)


@pytest.fixture
def s3(running: dict[str, StandIn], monkeypatch: pytest.MonkeyPatch) -> StandIn:
    """Give S3 alone."""
    return use("s3", running, monkeypatch)


def use(name: str, running: dict[str, StandIn], monkeypatch: pytest.MonkeyPatch) -> StandIn:
    """Start a stand-in where it does not run yet, and point the environment at it, and only at it."""
    leave_out_where_missing(name)
    if name not in running:
        running[name] = STANDINS[name]()
    standin = running[name]
    for variable, value in without_clouds().items():
        if value:
            monkeypatch.setenv(variable, value)
        else:
            monkeypatch.delenv(variable)
    for variable, value in standin.env.items():
        monkeypatch.setenv(variable, value)
    monkeypatch.setattr(remote, "PAUSES", (0.01, 0.02))
    gate = standin.gate
    gate.requests.clear()
    gate.status, gate.keep, gate.after = lambda _line: None, lambda _line, length: length, lambda _line: None
    return standin
