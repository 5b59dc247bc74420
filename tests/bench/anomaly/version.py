"""Which search for anomalies a measurement speaks of: a hash of its code, and of what it is measured on.

Words that change nothing (docstrings, lines of comment, blank lines) do not count; anything else means measuring anew.
"""

from __future__ import annotations

import ast
import hashlib
from pathlib import Path

from tests.bench.process import PROJECT

SEARCH = "orchestration.analysis.anomaly.detect"
MEASURE = ("tests.bench.anomaly.worlds", "tests.bench.anomaly.score")
PACKAGES = ("orchestration.analysis.anomaly.", "tests.bench.anomaly.")
DIFFICULTY_FILE = Path(__file__).with_name("difficulty.yml")


def search_version(search: str = SEARCH, measure: tuple[str, ...] = MEASURE, difficulty: Path = DIFFICULTY_FILE) -> str:
    """Hash the search, everything of its package that it uses, the made-up companies, and how is counted."""
    digest = hashlib.sha256()
    for name in sorted(_with_imports({search, *measure})):
        digest.update(f"{name}\n{essence(_file(name).read_text(encoding='utf-8'))}\n".encode())
    digest.update("\n".join(_lines(difficulty.read_text(encoding="utf-8"))).encode())
    return digest.hexdigest()[:12]


def essence(source: str) -> str:
    """Give the lines of a module that decide what it does; the same on every version of Python."""
    lines = source.splitlines()
    for node in ast.walk(ast.parse(source)):
        body = getattr(node, "body", None)
        first = body[0] if isinstance(body, list) and body else None
        if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str):
            for place in range(first.lineno - 1, first.end_lineno):
                lines[place] = ""
    return "\n".join(_lines("\n".join(lines)))


def _lines(text: str) -> list[str]:
    return [line.rstrip() for line in text.splitlines() if line.strip() and not line.strip().startswith("#")]


def _with_imports(names: set[str]) -> set[str]:
    """Add the modules of the same packages that these import."""
    found: set[str] = set()
    while names:
        name = names.pop()
        found.add(name)
        for node in ast.walk(ast.parse(_file(name).read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.module:
                modules = {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
                names |= {one for one in modules - found if one.startswith(PACKAGES) and _file(one).is_file()}
    return found


def _file(name: str) -> Path:
    return PROJECT / f"{name.replace('.', '/')}.py"
