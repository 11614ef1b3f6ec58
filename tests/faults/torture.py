"""Runs the parts of `make torture`, each within its time, and writes docs/reliability.md after each.

python -m tests.faults.torture [part ...]
"""

import os
import sys
from datetime import UTC, datetime

from tests.faults.figures import append, forget, machine, write_page
from tests.faults.parts import PARTS
from tests.faults.sizes import SEED, SIZES
from tests.runs import Run, run_pytest
from tests.samples import ROOT


def main(names: list[str]) -> int:
    """0 if every requested part passed."""
    if unknown := [name for name in names if name not in PARTS]:
        print(
            f"{', '.join(unknown)}: not a part of make torture. The parts are: {', '.join(PARTS)}.", file=sys.stderr
        )
        return 2
    ended = {name: run(name) for name in names or PARTS}
    for name, (outcome, seconds) in ended.items():
        print(f"{name:8} {outcome:12} {seconds:6,} s")
    return 0 if all(outcome == "passed" for outcome, _ in ended.values()) else 1


def run(name: str) -> tuple[str, int]:
    """One part; its outcome and its seconds. Until it ends, its line on the page says that it was interrupted."""
    part, log = PARTS[name], ROOT / "build" / "torture" / f"{name}.log"
    print(f"{name}: {part.what}; {part.limit} minutes at most; log: {log.relative_to(ROOT)}", flush=True)
    row = {"part": name, "date": f"{datetime.now(UTC):%Y-%m-%d}", "seed": SEED, "sizes": SIZES[name]}
    row |= {"machine": machine(), "load": os.getloadavg()[0]}
    forget(name)
    append(row | {"outcome": "not finished", "cause": "it was interrupted", "seconds": 0})
    write_page()
    variables = {"TORTURE_PART": name, "COLUMNS": "160"}  # so wide that a line holds the cause of a failure
    ended = run_pytest(["tests/faults", "-m", name, *part.options], log, part.limit, variables)
    outcome, cause = outcome_of(ended, part.limit)
    forget(name, figures=False)
    append(row | {"outcome": outcome, "cause": cause, "seconds": ended.seconds})
    write_page()
    print(f"{ended.text}{name}: {outcome} after {ended.seconds} s {cause}\n", flush=True)
    return outcome, ended.seconds


def outcome_of(ended: Run, limit: float) -> tuple[str, str]:
    """The outcome in words, and its cause unless it passed."""
    failed = [line for line in ended.text.splitlines() if line.startswith(("FAILED", "ERROR "))]
    if ended.code is None:
        return "not finished", "; ".join([f"its {limit} minutes were up", *failed])
    if ended.code:
        return "failed", "; ".join(failed) or f"pytest ended with {ended.code}"
    return "passed", ""


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
