"""Forecasts that add up: children to their parent, to the last digit, in several hierarchies that share a total.

Belongs here: reconciliation by weighted least squares (the trace minimization of Wickramasuriya, Athanasopoulos and
Hyndman with a diagonal covariance: each forecast gives way in proportion to its own error variance), and rounding that
keeps the sums; and handing down a change that is known of a parent alone. Does not belong here: which scopes have
parents.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from orchestration.analysis.forecast.series import Key

UNITS_PER_CURRENCY = 1_000_000
"""Money is rounded to millionths: whole numbers of them add up exactly, and fit 64 bits."""
Family = tuple[Sequence[Key], Sequence[Key]]
"""Scopes that others add up to: one parent and its children, or several parents that share children."""


def families(
    keys: Sequence[Key], parents: Mapping[tuple[str, str], tuple[str, str]], recent: Mapping[Key, np.ndarray]
) -> list[Family]:
    """Return what adds up in the `recent` cost and so must in the forecast, one type of scope at a time.

    Parents whose children do not add up to them one by one, because children belong to several of them, are taken
    together, with the children whose one parent in `parents` has no cost in their currency. What does not add up even
    then is left as it is.
    """
    known = set(keys)
    found: dict[tuple[str, str, str], dict[Key | None, list[Key]]] = {}
    for key in keys:
        parent = parents.get((key.scope_type, key.scope_id))
        if parent is not None:
            above = Key(*parent, key.currency)
            group = found.setdefault((key.scope_type, above.scope_type, key.currency), {})
            group.setdefault(above if above in known else None, []).append(key)
    whole: list[Family] = []
    for (_, type_above, currency), group in found.items():
        apart = [((parent,), tuple(children)) for parent, children in group.items() if parent is not None]
        good = [family for family in apart if _adds_up(family, recent)]
        covered = {parent for family in good for parent in family[0]}
        rest = [key for key in keys if key.scope_type == type_above and key.currency == currency and key not in covered]
        together = (tuple(rest), tuple(child for parent in (*rest, None) for child in group.get(parent, ())))
        whole += good
        if rest and together[1] and _adds_up(together, recent):
            whole.append(together)
    return whole


def _adds_up(family: Family, recent: Mapping[Key, np.ndarray]) -> bool:
    above, below = (np.sum([recent[key] for key in part], axis=0) for part in family)
    return bool(np.allclose(below, above, rtol=1e-6, atol=1e-4))


def reconcile(
    paths: Mapping[Key, np.ndarray], whole: Sequence[Family], variances: Mapping[Key, float]
) -> dict[Key, np.ndarray]:
    """Return the paths nearest to those given that add up in every family, weighing each by its error variance."""
    keys = list(paths)
    if not whole:
        return dict(paths)
    place = {key: number for number, key in enumerate(keys)}
    rules = np.zeros((len(whole), len(keys)))
    for row, (above, children) in enumerate(whole):
        rules[row, [place[key] for key in above]] = 1.0
        rules[row, [place[child] for child in children]] = -1.0
    base = np.array([paths[key] for key in keys])
    weights = np.array([max(variances.get(key, 0.0), 0.0) for key in keys])
    # what has come to an end stays at nothing
    weights = np.where(base.any(axis=1), np.maximum(weights, 1e-9 * max(float(weights.max()), 1e-9)), 0.0)
    spread = weights[:, None] * rules.T
    # Families may repeat each other (two hierarchies of one total): least squares instead of an inverse.
    forces = np.linalg.lstsq(rules @ spread, rules @ base, rcond=None)[0]
    return dict(zip(keys, base - spread @ forces, strict=True))


def rounded(
    paths: Mapping[Key, np.ndarray], whole: Sequence[Family], may_be_negative: Mapping[Key, bool]
) -> dict[Key, np.ndarray]:
    """Return the paths in millionths, whole numbers, that add up exactly in every family.

    From the top down: what a parent has is shared among its children by largest remainder.
    """
    done: dict[Key, np.ndarray] = {}
    below = {child for _, children in whole for child in children}
    for key, path in paths.items():
        if key not in below:
            kept = path if may_be_negative.get(key) else np.maximum(path, 0.0)
            done[key] = np.rint(kept * UNITS_PER_CURRENCY).astype(np.int64)
    for above, children in _top_down(whole):
        total = np.sum([done[key] for key in above], axis=0)
        shares = _shared(np.array([paths[child] for child in children]), total, children, may_be_negative)
        done.update(zip(children, shares, strict=True))
    return {key: done[key] for key in paths}


def handed_down(
    changes: Mapping[Key, np.ndarray], whole: Sequence[Family], levels: Mapping[Key, float]
) -> dict[Key, np.ndarray]:
    """Return changes that add up: what is known of parents and not of their children is shared as their cost is."""
    found = dict(changes)
    for above, children in _top_down(whole):
        known = [found[key] for key in above if key in found]
        if not known:
            continue
        nothing = np.zeros(len(known[0]))
        missing = sum((found[key] for key in above if key in found), nothing)
        missing = missing - sum((found[key] for key in children if key in found), nothing)
        sizes = np.array([max(levels.get(child, 0.0), 0.0) for child in children])
        sizes = sizes / sizes.sum() if sizes.sum() > 0 else np.full(len(children), 1 / len(children))
        for child, size in zip(children, sizes, strict=True):
            found[child] = found.get(child, nothing) + size * missing
    return found


def _top_down(whole: Sequence[Family]) -> Iterator[Family]:
    """Return the families in an order in which each comes after those that its parents are children of."""
    waiting = list(whole)
    while waiting:
        below = {child for _, children in waiting for child in children}
        ready = [family for family in waiting if not below & set(family[0])]
        if not ready:
            raise ValueError("the scopes form a circle: a parent is among its own descendants")
        yield from ready
        waiting = [family for family in waiting if family not in ready]


def _shared(
    wanted: np.ndarray, total: np.ndarray, children: Sequence[Key], may_be_negative: Mapping[Key, bool]
) -> np.ndarray:
    """Share whole numbers `total` among the rows of `wanted`, column by column."""
    wanted = wanted * UNITS_PER_CURRENCY
    floored = np.array([not may_be_negative.get(child) for child in children])
    wanted[floored] = np.maximum(wanted[floored], 0.0)
    if floored.all():
        sums = wanted.sum(axis=0)
        scale = np.divide(total, sums, out=np.ones(len(sums)), where=sums > 0)
        wanted = wanted * scale
        wanted[:, sums <= 0] = total[sums <= 0] / len(children)
    else:
        wanted[np.argmax(np.abs(wanted).sum(axis=1))] += total - wanted.sum(axis=0)
    whole = np.floor(wanted).astype(np.int64)
    missing = total - whole.sum(axis=0)
    each, rest = np.divmod(missing, len(children))
    order = np.argsort(-(wanted - whole), axis=0, kind="stable")
    ranks = np.argsort(order, axis=0, kind="stable")
    return whole + each + (ranks < rest)
