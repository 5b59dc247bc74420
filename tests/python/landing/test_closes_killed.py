"""A close or a reopening that is killed by the system at any of its steps: all of it counts, or nothing."""

from __future__ import annotations

import json
import os
import signal
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from orchestration import closing
from orchestration.landing.ledger import load_ledger, roll_forward

if TYPE_CHECKING:
    from .world import World

AUGUST = date(2026, 8, 1)
NAMES = ["aws", "saas", "google"]
WHO = ["2026-08", "--by", "Ada", "--why", "books are due"]
MOST_STEPS = 60


def run_killed(world: World, command: str, step: int) -> int | None:
    """Run a command in a process of its own, which is killed before this step of writing; None if it was."""
    child = os.fork()
    if child == 0:
        try:
            _arm(step)
            os.environ |= {"FINOPS_HOME": str(world.settings.home), "FINOPS_SOURCES": str(world.settings.sources_file)}
            os._exit(closing.main(command, WHO))
        finally:
            os._exit(99)
    _, status = os.waitpid(child, 0)
    return (
        None if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL else os.waitstatus_to_exitcode(status)
    )


def _arm(step: int) -> None:
    """Count what is flushed, renamed or removed, and kill this process before the given one."""
    counted = [0]

    def deadly(original: object) -> object:
        def call(*args: object, **options: object) -> object:
            counted[0] += 1
            if counted[0] == step:
                os.kill(os.getpid(), signal.SIGKILL)
            return original(*args, **options)

        return call

    for place, name in ((os, "fsync"), (Path, "replace"), (Path, "unlink")):
        setattr(place, name, deadly(getattr(place, name)))


@pytest.fixture
def published(world: World, monkeypatch: pytest.MonkeyPatch) -> World:
    """Give a world whose publication has August of three sources."""
    monkeypatch.setattr(closing, "made_up_moment", lambda _: datetime.fromisoformat("2026-11-30"))
    for name in NAMES:
        world.source("focus", name)
    publication = world.settings.publications_dir / "20260901T000000.000Z"
    publication.mkdir(parents=True)
    inputs = {name: {AUGUST.isoformat(): "d1"} for name in NAMES}
    manifest = {"id": publication.name, "inputs": inputs, "books": []}
    (publication / "publication.json").write_text(json.dumps(manifest))
    world.settings.published_link.symlink_to(publication)
    return world


def closed(world: World) -> list[str]:
    """Name the sources whose August is closed, as the next run or command sees it."""
    roll_forward(world.settings)
    return sorted(name for name, month in load_ledger(world.settings).closed() if month == AUGUST)


def test_killed_at_any_step_it_is_done_for_all_sources_or_for_none(published: World) -> None:
    for command, before, after in (("close", [], sorted(NAMES)), ("reopen", sorted(NAMES), [])):
        seen = []
        for step in range(1, MOST_STEPS):
            code = run_killed(published, command, step)
            now = closed(published)
            assert now in (before, after), (command, step)
            seen.append(now)
            if now == after:
                if code == 0:
                    break
                undo = "reopen" if command == "close" else "close"
                assert run_killed(published, undo, 0) == 0, "the next command works"
                assert closed(published) == before
        assert code == 0, f"{command} was never let finish"
        assert before in seen, "some kill came before the decision"
        assert seen.count(after) > 1, "and some after it"
    left = [path.name for path in (published.settings.state_dir / "closes").glob(".commit-*.json")]
    assert left == []


def test_what_was_killed_is_finished_by_the_same_command(published: World) -> None:
    assert run_killed(published, "close", 1) is None
    assert run_killed(published, "close", 0) == 0
    assert closed(published) == sorted(NAMES)
