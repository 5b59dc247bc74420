"""The made-up companies that forecasts are measured on: those used while tuning, and those that judge.

Nothing may be chosen by looking at a judging seed. The generator (`orchestration/simulator/daily.py`) was written
before the first forecast was made. What became of the seeds: methods were chosen on 11 to 16; 901 to 904 judged them,
and with that were seen; the width of intervals was then chosen on 11 to 24, and 905 to 916 judged it, once. The open
month as one number, announced changes in every method and intervals by forecasts that add up were chosen on 11 to 24,
and 917 to 928 judged them, once. 929 to 940 judged the same anew and found the intervals too narrow; how much wider
they are was then chosen on all that had been seen, and 941 to 964 judged it, once.
"""

TUNING = tuple(range(11, 25))
SEEN = tuple(range(901, 941))
JUDGING = tuple(range(941, 965))
