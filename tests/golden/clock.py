"""A clock that is frozen for the project's own code only: moto and botocore keep the real one.

Installed before anything else is imported, in a process of its own, so that it does not matter where and under which
name a module takes the time. Random ids of the project's code come from a counter.
"""

import datetime as datetime_module
import random
import sys
import time
import uuid
from datetime import UTC, datetime, tzinfo
from itertools import count
from typing import Any

_FROZEN = ("ses_feedback", "aws_lambda_powertools")
_real, _real_time, _real_uuid4 = datetime, time.time, uuid.uuid4


def _is_frozen(depth: int) -> bool:
    return str(sys._getframe(depth + 1).f_globals.get("__name__", "")).startswith(_FROZEN)


class _Kind(type):
    """Whatever is a datetime is one of ours as well: the C parts of libraries make real ones."""

    def __instancecheck__(cls, instance: object) -> bool:
        return isinstance(instance, _real)

    def __subclasscheck__(cls, subclass: type) -> bool:
        return issubclass(subclass, _real)


class _At(datetime, metaclass=_Kind):
    @classmethod
    def now(cls, tz: tzinfo | None = None) -> Any:
        if not _is_frozen(1):
            return _real.now(tz)
        return NOW.astimezone(tz) if tz else NOW.replace(tzinfo=None)


NOW = _At(2026, 11, 20, 10, tzinfo=UTC)
"""Minutes after the last of the sample events."""


def freeze() -> None:
    numbers = count(1)
    datetime_module.datetime = _At  # type: ignore[misc]
    time.time = lambda: NOW.timestamp() if _is_frozen(1) else _real_time()
    uuid.uuid4 = lambda: uuid.UUID(int=next(numbers), version=4) if _is_frozen(1) else _real_uuid4()
    random.seed(9)
