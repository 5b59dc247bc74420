"""A home of its own and a small build database for each test of the doors."""

from pathlib import Path

import pytest

from orchestration import publish
from orchestration.settings import Settings
from orchestration.staged import Staged

from . import fake_build

PROJECT = Path(__file__).resolve().parents[3]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(PROJECT, tmp_path / "it's a home", tmp_path / "sources.yml", tmp_path / "rules")


@pytest.fixture
def build_db(settings: Settings) -> Path:
    return fake_build.make(settings.build_db)


def staged_and_verified(settings: Settings, changed: set[str] | None = None) -> Staged:
    staged = publish.stage(settings, settings.build_db, publish.new_publication_id(settings), changed, {})
    assert all(result.passed for result in publish.verify(staged))
    return staged


def published(settings: Settings, changed: set[str] | None = None) -> str:
    staged = staged_and_verified(settings, changed)
    publish.swap(staged, settings)
    return staged.publication_id
