"""Asks the table about the addresses of a list: side by side, in their order, no faster than somebody said."""

import time
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime
from itertools import batched

from botocore.config import Config

from ses_feedback.decision.suppression import Suppression
from ses_feedback.ledger.states import AT_ONCE
from ses_feedback.ledger.table import Ledger
from ses_feedback.operations.check import verdicts
from ses_feedback.operations.listing import reason_of
from ses_feedback.operations.status import PlannedMail
from ses_feedback.settings.file import Settings
from ses_feedback_cli.cleaning.stop import Stop
from ses_feedback_cli.connection import CONFIG, open_table

_TOGETHER = 1_000
"""Addresses that are asked about by one reader at a time, in ten requests or more."""


class Asking:
    """`readers`: how many thousand addresses are asked about side by side; `rate`: addresses a second, at most."""

    def __init__(
        self, ledger: Ledger, mail: PlannedMail, settings: Settings, *, readers: int = 2, rate: float = 5_000
    ) -> None:
        self._ledger, self._mail, self._settings, self._readers, self._rate = ledger, mail, settings, readers, rate

    def stops(self, addresses: Iterable[str]) -> Iterator[list[Stop | None]]:
        """What stops mail to each, in their order, some at a time: as `check` answers. Raises botocore's errors and
        `Unavailable`.
        """
        start, asked = time.monotonic(), 0
        waiting = deque[Future[list[Stop | None]]]()
        with ThreadPoolExecutor(self._readers) as pool:
            for batch in batched(addresses, _TOGETHER, strict=False):
                time.sleep(max(asked / self._rate - (time.monotonic() - start), 0))
                waiting.append(pool.submit(self._answers, batch))
                asked += len(batch)
                if len(waiting) > self._readers:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()

    def _answers(self, addresses: Sequence[str]) -> list[Stop | None]:
        found = verdicts(addresses, self._mail, self._ledger, self._settings, datetime.now(UTC))
        return [_stop(each.stopping[0]) if each.stopping else None for each in found]


def open_asking(
    stack: str | None, table: str | None, mail: PlannedMail, settings: Settings, *, readers: int, rate: float
) -> tuple[Asking, str]:
    """What asks the ledger, with a connection for each request that may be under way; and the table's name."""
    patient = Config(max_pool_connections=readers * AT_ONCE, retries={"total_max_attempts": 10, "mode": "standard"})
    client, name = open_table(stack, table, CONFIG.merge(patient))
    return Asking(Ledger(client, name, settings), mail, settings, readers=readers, rate=rate), name


def _stop(held: Suppression) -> Stop:
    until = f"{held.until[:19]}Z" if held.until else ""
    return Stop(reason_of(held.fact), held.scope, f"{held.since[:19]}Z", until, held.rule)
