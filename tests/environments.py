"""Environments of their own, `.envs/<name>`: for programs that tests and benchmarks hold the product against.

Belongs here: finding a Python that will do, and installing a lock with hashes. Does not belong here: what a program is
for. Everything comes from the package index that pip or uv is configured for; once installed, nothing needs a network.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

PROJECT = Path(__file__).resolve().parents[1]


def leave_out(reason: str) -> NoReturn:
    """Skip a test whose environment cannot be made on this machine; where CI is true it has to be there, so fail."""
    import pytest  # noqa: PLC0415 - make and the benchmarks need this module without it

    if os.environ.get("CI", "").lower() in ("true", "1"):
        pytest.fail(f"{reason} (CI is set, so nothing that the project can set up is left out)")
    pytest.skip(reason)


class NoPythonError(RuntimeError):
    """No Python of a version that will do on this machine."""


@dataclass(frozen=True)
class Environment:
    """One environment. `here` holds its `requirements.in` and `requirements.lock`; `versions` are tried in order."""

    name: str
    title: str
    here: Path
    versions: tuple[str, ...]
    overrides: str | None = None
    """A file beside the requirements that replaces what packages ask for; the lock is then installed as it stands."""

    @property
    def folder(self) -> Path:
        """Where it is."""
        return PROJECT / ".envs" / self.name

    @property
    def python(self) -> Path:
        """Its interpreter."""
        return self.folder / "bin" / "python"

    @property
    def lock(self) -> Path:
        """What is installed."""
        return self.here / "requirements.lock"

    def is_ready(self, also: str = "") -> bool:
        """Whether it is whole and made from the present lock; `also` is what `ensure` was given beside it."""
        stamp = self.folder / "ready"
        return stamp.is_file() and stamp.read_text() == self._fingerprint(also) and self.python.exists()

    def ensure(self, also: str = "", then: Callable[[], None] | None = None) -> Path:
        """Give the interpreter; set the environment up where it is missing or made from another lock.

        `then` finishes the setup; `also` is text that, if it changes, makes all of it anew.
        """
        if self.is_ready(also):
            return self.python
        python = find_python(self.title, self.versions)
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.parent.mkdir(parents=True, exist_ok=True)
        if uv := find_uv():
            self.call([uv, "venv", "--quiet", "--python", python, str(self.folder)])
            install = [uv, "pip", "install", "--quiet", "--python", str(self.python)]
        else:
            self.call([python, "-m", "venv", str(self.folder)])
            install = [str(self.python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        # --no-deps: the lock is complete, and with overrides it is not what the packages themselves ask for
        self.call([*install, "--no-deps", "--require-hashes", "-r", str(self.lock)])
        if then:
            then()
        (self.folder / "ready").write_text(self._fingerprint(also))
        return self.python

    def relock(self) -> None:
        """Resolve `requirements.in` anew into `requirements.lock`."""
        uv = find_uv()
        if uv is None:
            raise SystemExit("locking needs uv")
        options = ["--quiet", "--universal", "--generate-hashes", "--no-emit-index-url", "--no-header"]
        options += ["--python-version", self.versions[0], "--output-file", self.lock.name]
        options += ["--override", self.overrides] if self.overrides else []
        subprocess.run([uv, "pip", "compile", *options, "requirements.in"], cwd=self.here, check=True)

    def call(self, command: list[str], environment: dict[str, str] | None = None) -> None:
        """Run a step of the setup; RuntimeError with all that it said if it fails."""
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError(
                f"setting up {self.title} failed at: {' '.join(command[:6])}\n{done.stdout}{done.stderr}"
            )

    def _fingerprint(self, also: str) -> str:
        return hashlib.sha256(self.lock.read_bytes() + also.encode()).hexdigest()


def find_uv() -> str | None:
    """Find uv: where make keeps its own, beside this interpreter, or on PATH; None where there is none."""
    for own in (PROJECT / ".envs" / "uv" / "bin" / "uv", Path(sys.executable).with_name("uv")):
        if own.exists():
            return str(own)
    return shutil.which("uv")


def find_python(title: str, versions: tuple[str, ...]) -> str:
    """Find a Python of one of these versions: named by FINOPS_PYTHON<version>, this one, on PATH, pyenv's, or uv's."""
    for version in versions:
        if python := _find(version):
            return python
    raise NoPythonError(
        f"{title} needs a Python {' or '.join(versions)} and none was found: not as python{versions[0]} on PATH, not "
        f"under ~/.pyenv/versions, not known to uv; install one, or name it in {_variable(versions[0])}"
    )


def _find(version: str) -> str | None:
    candidates = [os.environ.get(_variable(version)), sys.executable, shutil.which(f"python{version}")]
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    candidates += [str(path) for path in sorted(pyenv.glob(f"versions/{version}.*/bin/python"), reverse=True)]
    for candidate in candidates:
        if candidate and _is_version(candidate, version):
            return candidate
    if uv := find_uv():
        command = [uv, "python", "find", "--no-python-downloads", version]
        found = subprocess.run(command, capture_output=True, text=True, check=False)
        if found.returncode == 0 and _is_version(found.stdout.strip(), version):
            return found.stdout.strip()
    return None


def _variable(version: str) -> str:
    return f"FINOPS_PYTHON{version.replace('.', '')}"


def _is_version(candidate: str, version: str) -> bool:
    """Whether this interpreter starts and is of that version: a version manager's shim may lead nowhere."""
    test = f"import sys; raise SystemExit('%d.%d' % sys.version_info[:2] != '{version}')"
    try:
        return subprocess.run([candidate, "-c", test], capture_output=True, timeout=30, check=False).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False
