"""The recording of now and the snapshots: made in a process of its own, compared line by line."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent
ROOT = FOLDER.parent.parent
DATA, WORDS = "data.jsonl", "words.jsonl"
SECONDS = 240
"""For a recording: some ten on a machine that does nothing else."""


def record_into(folder: Path) -> None:
    """Records with an environment that nothing of the caller's reaches. Raises what the process said."""
    environment = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR") if name in os.environ}
    command = [sys.executable, "-m", "tests.golden.record", str(folder)]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=SECONDS)
    if done.returncode:
        raise RuntimeError(f"the recording failed:\n{done.stderr[-4000:]}")


def first_difference(expected: str, found: str) -> str | None:
    """The first line that differs, by its event, and in it the first value, as both have it; None for none."""
    wanted, got = ([json.loads(line) for line in text.splitlines()] for text in (expected, found))
    for before, after in zip(wanted, got, strict=False):
        if before["event"] != after["event"]:
            return f"the next event was {before['event']!r}, and is {after['event']!r} now"
        if before != after:
            place, one, other = _first_value("", before, after)
            return f"event {before['event']!r}, at {place}:\n  was    {one}\n  is now {other}"
    if len(wanted) != len(got):
        longer = (wanted if len(wanted) > len(got) else got)[min(len(wanted), len(got))]
        return (
            f"there were {len(wanted)} lines, and are {len(got)} now; the first without another: {longer['event']!r}"
        )
    return None


def _first_value(place: str, before: Any, after: Any) -> tuple[str, str, str]:
    if isinstance(before, dict) and isinstance(after, dict):
        for name in sorted(before.keys() | after.keys()):
            if name not in before or name not in after:
                return f"{place}.{name}", _shown(before.get(name, "absent")), _shown(after.get(name, "absent"))
            if before[name] != after[name]:
                return _first_value(f"{place}.{name}", before[name], after[name])
    if isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        for number, (one, other) in enumerate(zip(before, after, strict=True)):
            if one != other:
                return _first_value(f"{place}[{number}]", one, other)
    return place, _shown(before), _shown(after)


def _shown(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)[:1000]
