"""Writes a list into the ledger: as a backup is restored, so that it merges, may be repeated, and notifies nobody."""

import time
from collections import Counter, deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import timedelta
from itertools import batched
from typing import TYPE_CHECKING, Any

from botocore.config import Config

from ses_feedback.attribute_values import Attributes, attributes
from ses_feedback.backup.restoring import LedgerRestore
from ses_feedback.decision.effect import Judged, judge
from ses_feedback.decision.state import State, keep_days
from ses_feedback.ledger.items import attribute, key
from ses_feedback.ledger.known import Known, read_known
from ses_feedback.ledger.rows import imported_row
from ses_feedback.ledger.table import Ledger
from ses_feedback.vocabulary import Effect
from ses_feedback_cli.connection import CONFIG, open_table
from ses_feedback_cli.lists.plan import Planned, Terms

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_AT_ONCE = 100
"""Rows that one writer looks up together: what is there already is not written again."""

KNOWN = "known"
"""The outcome of a row that was imported before; all others are what they did (`Effect`)."""


class ListImport:
    """Writes rows into one table, a hundred for each writer side by side, at most `rate` rows a second."""

    def __init__(self, client: "DynamoDBClient", table: str, terms: Terms, *, writers: int, rate: float) -> None:
        self._client, self._table, self._terms, self._writers, self._rate = client, table, terms, writers, rate
        self._restore = LedgerRestore(client, table, terms.settings)
        self._ledger = Ledger(client, table, terms.settings)
        self._expires_at = int((terms.now + timedelta(days=terms.settings.policy.history_days)).timestamp())

    def run(self, rows: Iterable[Planned]) -> Iterator[Counter[str]]:
        """Imports all rows; yields, batch by batch, how many had which outcome. Raises botocore's errors; a second
        run does what is left.
        """
        start, begun = time.monotonic(), 0
        with ThreadPoolExecutor(self._writers) as pool:
            running = deque[Future[Counter[str]]]()
            try:
                for batch in batched(rows, _AT_ONCE, strict=False):
                    if len(running) == self._writers:
                        yield running.popleft().result()
                    time.sleep(max(begun / self._rate - (time.monotonic() - start), 0))
                    running.append(pool.submit(self._import, batch))
                    begun += len(batch)
                while running:
                    yield running.popleft().result()
            finally:
                pool.shutdown(cancel_futures=True)

    def _import(self, batch: Sequence[Planned]) -> Counter[str]:
        names = [(row.address, f"E#{found.event_id}") for row in batch for found in row.findings]
        known = read_known(self._client, self._table, names)
        outcomes: Counter[str] = Counter()
        missing: dict[str, list[Planned]] = {}
        for row in batch:
            if all((row.address, f"E#{found.event_id}") in known for found in row.findings):
                outcomes[KNOWN] += 1
            else:
                missing.setdefault(row.address, []).append(row)
        unknown = []
        for address, state in self._ledger.states(missing):
            items = list(self._of_address(address, missing[address], state, known, outcomes))
            if state == State():
                unknown.append(items)
            else:
                self._restore.restore(items)
        self._restore.restore_new(unknown)
        return outcomes

    def _of_address(
        self, address: str, rows: list[Planned], state: State, known: Known, outcomes: Counter[str]
    ) -> Iterator[Attributes]:
        evidence: dict[str, Any] = {}
        seen = set[str]()
        for row in rows:
            effect = KNOWN if all(found.event_id in seen for found in row.findings) else Effect.NONE
            for found in row.findings:
                name = (address, f"E#{found.event_id}")
                if name in known or found.event_id in seen:
                    continue
                seen.add(found.event_id)
                judged = _NOTHING
                if found.evidence is not None:
                    state = state.merged(found.evidence, keep_days(self._terms.settings))
                    judged = judge(found.evidence, state, self._terms.settings)
                    place, stamp = found.evidence
                    attribute_name, is_soft = attribute(place, is_soft=found.evidence.is_soft), found.evidence.is_soft
                    if is_soft:
                        stamps = evidence.setdefault(attribute_name, {"SS": []})["SS"]
                        stamps.append(stamp)
                    elif stamp > evidence.get(attribute_name, {"S": ""})["S"]:
                        evidence[attribute_name] = {"S": str(stamp)}
                effect = judged.effect if effect == Effect.NONE else effect
                event = imported_row(
                    address,
                    found,
                    row.listing,
                    judged,
                    by=self._terms.by,
                    note=_note(row, self._terms),
                    origin=_origin(row),
                    expires_at=self._expires_at,
                )
                yield key(address, name[1]) | attributes(event.to_item())
            outcomes[effect] += 1
        if evidence:
            yield key(address, "STATE") | evidence | {"rev": {"N": "1"}}


_NOTHING = Judged(Effect.NONE, None, {})


def _note(row: Planned, terms: Terms) -> str:
    """`imported from SendGrid on 2026-11-26: hard bounce on 2024-05-01`."""
    listing = row.listing
    when = f"on {listing.time[:10]}" if listing.time else f"without a date, in a list of {terms.dated[:10]}"
    until = f", until {listing.until[:10]}" if listing.until else ""
    origin = f" ({listing.origin})" if listing.origin else ""
    why = listing.why.replace("_", " ")
    return f"imported from {row.entry.format.vendor} on {terms.now:%Y-%m-%d}: {why} {when}{until}{origin}"


def _origin(row: Planned) -> str:
    """Where it was read, and what `writing.listing_of` reads again: format and why, file and line, the provider's own
    origin.
    """
    entry, listing = row.entry, row.listing
    file = "_".join(entry.file.split())[-100:]
    return f"{entry.format.name}/{listing.why} {file}:{entry.line} {listing.origin or ''}".rstrip()


def open_import(stack: str | None, table: str | None, terms: Terms, *, writers: int, rate: float) -> ListImport:
    """What imports into the ledger, with a connection for each writer."""
    patient = Config(max_pool_connections=writers, retries={"total_max_attempts": 10, "mode": "standard"})
    client, name = open_table(stack, table, CONFIG.merge(patient))
    return ListImport(client, name, terms, writers=writers, rate=rate)
