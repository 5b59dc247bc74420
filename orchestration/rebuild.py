"""What has to be rebuilt: the difference between the ledger and what readers see, and what an unfinished build left.

Belongs here: fingerprints of everything that decides a number, the memory of the build (`build/state.json`), and the
list of (source, billing month) that follows from them. Nothing is built here; see `build.py`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from orchestration.errors import FinopsError
from orchestration.files import write_json
from orchestration.landing.books import booked_source, keep_books
from orchestration.landing.rules import WATCHING
from orchestration.publish import last_publication
from orchestration.words import counted

if TYPE_CHECKING:
    from orchestration.landing import Ledger
    from orchestration.landing.books import Books
    from orchestration.settings import Settings

Pair = tuple[str, str]
"""A source and the first day of a billing month, `2026-10-01`."""

STATE_VERSION = 1
# Everything whose change may change a number that was built before, besides the bills and the rules.
# The landing as a whole: whatever its relations read through must not change unnoticed.
_PROJECT = (
    "models",
    "macros",
    "seeds/reference",
    "orchestration/formats",
    "orchestration/landing",
    "orchestration/analysis",
)
_PROJECT_FILES = ("dbt_project.yml",)
_SUFFIXES = (".sql", ".yml", ".yaml", ".csv", ".py")


@dataclass(frozen=True)
class Plan:
    """What a run has to build. `pairs` is None for everything; an empty list still refreshes the small relations."""

    needed: bool
    reason: str
    pairs: list[Pair] | None
    inputs: dict[str, dict[str, str]]
    """{line source: {month: delivery ids}} of what will be published; see `Books.inputs`."""
    books: list[dict[str, str | int]]
    """Entries of the bills that are not simply booked in their own month, as the publication's manifest keeps them."""
    rules_hash: str
    project_hash: str
    ledger_hash: str

    @property
    def is_full(self) -> bool:
        """Whether everything is built anew."""
        return self.pairs is None

    @property
    def months(self) -> list[str]:
        """The billing months that are touched, `2026-10-01`; those of all deliveries in a full build."""
        if self.pairs is None:
            return sorted({month for months in self.inputs.values() for month in months})
        return sorted({month for _, month in self.pairs})

    @property
    def changed_months(self) -> set[str] | None:
        """The same for the publication: None where all line-level files are to be written."""
        return None if self.pairs is None else set(self.months)

    @property
    def variable(self) -> str:
        """The value of FINOPS_REBUILD."""
        return "all" if self.pairs is None else json.dumps([list(pair) for pair in self.pairs])


@dataclass
class BuildState:
    """What the build database holds: the content of a publication, but for the pending pairs."""

    publication_id: str | None = None
    """The publication whose numbers the build database holds."""
    next_publication_id: str | None = None
    """The publication about to be shown; if it is the served one, the build that made it was finished."""
    pending: list[Pair] | None = field(default_factory=list)
    """Pairs that an unfinished build may have touched; None for all."""
    rules_hash: str = ""
    project_hash: str = ""
    ledger_hash: str = ""
    """What the published ledger shows; empty while a build is unfinished."""


def make_plan(settings: Settings, ledger: Ledger) -> Plan:
    """Compare the ledger with the served publication and say what is to be rebuilt, and why."""
    kept = keep_books(ledger)
    inputs, books = kept.inputs(), kept.late_entries()
    hashes = {
        "rules_hash": rules_hash(settings),
        "project_hash": project_hash(settings),
        "ledger_hash": ledger_hash(ledger) + watching_hash(settings),
    }

    def plan(reason: str, pairs: Iterable[Pair] | None, *, needed: bool = True) -> Plan:
        wanted = None if pairs is None else sorted(with_line_sources(pairs, inputs))
        return Plan(needed, reason, wanted, inputs, books, **hashes)

    former = last_publication(settings)
    changed = differing(former["inputs"] if former else {}, inputs)
    _check_parts(settings, ledger, kept, changed)
    if former is None:
        return plan("this is the first publication", None)
    for name, what in (("rules_hash", "the rules have changed"), ("project_hash", "the models have changed")):
        if former.get(name) != hashes[name]:
            return plan(what, None)
    state = read_state(settings)
    known = state is not None and state.publication_id == former["id"]
    if not changed and known and state.ledger_hash == hashes["ledger_hash"]:
        return plan("nothing is new", [], needed=False)
    if not known:
        return plan("the build does not belong to the last publication", None)
    if state.pending is None or any(getattr(state, name) != hashes[name] for name in ("rules_hash", "project_hash")):
        return plan("an unfinished build of everything is taken up again", None)
    if not _is_readable(settings.build_db):
        return plan("there is no usable build database", None)
    count = len({(booked_source(source), month) for source, month in changed})
    reason = counted(count, "monthly bill has changed", "monthly bills have changed")
    return plan(reason if changed else "the ledger, or a rule on alerts, has news", [*changed, *state.pending])


def differing(former: dict[str, dict[str, str]], current: dict[str, dict[str, str]]) -> list[Pair]:
    """List the (source, month) whose delivery is new, another one, or gone."""
    before = {(source, month): found for source, months in former.items() for month, found in months.items()}
    after = {(source, month): found for source, months in current.items() for month, found in months.items()}
    return sorted(pair for pair in before.keys() | after.keys() if before.get(pair) != after.get(pair))


def with_line_sources(pairs: Iterable[Pair], inputs: dict[str, dict[str, str]]) -> set[Pair]:
    """Complete a list: a bill is rebuilt as a whole, with all deliveries that differences are computed from."""
    found = set(pairs)
    bills = {(booked_source(source), month) for source, month in found}
    late = {(source, month) for source, months in inputs.items() for month in months if source != booked_source(source)}
    return found | bills | {(source, month) for source, month in late if (booked_source(source), month) in bills}


def read_state(settings: Settings) -> BuildState | None:
    """Read the memory of the build; None where it is missing, damaged or of another version."""
    try:
        content: dict[str, Any] = json.loads(_state_file(settings).read_text(encoding="utf-8"))
        if content.pop("state_version") != STATE_VERSION:
            return None
        pending = content.pop("pending")
        state = BuildState(pending=None if pending is None else [tuple(pair) for pair in pending], **content)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
    former = last_publication(settings)
    if former and state.next_publication_id == former["id"]:  # killed between the swap and writing this file
        return BuildState(former["id"], None, [], state.rules_hash, state.project_hash, state.ledger_hash)
    return state


def begin(settings: Settings, plan: Plan, publication_id: str) -> None:
    """Note, before the build database is touched, what a killed build would leave unfinished."""
    former = last_publication(settings)
    base = former["id"] if former else None
    # No ledger hash: until the swap, readers do not see the news of the ledger.
    _write_state(settings, BuildState(base, publication_id, plan.pairs, plan.rules_hash, plan.project_hash))


def finish(settings: Settings, plan: Plan, publication_id: str) -> None:
    """Note, after the swap, that the build database holds what is published."""
    _write_state(settings, BuildState(publication_id, None, [], plan.rules_hash, plan.project_hash, plan.ledger_hash))


def rules_hash(settings: Settings) -> str:
    """Digest the rule files that stored months depend on."""
    paths = sorted(settings.rules_dir.glob("*.csv"))
    return _digest((path.name, path) for path in paths if path.name not in WATCHING)


def watching_hash(settings: Settings) -> str:
    """Digest the rule files that decide what is watched, and no number; nothing where there are none."""
    paths = [settings.rules_dir / name for name in WATCHING if (settings.rules_dir / name).is_file()]
    return _digest((path.name, path) for path in paths) if paths else ""


def project_hash(settings: Settings) -> str:
    """Digest the files that turn bills into numbers, and the engine: stored tables hold hashes of its own."""
    root = settings.project_dir
    paths = [path for name in _PROJECT for path in (root / name).rglob("*") if path.suffix in _SUFFIXES]
    paths += [root / name for name in _PROJECT_FILES]
    files = _digest((path.relative_to(root).as_posix(), path) for path in sorted(paths) if path.is_file())
    return hashlib.sha256(f"{files} {duckdb.__version__}".encode()).hexdigest()


def ledger_hash(ledger: Ledger) -> str:
    """Digest what the published ledger shows: every delivery, standing rejection and pending delivery."""
    facts = sorted(f"{item.source_name}|{item.billing_month}|{item.delivery_id}" for item in ledger.deliveries)
    facts += sorted(f"{item.source_name}|{item.format}|{item.delivery_id}" for item in ledger.facts)
    facts += sorted(f"{item.source_name}|{item.month}|{item.state}|{item.at}" for item in ledger.closes)
    facts += sorted(f"{item.source_name}|rejected|{item.rejection_id}" for item in ledger.rejections)
    facts += sorted(f"{item.source_name}|{item.billing_month}|{item.message}" for item in ledger.pending)
    return hashlib.sha256("\n".join(facts).encode()).hexdigest()


def _check_parts(settings: Settings, ledger: Ledger, kept: Books, changed: list[Pair]) -> None:
    """Refuse to add up deliveries that had replaced each other until `corrections` was changed, where that is wrong."""
    for line_source, month in changed:
        shown = kept.shown.get((line_source, date.fromisoformat(month)))
        parts = ledger.parts(shown) if shown else []
        if len(parts) < 2:
            continue
        source = booked_source(line_source)
        undo = (
            f"Set its corrections back to replacement in {settings.sources_file}, or give the export another source "
            "name there, under which all of its files are taken anew."
        )
        seen: dict[str, str] = {}
        for part in parts:
            where = f"delivery {part.delivery_id} of source {source}, {month[:7]},"
            if not (settings.raw_dir / part.raw_folder).is_dir():
                raise FinopsError(
                    f"The lines of {where} would have to be added to those after it, but are no longer kept in "
                    f"{settings.raw_dir / part.raw_folder}: a later delivery had replaced them. {undo}"
                )
            for file in part.files:
                if seen.setdefault(file.fingerprint, part.delivery_id) != part.delivery_id:
                    raise FinopsError(
                        f"The file {file.origin} in {where} is in delivery {seen[file.fingerprint]} too, so that "
                        f"adding them up would count it twice: they were taken as replacing each other. {undo}"
                    )


def _digest(files: Iterable[tuple[str, Path]]) -> str:
    digest = hashlib.sha256()
    for name, path in files:
        digest.update(name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def _is_readable(database: Path) -> bool:
    if not database.is_file():
        return False
    try:
        with duckdb.connect(str(database), read_only=True) as con:
            con.execute("select count(*) from information_schema.tables").fetchone()
    except duckdb.Error:
        return False
    return True


def _state_file(settings: Settings) -> Path:
    return settings.build_dir / "state.json"


def _write_state(settings: Settings, state: BuildState) -> None:
    write_json(_state_file(settings), {"state_version": STATE_VERSION, **vars(state)})
