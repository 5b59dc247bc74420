"""In which order tests run: files that take minutes come first, so that no worker is alone with one at the end.

Belongs here: the order alone. No test may need it.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest

HERE = Path(__file__).parent
FIRST = (
    "bigquery/test_values.py",
    "dagster_job/test_closes.py",
    "dagster_job/test_killed.py",
    "dagster_job",
    "samples",
    "truth",
    "bigquery",
    "validator",
    "house/test_answers.py",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the long ones first; the others stay as they are."""
    items.sort(key=lambda item: _place(item.path))


def _place(file: Path) -> int:
    path = file.relative_to(HERE)
    return next((number for number, name in enumerate(FIRST) if path.is_relative_to(name)), len(FIRST))
