"""How much each test of this folder does: little in `make test`, all of it in `make torture` (TORTURE=1).

Each size has an environment variable of its own name, so that one alone can be tried: STORM_MESSAGES=2000 pytest ...
"""

import os

FULL = os.environ.get("TORTURE") == "1"
SEED = int(os.environ.get("SEED", "20261124"))
"""The one seed of everything that is random here."""


def _size(name: str, quick: int, full: int) -> int:
    return int(os.environ.get(name, full if FULL else quick))


STORM_MESSAGES = _size("STORM_MESSAGES", 400, 50_000)
KILL_MESSAGES = _size("KILL_MESSAGES", 200, 10_000)
KILLS = _size("KILLS", 4, 100)
OUTAGE_SECONDS = _size("OUTAGE_SECONDS", 2, 60)
FAULTY_MESSAGES = _size("FAULTY_MESSAGES", 100, 2_000)
POISON_MESSAGES = _size("POISON_MESSAGES", 200, 10_000)
ERROR_SEEDS = _size("ERROR_SEEDS", 2, 100)
RACES = _size("RACES", 4, 120)
REPLAY_RECORDS = _size("REPLAY_RECORDS", 200, 20_000)
CUT_STRIDE = _size("CUT_STRIDE", 191, 1)
RESTORE_ROWS = _size("RESTORE_ROWS", 500, 100_000)
