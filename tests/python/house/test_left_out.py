"""What a machine lacks is no reason for CI to be green: there, tests without their environment fail."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.environments import leave_out
from tests.python.storage import standins


@pytest.mark.parametrize(("ci", "outcome"), [("true", pytest.fail), ("1", pytest.fail), ("", pytest.skip)])
def test_ci_leaves_nothing_out(ci: str, outcome: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", ci)
    with pytest.raises(outcome.Exception, match="no Python of that version"):
        leave_out("no Python of that version")


def test_only_node_itself_may_be_missing_in_ci(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "true")
    monkeypatch.setattr(standins, "AZURITE", Path("/nowhere"))
    monkeypatch.setattr(shutil, "which", lambda _: None)
    with pytest.raises(pytest.skip.Exception, match="the project cannot install them"):
        standins.leave_out_where_missing("az")
    monkeypatch.setattr(shutil, "which", lambda program: f"/usr/bin/{program}")
    with pytest.raises(pytest.fail.Exception, match="make azurite"):
        standins.leave_out_where_missing("az")
    standins.leave_out_where_missing("s3")
