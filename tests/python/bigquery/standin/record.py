"""The record of the stand-in's last pass: which models it passed for, kept in `last_pass.json` beside this file.

Belongs here: the fingerprint of everything that the pass depends on, and the reading and writing of the record.
Does not belong here: the pass itself (`test_standin.py`).
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import subprocess
from dataclasses import asdict, dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
PROJECT = HERE.parents[3]
RECORD = HERE / "last_pass.json"
# What the pass proves something about, and what the proof is made with.
DEPENDS_ON = (
    "dbt_project.yml",
    "macros/**/*.sql",
    "models/**/*.sql",
    "models/**/*.yml",
    "seeds/**/*.csv",
    "seeds/**/*.yml",
    "tests/generic/*.sql",
    "tests/reconciliation/*.sql",
    "orchestration/bigquery.py",
    "requirements.lock",
    "tests/python/bigquery/builds.py",
    "tests/python/bigquery/comparing.py",
    "tests/python/bigquery/raw_sample.py",
    "tests/python/bigquery/sample_lines.py",
    "tests/python/bigquery/test_standin.py",
    "tests/python/bigquery/standin/launch.py",
    "tests/python/bigquery/standin/requirements.lock",
)


@dataclass(frozen=True)
class LastPass:
    """What passed and when. `commit` is the one checked out at that time; `fingerprint` is what counts."""

    fingerprint: str
    commit: str
    passed_at: str
    published_relations: int
    relations: int
    rows: int


def fingerprint(project: Path = PROJECT) -> str:
    """Hash the names and contents of all files that the pass depends on."""
    digest = hashlib.sha256()
    for path in sorted({path for pattern in DEPENDS_ON for path in project.glob(pattern)}):
        digest.update(f"{path.relative_to(project).as_posix()}\n".encode())
        digest.update(path.read_bytes().replace(b"\r\n", b"\n"))
        digest.update(b"\n")
    return digest.hexdigest()


def read(file: Path = RECORD) -> LastPass | None:
    """Read the record; None where there is none yet."""
    return LastPass(**json.loads(file.read_text())) if file.is_file() else None


def write(of: str, *, published_relations: int, relations: int, rows: int, file: Path = RECORD) -> LastPass:
    """Record that the stand-in passes for the files whose fingerprint is `of`."""
    now = dt.datetime.now(dt.UTC).replace(microsecond=0)
    passed = LastPass(of, _commit(), now.isoformat(), published_relations, relations, rows)
    file.write_text(json.dumps(asdict(passed), indent=2) + "\n")
    return passed


def _commit() -> str:
    command = ["git", "-C", str(PROJECT), "rev-parse", "HEAD"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.stdout.strip() if done.returncode == 0 else "unknown"
