"""Abuse reports found in an object of the archive, beside decompressing it and beside DuckDB.

python -m benchmarks.archive FILE    reads one object; prints a JSON line like peers/archive.py
"""

import gzip
import json
import re
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from benchmarks.figures import Figure, Part, at_least, at_most
from benchmarks.texts import EVENTS, ROOT
from ses_feedback.archive.reader import CHUNK_BYTES
from ses_feedback.archive.reports import ArchiveReports
from ses_feedback.metrics.tally import MailRoutes, Tally, counter_of_mails
from ses_feedback.settings.file import load_settings

_MEGABYTES, _ROUNDS = 200, 3
_OBJECT = ROOT / "build" / "bench" / "archive.jsonl.gz"
_PEERS = ROOT / "benchmarks" / "peers" / "archive.py"
_PEERS_PYTHON = ROOT / ".venv-bench" / "bin" / "python"

_EXPLANATION = f"""\
An object of {_MEGABYTES} MB of JSON, gzip, and one of five times that: sends, deliveries and opens, and one complaint
in a thousand. Ours finds the reports, sends them to a queue that takes no time, and counts the rest by
environment in the same pass. DuckDB reads the lines as JSON on one thread: *find* asks for the complaints, *count*
for the events by sender and type. Processor time, and the memory of a process of its own at its most."""


def measure() -> Part:
    _OBJECT.parent.mkdir(parents=True, exist_ok=True)
    member = gzip.compress(b"".join(_lines(_MEGABYTES * 1_000_000)), 6)
    _OBJECT.write_bytes(member)
    rounds = [_round(_OBJECT) for _ in range(_ROUNDS)]
    _OBJECT.write_bytes(5 * member)
    large = _run([sys.executable, "-m", "benchmarks.archive", str(_OBJECT)])
    _OBJECT.unlink()
    return Part("The archive", _EXPLANATION, _figures(rounds, large))


def _figures(rounds: Sequence[dict[str, dict[str, float]]], large: dict[str, float]) -> list[Figure]:
    seconds = {name: statistics.median(one[name]["seconds"] for one in rounds) for name in rounds[0]}

    def ratio(one: str, other: str) -> float:
        return statistics.median(each[one]["seconds"] / each[other]["seconds"] for each in rounds)

    def detail(one: str, other: str) -> str:
        return f"{seconds[one]:.2f} / {seconds[other]:.2f} s"

    memory = max(large["mebibytes"], *(one["ours"]["mebibytes"] for one in rounds))
    duckdb = max(one[what]["mebibytes"] for one in rounds for what in ("find", "count"))
    return [
        at_most("ours ÷ decompressing alone", ratio("ours", "inflate"), 3, detail("ours", "inflate")),
        at_least("DuckDB, find ÷ ours", ratio("find", "ours"), 1, detail("find", "ours")),
        at_least("DuckDB, count ÷ ours", ratio("count", "ours"), 1, detail("count", "ours")),
        Figure(f"{5 * _MEGABYTES:,} MB", f"{large['seconds']:.1f} s, {large['found']:,.0f} reports"),
        Figure("memory at most", f"{memory:.0f} MiB; DuckDB {duckdb:.0f}", "≤ 64 MiB", memory <= 64),
    ]


def _round(file: Path) -> dict[str, dict[str, float]]:
    peers = {what: _run([_PEERS_PYTHON, _PEERS, what, file]) for what in ("inflate", "find", "count")}
    return peers | {"ours": _run([sys.executable, "-m", "benchmarks.archive", file])}


def _run(command: Sequence[str | Path]) -> dict[str, float]:
    answer: dict[str, float] = json.loads(subprocess.check_output(command, cwd=ROOT, text=True))
    return answer


def _lines(size: int) -> Iterator[bytes]:
    """Lines of JSON of that many bytes, as Firehose writes them."""
    samples = {name: (EVENTS / f"ses/event_{name}.json").read_text(encoding="utf-8") for name in _SAMPLES}
    events = {name: json.loads(text) for name, text in samples.items()}
    number = 0
    while size > 0:
        name = "complaint" if number % 1000 == 500 else _MIX[number % len(_MIX)]
        event: dict[str, Any] = events[name]
        mail = event["mail"] | {
            "messageId": f"010701a1f803-{number:012x}",
            "destination": [f"reader{number}@example.net"],
        }
        line = json.dumps(event | {"mail": mail}, separators=(",", ":")).encode() + b"\n"
        number, size = number + 1, size - len(line)
        yield line


_MIX = ("send", "delivery", "send", "delivery", "open")
_SAMPLES = {*_MIX, "complaint"}


def _read(file: str) -> dict[str, float]:
    sent: list[str] = []

    def send(**request: Any) -> dict[str, Any]:
        sent.extend(entry["Id"] for entry in request["Entries"])
        return {}

    settings = load_settings(ROOT / "layers" / "settings" / "feedback.toml")
    queue: Any = SimpleNamespace(send_message_batch=send)
    dead_letters: Any = None
    count = counter_of_mails(Tally(settings), MailRoutes(settings))
    reports = ArchiveReports(queue, "https://queue.example", dead_letters, count)
    started = time.process_time()
    with Path(file).open("rb") as data:
        reports.send("s3://archive/object", iter(lambda: data.read(CHUNK_BYTES), b""))
    seconds = time.process_time() - started
    mebibytes = int(re.findall(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text())[0]) / 1024
    return {"seconds": seconds, "found": len(sent), "mebibytes": mebibytes}


if __name__ == "__main__":
    print(json.dumps(_read(sys.argv[1])))
