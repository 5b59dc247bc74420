"""Sets up the environment of the BigQuery stand-in: `.envs/bigquery`, apart from the product's own.

The stand-in needs Python 3.13 and DuckDB 1.5.5 with three extensions; the product's environment has neither. Everything
comes from the package index that pip or uv is configured for, pinned by hash (`requirements.lock`), and everything that
is written stays inside the environment: DuckDB would otherwise put its extensions under the home folder.

usage: python environment.py          prints the interpreter's path; exit code 3 where there is no Python 3.13
       python environment.py --lock   resolves requirements.in anew
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
PROJECT = HERE.parents[3]
ENVIRONMENT = PROJECT / ".envs" / "bigquery"
PYTHON = ENVIRONMENT / "bin" / "python"
HOME = ENVIRONMENT / "home"  # DuckDB keeps extensions under $HOME/.duckdb
STAMP = ENVIRONMENT / "ready"
LOCK = HERE / "requirements.lock"
NO_PYTHON = 3

INSTALL_EXTENSIONS = """
import duckdb
from duckdb_extensions import import_extension
connection = duckdb.connect()
for name in ("ducklake", "icu", "spatial"):
    import_extension(name, force_install=True, con=connection)
duckdb.connect(config={"TimeZone": "UTC"})
"""


class NoPythonError(RuntimeError):
    """No Python 3.13 on this machine."""


def process_environment() -> dict[str, str]:
    """Give the variables under which the stand-in's interpreter runs: its own home, its own packages, UTC."""
    return {**os.environ, "HOME": str(HOME), "PYTHONNOUSERSITE": "1", "TZ": "UTC"}


def _uv() -> str | None:
    """Find uv: where make keeps its own, beside this interpreter, or on PATH; None where there is none."""
    for own in (PROJECT / ".envs" / "uv" / "bin" / "uv", Path(sys.executable).with_name("uv")):
        if own.exists():
            return str(own)
    return shutil.which("uv")


def _is_313(candidate: str) -> bool:
    """Whether this interpreter starts and is a 3.13: a version manager's shim may be on PATH with nothing behind it."""
    test = "import sys; raise SystemExit(sys.version_info[:2] != (3, 13))"
    try:
        return subprocess.run([candidate, "-c", test], capture_output=True, timeout=30, check=False).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def find_python() -> str:
    """Find a Python 3.13: the one named by FINOPS_PYTHON313, on PATH, under a version manager, or known to uv."""
    candidates = [os.environ.get("FINOPS_PYTHON313"), shutil.which("python3.13")]
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    candidates += [str(path) for path in sorted(pyenv.glob("versions/3.13*/bin/python"), reverse=True)]
    if sys.version_info[:2] == (3, 13):
        candidates.append(sys.executable)
    for candidate in candidates:
        if candidate and _is_313(candidate):
            return candidate
    if uv := _uv():
        command = [uv, "python", "find", "--no-python-downloads", "3.13"]
        found = subprocess.run(command, capture_output=True, text=True, check=False)
        if found.returncode == 0 and _is_313(found.stdout.strip()):
            return found.stdout.strip()
    message = (
        "the BigQuery stand-in needs a Python 3.13 and none was found: not as python3.13 on PATH, not under "
        "~/.pyenv/versions, not known to uv; install one, or name it in FINOPS_PYTHON313"
    )
    raise NoPythonError(message)


def _fingerprint() -> str:
    return hashlib.sha256(LOCK.read_bytes() + INSTALL_EXTENSIONS.encode()).hexdigest()


def is_ready() -> bool:
    """Whether the environment is whole and made from the present lock."""
    return STAMP.is_file() and STAMP.read_text() == _fingerprint() and PYTHON.exists()


def ensure() -> Path:
    """Give the stand-in's interpreter; set the environment up where it is missing or made from an older lock."""
    if is_ready():
        return PYTHON
    python = find_python()
    shutil.rmtree(ENVIRONMENT, ignore_errors=True)
    HOME.parent.mkdir(parents=True, exist_ok=True)
    if uv := _uv():
        _run([uv, "venv", "--quiet", "--python", python, str(ENVIRONMENT)])
        install = [uv, "pip", "install", "--quiet", "--python", str(PYTHON)]
    else:
        _run([python, "-m", "venv", str(ENVIRONMENT)])
        install = [str(PYTHON), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    # --no-deps: the lock is complete, and the stand-in declares a newer DuckDB than its extensions exist for
    _run([*install, "--no-deps", "--require-hashes", "-r", str(LOCK)])
    HOME.mkdir(exist_ok=True)
    _run([str(PYTHON), "-c", INSTALL_EXTENSIONS], process_environment())
    STAMP.write_text(_fingerprint())
    return PYTHON


def lock() -> None:
    """Resolve requirements.in and overrides.txt anew into requirements.lock."""
    uv = _uv()
    if uv is None:
        message = "locking needs uv"
        raise SystemExit(message)
    options = ["--quiet", "--universal", "--generate-hashes", "--no-emit-index-url", "--no-header"]
    options += ["--python-version", "3.13", "--override", "overrides.txt", "--output-file", LOCK.name]
    subprocess.run([uv, "pip", "compile", *options, "requirements.in"], cwd=HERE, check=True)


def _run(command: list[str], environment: dict[str, str] | None = None) -> None:
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        message = f"setting up the BigQuery stand-in failed at: {' '.join(command[:6])}\n{done.stdout}{done.stderr}"
        raise RuntimeError(message)


if __name__ == "__main__":
    if "--lock" in sys.argv[1:]:
        lock()
    else:
        try:
            sys.stdout.write(f"{ensure()}\n")
        except NoPythonError as error:
            sys.stderr.write(f"{error}\n")
            raise SystemExit(NO_PYTHON) from error
