"""`make dev`: Dagster's UI and its daemon, over the same home as `make run`.

Belongs here: the command alone. Schedule and sensor are switched on in the UI; every run goes into a process of its
own, so that the web server never holds the build database.
"""

from __future__ import annotations

import argparse
import os
import sys

from orchestration import dagster_home
from orchestration.errors import FinopsError
from orchestration.settings import Settings
from orchestration.sources import load_sources


def main(arguments: list[str] | None = None) -> int:
    """Become `dagster dev`; returns only where the settings are wrong. Ends with Ctrl-C (SIGINT)."""
    parser = argparse.ArgumentParser(prog="python -m orchestration.dev", description="Open the Dagster UI.")
    parser.add_argument("--port", type=int, default=3000, help="port on 127.0.0.1 (default %(default)s)")
    chosen = parser.parse_args(arguments)
    try:
        settings = Settings.from_env()
        load_sources(settings)
    except FinopsError as error:
        print(error, file=sys.stderr)
        return 1
    dagster_home.prepare(settings)
    print(f"Dagster: http://127.0.0.1:{chosen.port} (up in about half a minute; Ctrl-C ends it)", flush=True)
    command = [sys.executable, "-m", "dagster", "dev", "--module-name", "orchestration.definitions"]
    command += ["--working-directory", str(settings.project_dir), "--host", "127.0.0.1", "--port", str(chosen.port)]
    return os.execv(command[0], [*command, "--log-level", "warning"])


if __name__ == "__main__":
    sys.exit(main())
