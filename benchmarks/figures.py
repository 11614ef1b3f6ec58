"""A line of the table, and docs/performance.md, which `make bench` writes from its lines alone."""

import os
import platform
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.texts import ROOT

PAGE = ROOT / "docs" / "performance.md"

_DID_NOT_PAY = ROOT / "benchmarks" / "did_not_pay.md"

TIMES = "\N{MULTIPLICATION SIGN}"

_HEAD = """# Performance

What `make bench` measured; it writes this page. Where a figure is a ratio, both sides ran in turn, in one run, on one
machine. Processor time is of one core. Between runs the ratios drift by a fifth, so a figure near its goal may be on
either side of it. Nothing here was measured on AWS.
"""

_TABLE = """
| what | goal | figure | |
|---|---|---|---|
"""


@dataclass(frozen=True, slots=True)
class Figure:
    """`goal` is empty and `is_met` None where there is nothing to reach: the figure is there to be known."""

    what: str
    figure: str
    goal: str = ""
    is_met: bool | None = None

    def __str__(self) -> str:
        mark = {True: "met", False: "**missed**", None: ""}[self.is_met]
        return f"| {self.what} | {self.goal} | {self.figure} | {mark} |"


@dataclass(frozen=True, slots=True)
class Part:
    """The figures of one part. `explanation` says how they were measured, and what falls short and why."""

    title: str
    explanation: str
    figures: Sequence[Figure]

    def __str__(self) -> str:
        lines = "\n".join(map(str, self.figures))
        return f"\n## {self.title}\n\n{self.explanation}\n{_TABLE}{lines}\n"


def at_most(what: str, ratio: float, limit: float, detail: str = "") -> Figure:
    """A ratio that should be small: `at_most("read", 2.3, 2.0, "18 / 8 µs")`."""
    figure = _times(ratio, detail)
    return Figure(what, figure, f"≤ {limit:g} {TIMES}", ratio <= limit)


def at_least(what: str, ratio: float, limit: float, detail: str = "") -> Figure:
    """A ratio that should be large."""
    figure = _times(ratio, detail)
    return Figure(what, figure, f"≥ {limit:g} {TIMES}", ratio >= limit)


def _times(ratio: float, detail: str) -> str:
    return f"{ratio:.2f} {TIMES}" + (f" ({detail})" if detail else "")


def write_page(parts: Sequence[Part], page: Path = PAGE) -> None:
    did_not_pay = _DID_NOT_PAY.read_text(encoding="utf-8")
    page.write_text(f"{_HEAD}{''.join(map(str, parts))}\n{did_not_pay}\n{_machine()}\n", encoding="utf-8")


def _machine() -> str:
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30
    hardware = f"{platform.machine()}, {os.process_cpu_count()} cores, {memory:.0f} GiB"
    load = f"at a load of {os.getloadavg()[0]:.1f}"
    return f"Measured on {datetime.now(UTC):%Y-%m-%d}: {hardware}, Python {platform.python_version()}, {load}."
