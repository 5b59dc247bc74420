"""One run at a time, between real processes."""

import io
import signal
import subprocess
import sys

import pytest

from orchestration.errors import FinopsError
from orchestration.lock import run_lock
from orchestration.settings import Settings

from .conftest import PROJECT

_HOLD = """
import sys, time
from pathlib import Path
from orchestration.lock import run_lock
from orchestration.settings import Settings
home = Path(sys.argv[1])
with run_lock(Settings(home, home, home, home)):
    print("held", flush=True)
    time.sleep(float(sys.argv[2]))
"""


def holder(settings: Settings, seconds: float) -> subprocess.Popen:
    process = subprocess.Popen(
        [sys.executable, "-c", _HOLD, str(settings.home), str(seconds)], cwd=PROJECT, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


def test_the_second_run_says_who_is_in_the_way(settings: Settings) -> None:
    out = io.StringIO()
    with holder(settings, 60) as process:
        with (
            pytest.raises(FinopsError, match=f"process {process.pid}, since .*only one run"),
            run_lock(settings, 0.6, out),
        ):
            pass
        process.kill()
    assert out.getvalue().count("waiting for it to end") == 1


def test_the_second_run_goes_on_when_the_first_ends(settings: Settings) -> None:
    out = io.StringIO()
    with holder(settings, 0.7), run_lock(settings, 20, out):
        assert "pid" in settings.lock_file.read_text(encoding="utf-8")
    assert "waiting" in out.getvalue()


def test_a_killed_run_holds_nothing(settings: Settings) -> None:
    with holder(settings, 60) as process:
        process.send_signal(signal.SIGKILL)
    with run_lock(settings, 0):
        pass
    assert settings.lock_file.read_text(encoding="utf-8") == "{}\n"
