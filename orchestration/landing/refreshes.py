"""Files that say what other files say already: refreshes of one bill that would be added up.

Where nothing lists the files of a delivery, all of a folder count together, what an earlier export left behind
included. Where deliveries add to each other (`corrections`), a file that repeats what counts already would count again.
Providers whose lines have ids are the business of `redeliveries.py`, other sources that of `other_sources.py`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from orchestration.errors import DeliveryRejected
from orchestration.landing.likeness import Likeness, hashed
from orchestration.words import percent

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import duckdb

    from orchestration.formats import Format
    from orchestration.landing.likeness import CountingFile
    from orchestration.landing.profile import Profile
    from orchestration.landing.take import TakenFile

_LIKENESS = 0.9
_DATE = re.compile(r"20\d\d[-_.]?\d\d[-_.]?\d\d([-_T.]?\d\d[-_:.]?\d\d([-_:.]?\d\d)?Z?)?")


def refuse_refreshes(
    connection: duckdb.DuckDBPyConnection,
    fmt: Format,
    files: list[TakenFile],
    profile: Profile,
    where: str,
    *,
    is_adding: bool,
) -> list[str]:
    """Reject files that nothing lists if more than 90 % of the lines of one are in another of the same month.

    Or in all the others together: an export that needs fewer files than the one before leaves the last ones behind.
    Or if they are the same charges at two dates, unless lines are only ever added (`is_adding`: by what
    is said of the source; else by the provider). Gives in words what is only likely so.
    """
    filled = {str(file.path): file for file in files if profile.file_rows[str(file.path)]}
    months = {path: profile.file_months[path] for path in filled}
    if sum(map(len, months.values())) == len(set().union(*months.values())):
        return []  # each file has months of its own
    with hashed(connection, fmt, files):
        lines = Likeness(connection, "line")
        charges = None if is_adding or fmt.only_grows else Likeness(connection, "charge")

    def alike(likeness: Likeness) -> Iterator[tuple[TakenFile, TakenFile, float]]:
        for pair in likeness.pairs:
            first, second = filled[pair.first], filled[pair.second]
            if pair.share > _LIKENESS and first.dataset == second.dataset and months[pair.first] & months[pair.second]:
                yield first, second, pair.share

    for first, second, share in alike(lines):
        raise DeliveryRejected(
            f"{where}: the files '{first.origin}' and '{second.origin}' look like two refreshes of one bill: "
            f"{percent(share)} of the lines of the smaller are in the other too. A folder of files is one snapshot, "
            "all of its files together, so both would be counted. Keep only the newer file in the folder; or, if the "
            "provider writes refreshes with manifests, keep its folders as they are and name their parent as uri; "
            "or, if these really are separate charges, put them into one file.",
            file=second.origin,
        )
    for file in reversed(files):
        share = lines.repeated_share(str(file.path))
        if share > _LIKENESS:
            raise DeliveryRejected(
                f"{where}: the file '{file.origin}' looks like one that an earlier export left behind: "
                f"{percent(share)} of its lines are in the other files too, and both would be counted. Remove it, or "
                "empty the folder and export again.",
                file=file.origin,
            )
    # Where each charge stands once in a file, a charge that stands in two of them is the same one, at two dates.
    twice = [
        (first, second, share)
        for first, second, share in (alike(charges) if charges else ())
        if all(lines.counts[path] == charges.counts[path] for path in (str(first.path), str(second.path)))
    ]
    for first, second, share in twice:
        if _differ_in_a_date(first.origin, second.origin):
            raise DeliveryRejected(
                f"{where}: the files '{first.origin}' and '{second.origin}' look like one bill as of two dates: "
                f"{percent(share)} of the charges of the smaller are in the other too, with other amounts. A folder of "
                "files is one snapshot, all of its files together, so both would be counted. Keep only the newest in "
                "the folder; or, if each file holds only what comes on top of those before, write `corrections: delta` "
                "in sources.yml.",
                file=second.origin,
            )
    return [
        f"{where}: the files '{first.origin}' and '{second.origin}' hold the same charges ({percent(share)} of the "
        "smaller) with other amounts, and both are counted. If one is a newer state of the other, keep only the newer "
        "one in the folder."
        for first, second, share in twice[:1]
    ]


def refuse_what_counts(
    connection: duckdb.DuckDBPyConnection,
    fmt: Format,
    files: list[TakenFile],
    profile: Profile,
    counting: Iterable[CountingFile],
    where: str,
) -> None:
    """Reject a file that would add lines which count already, where deliveries add to each other.

    That is: more than 90 % of its lines are in files that count, or of the lines of one of them in it.
    """
    months = {month for file in files for month in profile.file_months[str(file.path)]}
    known = {
        str(item.file.path): item
        for item in counting
        if item.delivery.format == fmt.name and item.rows and months & set(item.months) and item.file.path.exists()
    }
    new = {str(file.path): file for file in files if profile.file_rows[str(file.path)]}
    if not known or not new:
        return
    with hashed(connection, fmt, [*new.values(), *(item.file for item in known.values())]):
        lines = Likeness(connection, "line")
    for pair in lines.pairs:
        mine, theirs = sorted((pair.first, pair.second), key=lambda path: path in known)
        if pair.share > _LIKENESS and mine in new and theirs in known:
            former = f"'{known[theirs].file.origin}' of delivery {known[theirs].delivery.delivery_id}"
            raise _counts_already(
                new[mine], f"{percent(pair.share)} of the lines of the smaller of it and {former} are in both", where
            )
    for path, file in new.items():
        if (share := lines.repeated_share(path)) > _LIKENESS:
            raise _counts_already(file, f"{percent(share)} of its lines are in other files", where)


def already_counting(files: list[TakenFile], counting: list[CountingFile], where: str) -> list[str]:
    """Tell files that are left out although they came under another name: one of them may be meant as a second one."""
    return [
        f"{where}: the file '{file.origin}' has the same content as "
        f"'{known[0].file.origin}' of delivery {known[0].delivery.delivery_id}, which counts already; it is counted "
        "once. If it is meant to count again, give it a source of its own in sources.yml."
        for file in files
        if (known := [item for item in counting if item.rows and item.file.fingerprint == file.fingerprint])
        and file.origin not in {item.file.origin for item in known}
    ]


def _differ_in_a_date(first: str, second: str) -> bool:
    return first != second and _DATE.sub("", first) == _DATE.sub("", second)


def _counts_already(file: TakenFile, found: str, where: str) -> DeliveryRejected:
    return DeliveryRejected(
        f"{where}: the file '{file.origin}' says again what counts already: {found}. Deliveries of this source add to "
        "each other, so that these lines would be counted twice. Deliver only the lines that are new, in a file of "
        "their own; or, if each file is the whole bill again, write `corrections: replacement` in sources.yml; or, if "
        "these really are separate charges, give the file a source of its own there.",
        file=file.origin,
    )
