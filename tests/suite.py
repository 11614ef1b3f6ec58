"""All tests, as `make test` runs them: what is on moto beside the two deployed stacks, each with a log of its own.

Each run's output is shown whole once it ends, and at the end how long each took.
"""

import sys
import time
from concurrent.futures import ThreadPoolExecutor, as_completed

from tests.runs import Run, run_pytest
from tests.samples import ROOT

MINUTES = 20
ON_MOTO = ("unit", "handlers", "security", "docs", "golden", "faults")
RUNS = {
    "on moto": [
        *(f"tests/{part}" for part in ON_MOTO),
        *("--ignore", "tests/faults/deployed", "--numprocesses", "2", "--dist", "worksteal"),
    ],
    "deployed stack": ["tests/stack"],
    "deployed stack, mistreated": ["tests/faults/deployed"],
}
"""Beside one another, since a deployed stack mostly waits."""


def main() -> int:
    """0 if every test passed."""
    started, ended = time.monotonic(), dict[str, Run]()
    with ThreadPoolExecutor(len(RUNS)) as pool:
        log = ROOT / "build" / "test" / "logs"
        runs = {
            pool.submit(run_pytest, arguments, log / f"{number}.log", MINUTES): name
            for number, (name, arguments) in enumerate(RUNS.items())
        }
        for future in as_completed(runs):
            name = runs[future]
            ended[name] = future.result()
            print(f"\n{name}: pytest {' '.join(RUNS[name])}\n\n{ended[name].text}", flush=True)
    times = " · ".join(f"{name} {ended[name].seconds} s" for name in RUNS)
    print(f"{times} · all {time.monotonic() - started:.0f} s")
    for name, run in ended.items():
        if run.code != 0:
            print(f"{name}: {'not finished' if run.code is None else 'failed'}")
    return 0 if all(run.code == 0 for run in ended.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
