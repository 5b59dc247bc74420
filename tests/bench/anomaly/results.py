"""Where the measures of the searches for anomalies are kept and shown: the seed of `anomaly_detection_quality`."""

from __future__ import annotations

import csv

from tests.bench.process import PROJECT

RESULTS = PROJECT / "seeds" / "reference" / "anomaly_quality_results.csv"
_HEADER = ("noise_reading", "measure", "event_kind", "size_band", "value", "event_count", "to_reach", "search_version")


def print_rows(table: list[tuple]) -> None:
    """Show the rows of one reading of the noise."""
    print(f"Noise read as {table[0][0]}")
    for _, measure, kind, band, value, count, goal in table:
        words = f"  {measure:<34} {kind:<22} {band:<12} {value:8.3f}   of {count:>9,}"
        print(words + (f"   to reach {goal:g}" if goal is not None else ""), flush=True)


def write(table: list[tuple], version: str) -> None:
    """Put the rows into the seed in place of those of the same readings, rounded to a ten-thousandth."""
    readings = {row[0] for row in table}
    with RESULTS.open(encoding="utf-8", newline="") as file:
        others = [row for row in csv.reader(file) if row[0] not in readings | {_HEADER[0]}]
    with RESULTS.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(_HEADER)
        writer.writerows(others)
        for *names, value, count, goal in table:
            writer.writerow([*names, f"{value:.4f}", count, "" if goal is None else f"{goal:g}", version])
