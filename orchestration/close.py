"""`python -m orchestration.close 2026-09 --by NAME --why TEXT`: close a month; see `closing.py`."""

import sys

from orchestration.closing import main

if __name__ == "__main__":
    sys.exit(main("close"))
