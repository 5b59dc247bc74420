"""The dbt project as it compiles for BigQuery: nodes in the order in which they depend on each other.

Belongs here: running dbt offline, also for DuckDB, reading its manifest. Does not belong here: what is done with it.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from orchestration.dbt import run_dbt
from orchestration.settings import Settings

PROJECT = Path(__file__).resolve().parents[3]
STANDIN_PROJECT = "standin"
NOBODY = ("client_id", "client_secret", "refresh_token")
PROFILES = """
finops:
  target: bigquery
  outputs:
    bigquery:
      type: bigquery
      method: oauth-secrets
      token: offline
      project: {project}
      location: US
      schema: finops
      threads: {threads}
      api_endpoint: {endpoint}
"""


@dataclass(frozen=True)
class Node:
    """One model, seed or data test. `relation` is 'project.dataset.table'; a test has none.

    `descriptions` has the columns' by name, and the relation's own under the empty name.
    """

    unique_id: str
    kind: str
    name: str
    path: str
    relation: str
    sql: str
    contract: dict[str, str] = field(default_factory=dict)
    column_types: dict[str, str] = field(default_factory=dict)
    partition_column: str | None = None
    cluster_columns: tuple[str, ...] = ()
    is_view: bool = False
    parents: tuple[str, ...] = ()
    descriptions: dict[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        """Name the node as a person looks for it."""
        return f"{self.kind} {self.name} ({self.path})"


class DbtError(RuntimeError):
    """A dbt command failed; the message is the end of its output."""


def write_profiles(folder: Path, endpoint: str = "http://127.0.0.1:9", threads: int = 4) -> Path:
    """Write a profiles.yml whose BigQuery is at `endpoint` (nobody listens at the default) into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    text = PROFILES.format(project=STANDIN_PROJECT, endpoint=endpoint, threads=threads)
    (folder / "profiles.yml").write_text(text)
    return folder


def dbt(command: str, *options: str, target: str, home: Path, environment: dict[str, str] | None = None) -> Path:
    """Run a dbt command on the project in a process of its own; everything it writes is below `home`.

    Returns the folder of its artifacts. Raises DbtError.
    """
    artifacts = home / "dbt" / target
    (home / "build").mkdir(parents=True, exist_ok=True)
    arguments = [str(Path(sys.executable).with_name("dbt")), "--no-use-colors", command, "--target", target]
    arguments += ["--project-dir", str(PROJECT), "--profiles-dir", str(home / "profiles")]
    arguments += ["--target-path", str(artifacts), "--log-path", str(home / "logs" / target), *options]
    variables = {**os.environ, "FINOPS_HOME": str(home), "FINOPS_TARGET": target, **(environment or {})}
    done = subprocess.run(arguments, cwd=PROJECT, env=variables, capture_output=True, text=True, check=False)
    if done.returncode:
        lines = [line for line in done.stdout.splitlines() if " START " not in line and " OK " not in line]
        message = f"dbt {command} for {target} failed:\n" + "\n".join(lines[-60:]) + done.stderr[-2000:]
        raise DbtError(message)
    return artifacts


def compile_offline(
    target: str, home: Path, *options: str, environment: dict[str, str] | None = None
) -> dict[str, Any]:
    """Compile models as they run on an engine, without any connection; returns the manifest.

    The project is parsed only where nobody did since it changed.
    """
    settings = Settings.from_env({"FINOPS_HOME": str(home), "FINOPS_TARGET": target})
    arguments = ("compile", "--no-populate-cache", "--no-introspect", *options)
    home.mkdir(parents=True, exist_ok=True)
    nobody = home / "nobody.json"
    nobody.write_text(json.dumps({"type": "authorized_user", **dict.fromkeys(NOBODY, "offline")}))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(nobody))
        if target == "bigquery":  # it names relations, so that the parse has to know it
            patch.setenv("FINOPS_BIGQUERY_PROJECT", STANDIN_PROJECT)
        outcome = run_dbt(settings, arguments, {"FINOPS_REBUILD": "all", **(environment or {})})
    if not outcome.success:
        raise DbtError(outcome.error or [node.message for node in outcome.failed])
    return read_manifest(home)


def read_manifest(home: Path) -> dict[str, Any]:
    """Read what `compile_offline` left below `home`."""
    return json.loads((home / "dbt" / "target" / "manifest.json").read_text())


def relation_of(node: dict[str, Any]) -> str:
    """Name the node's relation: 'project.dataset.table'."""
    return (node.get("relation_name") or "").replace("`", "")


def sources(manifest: dict[str, Any]) -> list[str]:
    """Name the relations that the project reads and does not make."""
    return sorted(relation_of(source) for source in manifest["sources"].values())


def nodes(manifest: dict[str, Any]) -> list[Node]:
    """All seeds, models and data tests, each after everything that it reads."""
    ordered: dict[str, Node] = {}

    def visit(unique_id: str) -> None:
        raw = manifest["nodes"].get(unique_id)
        if raw is None or unique_id in ordered:
            return
        for parent in raw["depends_on"].get("nodes", []):
            visit(parent)
        ordered[unique_id] = _node(raw)

    for unique_id in manifest["nodes"]:
        visit(unique_id)
    return list(ordered.values())


def _node(raw: dict[str, Any]) -> Node:
    enforced = (raw["config"].get("contract") or {}).get("enforced")
    columns = raw.get("columns") or {}
    return Node(
        unique_id=raw["unique_id"],
        kind=raw["resource_type"],
        name=raw["name"],
        path=raw["original_file_path"],
        relation=relation_of(raw),
        sql=raw.get("compiled_code") or "",
        contract={name: column["data_type"] for name, column in columns.items()} if enforced else {},
        column_types=raw["config"].get("column_types") or {},
        partition_column=(raw["config"].get("partition_by") or {}).get("field"),
        cluster_columns=tuple(raw["config"].get("cluster_by") or ()),
        is_view=raw["config"].get("materialized") == "view",
        parents=tuple(raw["depends_on"].get("nodes", [])),
        descriptions={"": raw["description"], **{name: column["description"] for name, column in columns.items()}},
    )
