"""A running BigQuery stand-in: started on a free port, stopped by its process id.

Belongs here: the life of the server process. Does not belong here: its environment (`environment.py`), its corrections
(`launch.py`), and what is built on it.

    with StandIn(folder) as standin:
        standin.endpoint      # http://127.0.0.1:PORT, for `api_endpoint`
        standin.project       # the project that it serves
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING

from . import environment

if TYPE_CHECKING:
    from types import TracebackType

START_SECONDS = 60
STOP_SECONDS = 10


def free_port() -> int:
    """Find a port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class StandIn:
    """The server process. Its data and its log are in `folder`; it serves one project, named `project`."""

    def __init__(self, folder: Path, project: str = "standin") -> None:
        """Nothing runs yet; `folder` may be missing."""
        self.folder = folder
        self.project = project
        self.log = folder / "server.log"
        self.endpoint = ""
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> StandIn:
        """Start and wait until it answers. Raises RuntimeError with the end of its log where it does not."""
        python = environment.ensure()
        self.folder.mkdir(parents=True, exist_ok=True)
        port = free_port()
        self.endpoint = f"http://127.0.0.1:{port}"
        command = [str(python), str(Path(__file__).with_name("launch.py")), "serve", "--host", "127.0.0.1"]
        command += ["--port", str(port), "--grpc-port", str(free_port()), "--project", self.project]
        command += ["--data-dir", str(self.folder / "data")]
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(
                command,
                stdout=log,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
                env=environment.process_environment(),
                start_new_session=True,  # an interrupt of the test run must not race with stop()
            )
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and self._process.poll() is None:
            if self._answers():
                return self
            time.sleep(0.1)
        end = self.log.read_text(errors="replace")[-2000:]
        self.stop()
        message = f"the BigQuery stand-in did not answer within {START_SECONDS} s; the end of {self.log}:\n{end}"
        raise RuntimeError(message)

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.endpoint}/bigquery/v2/projects/{self.project}/datasets", timeout=5):
                return True
        except urllib.error.HTTPError:
            return True
        except OSError:
            return False

    def stop(self) -> None:
        """End the process, by its id: asked first, then made to."""
        process, self._process = self._process, None
        if process is None or process.poll() is not None:
            return
        os.kill(process.pid, signal.SIGTERM)
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            os.kill(process.pid, signal.SIGKILL)
            process.wait()

    def __enter__(self) -> StandIn:
        """Start."""
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop, whatever happened."""
        self.stop()
