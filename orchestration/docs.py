"""`make docs`: the dbt docs of the last build and the answers of the publication, as pages that need no server.

Belongs here: the command alone. What the pages say comes from the models' YAML and from `answers/questions.yml`.
"""

from __future__ import annotations

import shutil
import sys

from orchestration import answers, dbt
from orchestration.errors import FinopsError
from orchestration.lock import run_lock
from orchestration.settings import Settings


def main() -> int:
    """Write `$FINOPS_HOME/docs/index.html` and `answers.html`; 1 where nothing has been built yet."""
    try:
        settings = Settings.from_env()
        if settings.target == "duckdb" and not settings.build_db.exists():
            raise FinopsError(f"Nothing has been built in {settings.home} yet; call `make run` first.")
        with run_lock(settings):
            outcome = dbt.run_dbt(settings, ["docs", "generate", "--static"])
        if not outcome.success:
            raise FinopsError(f"dbt could not write its docs: {outcome.error or 'see the log'} ({settings.logs_dir}).")
        page = settings.home / "docs" / "index.html"
        page.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(dbt.target_dir(settings) / "static_index.html", page)
        print(f"dbt docs:  {page}")
        if settings.target == "duckdb":
            print(f"Questions: {answers.write_page(settings, page.with_name('answers.html'))}")
    except FinopsError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
