"""What the environment decides: where things are, which engine, how much of the machine to use.

Only values that come from environment variables and the paths that follow from them belong here. What to load is
in `sources.yml` (see `sources.py`); what a company decides is in the rule files (see `landing/rules.py`).
"""

from __future__ import annotations

import errno
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from orchestration.errors import FinopsError
from orchestration.words import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Mapping

TARGETS = ("duckdb", "bigquery")
PREFIX = "FINOPS_"
NAMES = (
    *("HOME", "SOURCES", "RULES", "TARGET", "STRICT", "RAW_KEEP_DAYS", "LINE_TABLE_LIMIT", "MEMORY_LIMIT", "THREADS"),
    *("SCHEDULE", "RETRY_SECONDS", "ALERTS", "BIGQUERY_PROJECT", "BIGQUERY_LOCATION", "BIGQUERY_METHOD"),
    *("AS_OF", "PUBLICATION_ID", "REBUILD"),  # set by runs themselves
)
"""Every variable that something here reads, without its prefix. Others with this prefix belong to the company."""
_MEMORY = re.compile(r"\d+(\.\d+)?\s*(KB|MB|GB|TB|KiB|MiB|GiB|TiB)", re.IGNORECASE)


@dataclass(frozen=True)
class Settings:
    """Everything a run needs to know about its surroundings; all paths are absolute."""

    project_dir: Path
    home: Path
    sources_file: Path
    rules_dir: Path
    target: str = "duckdb"
    strict: bool = False
    raw_keep_days: int = 30
    line_table_limit: int = 300_000
    memory_limit: str = "3GB"
    threads: int = 2

    @classmethod
    def from_env(cls, environ: Mapping[str, str] | None = None) -> Settings:
        """Read the settings from environment variables; FinopsError names the variable whose value is bad."""
        env = os.environ if environ is None else environ
        _refuse_misspelled(env)
        project_dir = Path(__file__).resolve().parent.parent
        home = _path(env, "FINOPS_HOME", project_dir / "warehouse")
        sources_file = _path(env, "FINOPS_SOURCES", project_dir / "sample_company" / "sources.yml")
        return cls(
            project_dir=project_dir,
            home=home,
            sources_file=sources_file,
            rules_dir=_rules_dir(env, sources_file, project_dir),
            target=_choice(env, "FINOPS_TARGET", TARGETS),
            strict=_flag(env, "FINOPS_STRICT"),
            raw_keep_days=_number(env, "FINOPS_RAW_KEEP_DAYS", default=30, least=0),
            line_table_limit=_number(env, "FINOPS_LINE_TABLE_LIMIT", default=300_000, least=0),
            memory_limit=_memory(env, "FINOPS_MEMORY_LIMIT", default="3GB"),
            threads=_number(env, "FINOPS_THREADS", default=os.cpu_count() or 1, least=1),
        )

    def make_home(self) -> None:
        """Make the home if need be; FinopsError where nothing can be written there."""
        try:
            self.home.mkdir(parents=True, exist_ok=True)
            if not os.access(self.home, os.W_OK | os.X_OK):
                raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        except OSError as error:
            raise FinopsError(
                f"FINOPS_HOME is '{self.home}', where nothing can be written: {error.strerror}. Name a folder that "
                "this user may write to."
            ) from None

    @property
    def raw_dir(self) -> Path:
        """Every delivery as it was delivered: `<source>/<delivery id>/`."""
        return self.home / "raw"

    @property
    def state_dir(self) -> Path:
        """What cannot be rebuilt: the ledger, closes, vintages. Back this folder up."""
        return self.home / "state"

    @property
    def build_dir(self) -> Path:
        """The working database of the build."""
        return self.home / "build"

    @property
    def build_db(self) -> Path:
        """The DuckDB file that dbt builds in."""
        return self.build_dir / "warehouse.duckdb"

    @property
    def publications_dir(self) -> Path:
        """One folder per publication."""
        return self.home / "publications"

    @property
    def published_link(self) -> Path:
        """The link that readers follow to the newest publication."""
        return self.home / "published"

    @property
    def served_publication(self) -> Path | None:
        """The folder that the link leads to, named by the publication's id; None before the first one."""
        return self.published_link.resolve() if self.published_link.is_symlink() else None

    @property
    def run_report(self) -> Path:
        """What the last run did, for machines."""
        return self.home / "run_report.json"

    @property
    def docs_dir(self) -> Path:
        """The pages that show what the doors checked."""
        return self.home / "data_docs"

    @property
    def dagster_home(self) -> Path:
        """Dagster's own storage."""
        return self.home / "dagster"

    @property
    def logs_dir(self) -> Path:
        """Logs of dbt and of the run."""
        return self.home / "logs"

    @property
    def lock_file(self) -> Path:
        """Held by the one run that may write to this home."""
        return self.home / "run.lock"


def _refuse_misspelled(env: Mapping[str, str]) -> None:
    """Refuse a name that is nearly one of ours: nobody reads it, and the default would hold without a word."""
    for name in sorted(env):
        word = name.removeprefix(PREFIX)
        if word not in (name, *NAMES) and (meant := did_you_mean(word, NAMES)):
            raise FinopsError(f"{name} is set, but there is no such setting; did you mean {PREFIX}{meant}?")


def _text(env: Mapping[str, str], name: str) -> str | None:
    """Give the value without blanks around it; an empty variable counts as not set."""
    return env.get(name, "").strip() or None


def _path(env: Mapping[str, str], name: str, default: Path) -> Path:
    value = _text(env, name)
    return Path(os.path.abspath(Path(value).expanduser() if value else default))  # noqa: PTH100  (keeps symlinks)


def _rules_dir(env: Mapping[str, str], sources_file: Path, project_dir: Path) -> Path:
    if _text(env, "FINOPS_RULES"):
        chosen = _path(env, "FINOPS_RULES", project_dir)
        if not chosen.is_dir():
            raise FinopsError(f"FINOPS_RULES is '{chosen}', which is not a folder; point it at a folder of rule CSVs.")
        return chosen
    beside = sources_file.parent / "rules"
    return beside if beside.is_dir() else project_dir / "seeds" / "rules"


def _choice(env: Mapping[str, str], name: str, choices: tuple[str, ...]) -> str:
    value = (_text(env, name) or choices[0]).lower()
    if value not in choices:
        raise FinopsError(f"{name} is '{value}'; it must be one of: {', '.join(choices)}.")
    return value


def _flag(env: Mapping[str, str], name: str) -> bool:
    value = (_text(env, name) or "0").lower()
    if value not in {"0", "1", "true", "false", "yes", "no"}:
        raise FinopsError(f"{name} is '{value}'; it must be 1 (on) or 0 (off).")
    return value in {"1", "true", "yes"}


def _number(env: Mapping[str, str], name: str, *, default: int, least: int) -> int:
    value = _text(env, name)
    if value is None:
        return default
    try:
        number = int(value.replace("_", ""))
    except ValueError:
        number = least - 1
    if number < least:
        raise FinopsError(f"{name} is '{value}'; it must be a whole number of at least {least}.")
    return number


def _memory(env: Mapping[str, str], name: str, *, default: str) -> str:
    value = _text(env, name) or default
    if not _MEMORY.fullmatch(value):
        raise FinopsError(f"{name} is '{value}'; it must be an amount of memory such as 3GB or 800MB.")
    return value
