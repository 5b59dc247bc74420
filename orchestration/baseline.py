"""`python -m orchestration.baseline KPI/VARIANT SCOPE 2026-09 --by NAME --why TEXT`: freeze one; see `baselines.py`."""

import sys

from orchestration.baselines import main

if __name__ == "__main__":
    sys.exit(main())
