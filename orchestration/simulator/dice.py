"""Dice that always fall the same: one number per seed and name, on every machine.

Belongs here: chance for facts that are written row by row in Python. Does not belong here: chance in the lines of
bills, which is SQL (`usage`).
"""

import hashlib


def roll(below: int, seed: int, *names: object) -> int:
    """Give a whole number from 0 to, not with, `below`."""
    text = "|".join(str(part) for part in (seed, *names))
    return int(hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()[:12], 16) % below
