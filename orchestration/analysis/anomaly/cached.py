"""What was searched before: the same input is not searched again, by the same code.

Belongs here: one pickle per name in the cache of the analysis. It may be deleted any time.
"""

from __future__ import annotations

import hashlib
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import numpy as np

_Found = TypeVar("_Found")
_CODE = sorted(Path(__file__).parent.glob("*.py"))


def cached(
    folder: Path, name: str, words: object, arrays: tuple[np.ndarray, ...], make: Callable[[], _Found]
) -> _Found:
    """Return what was made of these words and arrays before, or make it and keep it in place of the former."""
    name = name.replace("/", "_")  # of a currency of virtual coins
    digest = hashlib.sha256(repr(words).encode())
    for values in arrays:
        digest.update(np.ascontiguousarray(values).tobytes())
    for path in _CODE:
        digest.update(path.read_bytes())
    kept = folder / f"{name}.{digest.hexdigest()[:32]}.pickle"
    if kept.exists():
        return pickle.loads(kept.read_bytes())
    found = make()
    for former in folder.glob(f"{name}.*.pickle"):
        former.unlink()
    kept.write_bytes(pickle.dumps(found))
    return found
