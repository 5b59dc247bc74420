"""What was searched before: the same input is not searched again, by the same code.

Belongs here: one pickle per name in the cache of the analysis. It may be deleted any time.
"""

from __future__ import annotations

import hashlib
import pickle
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

import numpy as np

_Found = TypeVar("_Found")
_CODE = sorted(Path(__file__).parent.glob("*.py"))


def cached(
    folder: Path, name: str, words: object, arrays: tuple[np.ndarray, ...], make: Callable[[], _Found]
) -> _Found:
    """Return what was made of these words and arrays before, or make it and keep it in place of the former."""
    return cached_each(folder, {name: (words, arrays)}, lambda _: [make()])[name]


def cached_each(
    folder: Path,
    wanted: Mapping[str, tuple[object, tuple[np.ndarray, ...]]],
    make: Callable[[list[str]], Sequence[_Found]],
) -> dict[str, _Found]:
    """Do the same for several, by name; what was not made before is made at once."""
    kept = {name: _place(folder, name, *told) for name, told in wanted.items()}
    new = [name for name, place in kept.items() if not place.exists()]
    for name, found in zip(new, make(new) if new else (), strict=True):
        for former in folder.glob(f"{_file(name)}.*.pickle"):
            former.unlink()
        kept[name].write_bytes(pickle.dumps(found))
    return {name: pickle.loads(place.read_bytes()) for name, place in kept.items()}


def _place(folder: Path, name: str, words: object, arrays: tuple[np.ndarray, ...]) -> Path:
    digest = hashlib.sha256(repr(words).encode())
    for values in arrays:
        digest.update(np.ascontiguousarray(values).tobytes())
    for path in _CODE:
        digest.update(path.read_bytes())
    return folder / f"{_file(name)}.{digest.hexdigest()[:32]}.pickle"


def _file(name: str) -> str:
    return name.replace("/", "_")  # of a currency of virtual coins
