"""`python -m orchestration.reopen 2026-09 --by NAME --why TEXT`: reopen a closed month; see `closing.py`."""

import sys

from orchestration.closing import main

if __name__ == "__main__":
    sys.exit(main("reopen"))
