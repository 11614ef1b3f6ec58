"""What was found lately, for callers who ask about the same addresses again; safe to share between threads."""

import time
from collections.abc import Hashable
from threading import Lock

MOST_ENTRIES = 10_000
"""A few megabytes."""


class Cache[Value]:
    """Remembers values for so many seconds; for 0 seconds, nothing. Above `MOST_ENTRIES` the oldest goes."""

    def __init__(self, seconds: float) -> None:
        self._seconds, self._lock = seconds, Lock()
        self._values: dict[Hashable, tuple[float, Value]] = {}

    def get(self, key: Hashable) -> Value | None:
        with self._lock:
            expires, value = self._values.get(key, (0.0, None))
            return value if time.monotonic() < expires else None

    def put(self, key: Hashable, value: Value) -> None:
        if self._seconds <= 0:
            return
        with self._lock:
            self._values.pop(key, None)  # so that the order is that of age
            self._values[key] = (time.monotonic() + self._seconds, value)
            if len(self._values) > MOST_ENTRIES:
                del self._values[next(iter(self._values))]
