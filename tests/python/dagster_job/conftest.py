"""The company after its first days, each lived once for all processes: tests that change it work on a copy."""

from __future__ import annotations

import os
import pickle
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import dagster as dg
import pytest

from tests.python.shared import once

from .company import Company, Told
from .second_day import second_day

Day = Callable[[Company, dg.DagsterInstance], dg.ExecuteInProcessResult]


@dataclass(frozen=True)
class Lived:
    """A company after a day, to be read by everybody, and what the last run of that day told Dagster."""

    company: Company
    told: Told

    @property
    def published(self) -> str:
        """The id of what readers see."""
        return self.company.publication

    @contextmanager
    def copy(self, folder: Path) -> Iterator[Company]:
        """Give a copy that may be changed, for a while: it has some fifty megabytes."""
        company = self.company.copied(folder / "company")
        try:
            yield company
        finally:
            shutil.rmtree(company.root)


@contextmanager
def restored_environment() -> Iterator[None]:
    """Take back what a company sets, so that no other test finds its rules."""
    before = dict(os.environ)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


@pytest.fixture(autouse=True)
def _restored_environment() -> Iterator[None]:
    with restored_environment():
        yield


def live(factory: pytest.TempPathFactory, name: str, day: Day, before: Lived | None = None) -> Lived:
    """Let a company live a day, after another one or as its first."""

    def make(folder: Path) -> None:
        root = folder / "company"
        company = before.company.copied(root) if before else Company(root).set_up()
        with restored_environment(), dg.DagsterInstance.ephemeral() as instance:
            result = day(company, instance)
        assert result.success, company.report()["error"]
        (folder / "told").write_bytes(pickle.dumps(Told.by(result)))

    folder = once(factory, f"company-{name}", make)
    return Lived(Company(folder / "company"), pickle.loads((folder / "told").read_bytes()))


@pytest.fixture(scope="session")
def first_run(tmp_path_factory: pytest.TempPathFactory) -> Lived:
    """Run the job once over an untouched home."""
    return live(tmp_path_factory, "first", lambda company, instance: company.run(instance))


@pytest.fixture(scope="session")
def second_run(first_run: Lived, tmp_path_factory: pytest.TempPathFactory) -> Lived:
    """Run it again over what `second_day` brings."""
    return live(tmp_path_factory, "second", second_day, first_run)


@pytest.fixture
def company(first_run: Lived, tmp_path: Path) -> Iterator[Company]:
    """Give the company after its first run to a test that changes it."""
    with first_run.copy(tmp_path) as company:
        yield company


@pytest.fixture
def older_company(second_run: Lived, tmp_path: Path) -> Iterator[Company]:
    """Give the company after its second run to a test that changes it."""
    with second_run.copy(tmp_path) as company:
        yield company


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    """Give a history that is gone afterwards."""
    with dg.DagsterInstance.ephemeral() as found:
        yield found


@pytest.fixture
def fresh(tmp_path: Path) -> Company:
    """Give a company that never ran."""
    return Company(tmp_path / "fresh").set_up()
