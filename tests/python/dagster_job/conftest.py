"""One full run, shared: tests that change the company work on a copy of what it left."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import dagster as dg
import pytest

from .company import Company


@dataclass
class FirstRun:
    """A company after its first run."""

    company: Company
    result: dg.ExecuteInProcessResult
    published: str


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


@pytest.fixture(scope="session")
def first_run(tmp_path_factory: pytest.TempPathFactory) -> FirstRun:
    """Run the job once over an untouched home."""
    company = Company(tmp_path_factory.mktemp("company")).set_up()
    with restored_environment(), dg.DagsterInstance.ephemeral() as instance:
        result = company.run(instance)
    return FirstRun(company, result, company.publication)


@contextmanager
def put_back(company: Company) -> Iterator[None]:
    """Put a company back as it was; paths in the build database are absolute, so the home has to stay where it is."""
    root = company.root
    kept = root.with_name(f"{root.name}-kept")
    shutil.copytree(root, kept, symlinks=True)
    try:
        yield
    finally:
        shutil.rmtree(root)
        kept.rename(root)


@pytest.fixture
def company(first_run: FirstRun) -> Iterator[Company]:
    """Give the published company to a test that changes it."""
    with put_back(first_run.company):
        yield first_run.company


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    """Give a history that is gone afterwards."""
    with dg.DagsterInstance.ephemeral() as found:
        yield found


@pytest.fixture
def fresh(tmp_path: Path) -> Company:
    """Give a company that never ran."""
    return Company(tmp_path / "fresh").set_up()
