"""What `make torture` measured, and docs/reliability.md, which is written from that alone."""

import json
import os
import platform
from importlib.metadata import version
from pathlib import Path
from typing import Any

from tests.faults.parts import PARTS
from tests.faults.sizes import FULL
from tests.samples import ROOT

MEASURED = ROOT / "build" / "torture.jsonl"
"""A line for each figure (`promise`), and one for each part that was run (`outcome`)."""

PAGE = ROOT / "docs" / "reliability.md"

_HEAD = """# Reliability

What `make torture` measured. It writes this page, after each of its parts; `make torture PART={parts[0]}` runs one
part again and replaces its lines only, `SEED=n` makes other events. The quick sizes of the same tests run in
`make test`. *Deployed* is the real template on MiniStack, a local AWS; *moto* the functions themselves, with AWS in
their process. Neither is AWS: MiniStack's queues, streams and pollers are its own, and a message whose function died
is redelivered after seconds, where the template says minutes.

## Parts

| part | what | outcome | took | limit | sizes | what limits them | seed | date |
|---|---|---|---|---|---|---|---|---|
"""


def note(promise: str, where: str, figure: str, test: str) -> None:
    """Keeps a line of the page, once its test has passed; the quick sizes leave no figures."""
    if FULL:
        part = os.environ["TORTURE_PART"]
        append({"part": part, "promise": promise, "where": where, "figure": figure, "test": test})


def append(row: dict[str, Any], measured: Path = MEASURED) -> None:
    measured.parent.mkdir(exist_ok=True)
    with measured.open("a", encoding="utf-8") as file:
        file.write(json.dumps(row) + "\n")


def rows_in(measured: Path = MEASURED) -> list[dict[str, Any]]:
    return (
        [json.loads(line) for line in measured.read_text(encoding="utf-8").splitlines()] if measured.exists() else []
    )


def forget(part: str, measured: Path = MEASURED, *, figures: bool = True) -> None:
    """Drops the outcome of a part, and its figures as well, unless they are to stay."""
    kept = [row for row in rows_in(measured) if row["part"] != part or not (figures or "outcome" in row)]
    measured.parent.mkdir(exist_ok=True)
    measured.write_text("".join(json.dumps(row) + "\n" for row in kept), encoding="utf-8")


def machine() -> str:
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30
    hardware = f"{platform.machine()}, {os.process_cpu_count()} cores, {memory:.0f} GiB"
    return f"{hardware}, Python {platform.python_version()}, MiniStack {version('ministack')}, moto {version('moto')}"


def write_page(measured: Path = MEASURED, page: Path = PAGE) -> None:
    rows = rows_in(measured)
    outcomes = {row["part"]: row for row in rows if "outcome" in row}
    figures = sorted(
        (row for row in rows if "promise" in row), key=lambda row: (list(PARTS).index(row["part"]), row["promise"])
    )
    lines = [_part_line(name, outcomes.get(name)) for name in PARTS]
    lines += ["", "Measured on:", ""]
    lines += [f"- {machine}" for machine in _machines(outcomes)]
    lines += ["", "## Figures", "", "| part | promise | where | figure | test |", "|---|---|---|---|---|"]
    lines += [
        f"| {row['part']} | {row['promise']} | {row['where']} | {row['figure']} | `{row['test']}` |"
        for row in figures
    ]
    lines += ["", "## What falls short", ""]
    lines += [f"- {shortfall}" for shortfall in _shortfalls(outcomes)]
    page.write_text(_HEAD.format(parts=list(PARTS)) + "\n".join(lines) + "\n", encoding="utf-8")


def _part_line(name: str, row: dict[str, Any] | None) -> str:
    part = PARTS[name]
    if row is None:
        return f"| {name} | {part.what} | **not run** | | {part.limit} min | | {part.measure} | | |"
    cause = row["cause"].replace("|", "\\|")
    outcome = "passed" if row["outcome"] == "passed" else f"**{row['outcome']}**: {cause}"
    sizes = ", ".join(f"{key} {value:,}" for key, value in row["sizes"].items()) or "all"
    return (
        f"| {name} | {part.what} | {outcome} | {row['seconds']:,} s | {part.limit} min | {sizes} | {part.measure} "
        f"| {row['seed']} | {row['date']} |"
    )


def _machines(outcomes: dict[str, dict[str, Any]]) -> list[str]:
    """Each machine once, with its parts, and how busy it was when they began."""
    loads: dict[str, list[str]] = {}
    for name in PARTS:
        if name in outcomes:
            loads.setdefault(outcomes[name]["machine"], []).append(
                f"{name} at a load of {outcomes[name]['load']:.1f}"
            )
    return [f"{hardware}: {', '.join(parts)}" for hardware, parts in loads.items()]


def _shortfalls(outcomes: dict[str, dict[str, Any]]) -> list[str]:
    shortfalls = []
    for name in PARTS:
        outcome = outcomes[name]["outcome"] if name in outcomes else "not run"
        if outcome != "passed":
            shortfalls.append(f"The part {name}: {outcome}. Nothing is proved for what has no figure above.")
    return shortfalls + [
        "MiniStack searches its whole queue at each request, so a long queue slows it down. The storm "
        "keeps at most 1,000 messages in the queue, where SQS holds any number.",
        "SQS's and Lambda's own failures (an availability zone, a lost poller) cannot be reproduced here.",
    ]
