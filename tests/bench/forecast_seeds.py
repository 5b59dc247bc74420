"""The made-up companies that forecasts are measured on: those used while tuning, and those that judge.

Nothing may be chosen by looking at a judging seed. Both lists and the generator (`orchestration/simulator/daily.py`)
were written before the first forecast was made.
"""

TUNING = (11, 12, 13, 14, 15, 16)
JUDGING = (901, 902, 903, 904, 905, 906, 907, 908, 909, 910, 911, 912, 913, 914, 915, 916)
