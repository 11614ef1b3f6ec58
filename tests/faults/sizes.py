"""How much each test of this folder does: little in `make test`, all of it in `make torture` (TORTURE=1).

Each size is also an environment variable, so that one can be tried alone: STORM_EVENTS=2000 pytest ...
The full sizes are such that all parts together end in about half an hour on two cores; parts.py says what limits
each.
"""

import os
from collections import defaultdict

FULL = os.environ.get("TORTURE") == "1"
SEED = int(os.environ.get("SEED", "20261124"))
"""The one seed of everything that is random here."""

SIZES: dict[str, dict[str, int]] = defaultdict(dict)
"""The sizes of this run by part and name."""


def _size(part: str, name: str, quick: int, full: int) -> int:
    SIZES[part][name] = int(os.environ.get(name, full if FULL else quick))
    return SIZES[part][name]


ERROR_SEEDS = _size("crashes", "ERROR_SEEDS", 2, 40)
CUT_STRIDE = _size("records", "CUT_STRIDE", 191, 1)
REPLAY_RECORDS = _size("records", "REPLAY_RECORDS", 60, 6_000)
BACKUP_ROWS = _size("restore", "BACKUP_ROWS", 1_500, 40_000)
FAULTY_EVENTS = _size("faults", "FAULTY_EVENTS", 100, 1_000)
OUTAGE_SECONDS = _size("faults", "OUTAGE_SECONDS", 2, 30)
RACES = _size("races", "RACES", 4, 40)
STORM_EVENTS = _size("storm", "STORM_EVENTS", 400, 8_000)
KILL_EVENTS = _size("kills", "KILL_EVENTS", 200, 3_000)
KILLS = _size("kills", "KILLS", 4, 40)
POISON_EVENTS = _size("poison", "POISON_EVENTS", 200, 3_000)
