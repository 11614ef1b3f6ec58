"""Faults where botocore sends, for every client of a process: it dies at a call, or the answer to a call is lost."""

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Literal

import boto3
from botocore.exceptions import ClientError, ReadTimeoutError

type When = Literal["before-call", "after-call"]

_READS = ("Get", "BatchGet", "Query", "Scan", "List", "Receive", "Describe")


class Killed(BaseException):
    """The process is gone: no `except Exception` of a function catches this, and nothing more is sent."""


class Injector:
    """Listens to every call of the clients that are made from a session once it is installed."""

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.on_performed: Callable[[str], None] = lambda _: None
        self._kill_at: tuple[int, When] | None = None
        self._refuse_at: int | None = None
        self._is_dead = False
        self._chance: random.Random | None = None
        self._share = 0.0

    @contextmanager
    def installed(self, session: boto3.Session) -> Iterator[None]:
        events = {"before-call": self._before, "after-call": self._after}
        for name, listener in events.items():
            session.events.register(f"{name}.*.*", listener, unique_id=f"injector-{name}")
        try:
            yield
        finally:
            for name in events:
                session.events.unregister(f"{name}.*.*", unique_id=f"injector-{name}")

    def watch(self) -> None:
        """No faults; notes the calls from here on."""
        self.calls, self._kill_at, self._refuse_at, self._is_dead, self._chance = [], None, None, False, None

    def kill_at(self, number: int, when: When) -> None:
        """The call with this number, from 0, is the last thing the process does: it dies before it or after it."""
        self.watch()
        self._kill_at = number, when

    def refuse_at(self, number: int) -> None:
        """The call with this number, from 0, is not performed and is answered with an error; the process goes on."""
        self.watch()
        self._refuse_at = number

    def lose_answers(self, share: float, chance: random.Random) -> None:
        """This share of the writes is performed, but answered with an error or a timeout."""
        self.watch()
        self._share, self._chance = share, chance

    @contextmanager
    def call(self, name: str) -> Iterator[None]:
        """A call that is not to AWS, but at which the process may die as well."""
        self._before(f"before-call.{name}")
        yield
        self._after(f"after-call.{name}")

    def _before(self, event_name: str, **_: Any) -> None:
        if self._is_dead:
            raise Killed
        self.calls.append(event_name.rpartition(".")[2])
        self._die_at("before-call")
        if self._refuse_at == len(self.calls) - 1:
            raise _refused(self.calls[-1])

    def _after(self, event_name: str, **_: Any) -> None:
        operation = event_name.rpartition(".")[2]
        self.on_performed(operation)
        self._die_at("after-call")
        if self._chance and not operation.startswith(_READS) and self._chance.random() < self._share:
            raise _lost(operation, self._chance)

    def _die_at(self, when: When) -> None:
        if self._kill_at == (len(self.calls) - 1, when):
            self._is_dead = True
            raise Killed


def _lost(operation: str, chance: random.Random) -> Exception:
    if chance.random() < 0.5:
        return ReadTimeoutError(endpoint_url="https://aws.example")
    return _refused(operation, chance.choice(("InternalServerError", "ServiceUnavailable", "ThrottlingException")))


def _refused(operation: str, code: str = "ServiceUnavailable") -> Exception:
    return ClientError({"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": 500}}, operation)  # type: ignore[typeddict-item]
