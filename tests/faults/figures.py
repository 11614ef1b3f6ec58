"""What `make torture` measured, and docs/reliability.md, which is written from that alone."""

import json
import platform
from datetime import UTC, datetime
from pathlib import Path

from tests.faults.sizes import FULL, SEED
from tests.samples import ROOT

MEASURED = ROOT / "build" / "torture.jsonl"
PAGE = ROOT / "docs" / "reliability.md"

_HEAD = """# Reliability

What `make torture` measured, on {date}, seed {seed}, on {machine}. It writes this page; `make torture SEED={seed}`
does the same again, and the quick sizes of the same tests run in `make test`. *Deployed* is the real template on
MiniStack, a local AWS; *moto* the functions themselves, with AWS in their process. Neither is AWS: MiniStack's
queues, streams and pollers are its own, and messages come again after seconds here, after minutes in the template.

| promise | where | figure | test |
|---|---|---|---|
"""


def note(promise: str, where: str, figure: str, test: str) -> None:
    """Keeps one line of the page, once its test has held; the quick sizes leave no figures."""
    if not FULL:
        return
    MEASURED.parent.mkdir(exist_ok=True)
    row = {"promise": promise, "where": where, "figure": figure, "test": test}
    with MEASURED.open("a", encoding="utf-8") as file:
        file.write(json.dumps(row) + "\n")


def write_page(measured: Path = MEASURED, page: Path = PAGE) -> None:
    rows = [json.loads(line) for line in measured.read_text(encoding="utf-8").splitlines()]
    head = _HEAD.format(date=f"{datetime.now(UTC):%Y-%m-%d}", seed=SEED, machine=f"{platform.machine()}, two cores")
    lines = [
        f"| {row['promise']} | {row['where']} | {row['figure']} | `{row['test']}` |" for row in sorted(rows, key=str)
    ]
    page.write_text(head + "\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    write_page()
