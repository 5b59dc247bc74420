"""The result of the benchmark as a person reads it."""

from __future__ import annotations

import os

from tests.bench.figures import Measurements, Target, best, peak, sql_of, steps, targets


def text(found: Measurements, limits: dict[str, str]) -> str:
    """Return the tables, ready to print."""
    load = os.getloadavg()[0]
    fused = min(found.fused)
    usage = min(found.fused_usage, key=lambda item: item.cpu_seconds)
    title = (
        f"== {found.rows:,} lines of CUR 2.0, best of {found.repeat}, {limits['FINOPS_THREADS']} threads, memory limit "
        f"{limits['FINOPS_MEMORY_LIMIT']}, load of the machine at the end {load:.1f} =="
    )
    out = [
        "",
        title,
        "",
        f"{'Seconds':<34}{'ours':>12}{'1,000 lines':>14}{'the rest':>12}{'/ query':>10}",
        "-" * 82,
    ]
    out += [f"{n:<34}{a:>12.2f}{b:>14.2f}{c:>12.2f}{d:>10.2f}" for n, a, b, c, d in steps(found)]
    notes = (
        ("The query written by hand", fused, f"{usage.cpu_seconds:.2f} processor seconds, {_mb(usage.peak_bytes)}"),
        ("Nothing new", min(run.usage.seconds for run in found.unchanged), "the whole process"),
        (
            "Refresh of one month",
            best(found.refresh).work,
            f"models {sql_of(found.refresh):.2f} s, at 1,000 lines {sql_of(found.fixed_refresh):.2f} s",
        ),
    )
    out += ["", *[f"{name:<34}{seconds:>12.2f} s   {more}" for name, seconds, more in notes]]
    memory = {
        "full": found.full,
        "refresh": found.refresh,
        "that month alone": found.alone,
        "unchanged": found.unchanged,
    }
    out += [
        f"{'Peak memory':<34}" + ", ".join(f"{name} {_mb(peak(runs))}" for name, runs in memory.items()),
        "",
        f"{'To reach':<48}{'measured':>14}{'wanted':>14}",
        "-" * 90,
    ]
    for item in targets(found):
        places = 0 if item.unit == "lines/s" else 2
        sign = ">=" if item.is_more_better else "<="
        out.append(
            f"{item.title:<48}{item.value:>14,.{places}f}{f'{sign} {item.wanted:,.{places}f}':>14} {item.unit:<16}"
            f"{_verdict(item)}"
        )
    return "\n".join(out)


def _verdict(item: Target) -> str:
    if item.value <= 0:
        return "too few lines to tell"
    return "reached" if item.is_reached else "NOT REACHED"


def _mb(size: int) -> str:
    return f"{size / 1_000_000:,.0f} MB"
