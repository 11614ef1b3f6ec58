"""The index of who is suppressed: items of the ledger's table, derived from the state of their address."""

from collections.abc import Callable, Iterator, Mapping
from itertools import chain, groupby
from typing import TYPE_CHECKING, Any, NamedTuple, Self

from botocore.exceptions import ClientError

from ses_feedback.aws_errors import condition_failed
from ses_feedback.decision.state import State
from ses_feedback.decision.suppression import Suppression
from ses_feedback.ledger.items import (
    Entries,
    address_in,
    entry_from,
    entry_item,
    key,
    key_of,
    shard_of,
    state_and_entries_in,
)
from ses_feedback.scope import Scope

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

INDEX = "suppressed"
SHARDS = "0123456789abcdef"

_AT_ONCE = 10
"""Requests side by side: botocore's clients keep as many connections."""

type Held = list[tuple[str, Suppression]]
"""Addresses (or rules), by their keys, each with what suppresses it."""


class Position(NamedTuple):
    """Where reading goes on: behind an entry, or, without an address, at the beginning of a shard."""

    scope: str
    shard: str
    since: str = ""
    address: str = ""

    @classmethod
    def behind(cls, address: str, held: Suppression) -> Self:
        return cls(held.scope, shard_of(address), held.since, address)

    @property
    def start(self) -> dict[str, Any]:
        if not self.address:
            return {}
        shard = {"scope_shard": {"S": f"S#{self.scope}#{self.shard}"}}
        since = {"since_address": {"S": f"{self.since}#{self.address}"}}
        return {"ExclusiveStartKey": key(self.address, f"S#{self.scope}") | shard | since}


class Some(NamedTuple):
    """Entries of the index, ended ones too; and where reading goes on, None at the end."""

    entries: Held
    after: Position | None


class SuppressedIndex:
    """Reads and writes the entries of one table."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client, self._table = client, table

    def write(self, address: str, scope: Scope, entry: Suppression | None, rev: int) -> bool:
        """Writes one entry, as of a `rev` of the state; False where there is one of a newer state."""
        try:
            self._client.put_item(
                TableName=self._table,
                Item=entry_item(address, scope, entry, rev),
                ConditionExpression="attribute_not_exists(pk) OR rev <= :rev",
                ExpressionAttributeValues={":rev": {"N": str(rev)}},
            )
        except ClientError as error:
            if not condition_failed(error):
                raise
            return False
        return True

    def listed(self, scope: Scope) -> Iterator[tuple[str, Suppression]]:
        """Every address with an entry in a scope, ended entries too; shard by shard."""
        for shard in SHARDS:
            pages = self._client.get_paginator("query").paginate(
                TableName=self._table,
                IndexName=INDEX,
                KeyConditionExpression="scope_shard = :shard",
                ExpressionAttributeValues={":shard": {"S": f"S#{scope}#{shard}"}},
            )
            for item in chain.from_iterable(page["Items"] for page in pages):
                if entry := entry_from(item, scope):
                    yield item["recipient"]["S"], entry

    def some(self, scope: Scope | None, after: Position | None, most: int) -> Some:
        """The next entries of a scope, or of all scopes that there are: one request. A page that is empty is not the
        last unless it says so.
        """
        request: dict[str, Any] = {"TableName": self._table, "IndexName": INDEX, "Limit": most}
        if scope is None:
            answer: Any = self._client.scan(**request, **(after.start if after else {}))
            return Some(_entries_in(answer), _position_in(answer))
        at = after or Position(scope, SHARDS[0])
        answer = self._client.query(
            KeyConditionExpression="scope_shard = :shard",
            ExpressionAttributeValues={":shard": {"S": f"S#{scope}#{at.shard}"}},
            **request,
            **at.start,
        )
        later = SHARDS[SHARDS.index(at.shard) + 1 :]
        beyond = Position(scope, later[0]) if later else None
        return Some(_entries_in(answer), _position_in(answer) or beyond)

    def all[T](self, scope: Scope | None, work: Callable[[Held], T]) -> Iterator[T]:
        """What `work` makes of each page of the entries of a scope, or of all scopes that there are, ended entries
        too; in no particular order. The parts of the index are read side by side, each a page ahead; `work` is called
        in their threads.
        """
        from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait  # no function reads all of it

        with ThreadPoolExecutor(_AT_ONCE) as pool:
            parts = [map(work, self._part(scope, number)) for number in range(len(SHARDS))]
            reading = {pool.submit(next, part, _END): part for part in parts}
            while reading:
                for done in wait(reading, return_when=FIRST_COMPLETED).done:
                    part = reading.pop(done)
                    worked = done.result()
                    if worked is not _END:
                        reading[pool.submit(next, part, _END)] = part
                        yield worked  # type: ignore[misc]  # what is not the end is a T

    def _part(self, scope: Scope | None, number: int) -> Iterator[Held]:
        """Page by page, one of as many parts as there are shards."""
        request: Any = {"TableName": self._table, "IndexName": INDEX}
        if scope is None:
            pages: Any = self._client.get_paginator("scan").paginate(
                **request, Segment=number, TotalSegments=len(SHARDS)
            )
        else:
            pages = self._client.get_paginator("query").paginate(
                **request,
                KeyConditionExpression="scope_shard = :shard",
                ExpressionAttributeValues={":shard": {"S": f"S#{scope}#{SHARDS[number]}"}},
            )
        return map(_entries_in, pages)

    def state_and_entries(self, address: str) -> tuple[State, Entries]:
        """The state of an address and its entries, read consistently."""
        pages = self._client.get_paginator("query").paginate(
            TableName=self._table,
            KeyConditionExpression="pk = :pk AND begins_with(sk, :s)",
            ExpressionAttributeValues={":pk": {"S": key_of(address)}, ":s": {"S": "S"}},
            ConsistentRead=True,
        )
        state, entries = state_and_entries_in(list(chain.from_iterable(page["Items"] for page in pages)))
        return state or State(), entries

    def scan(
        self, segment: int, segments: int, on_read: Callable[[int], None]
    ) -> Iterator[tuple[str, State | None, Entries]]:
        """Every address of a segment with its items that were read together: a hint where to look closer.

        A spelling of version 0.1 (`is_former`) is returned even if it has nothing but events.

        `on_read` is called with the number of items, of all sorts, that a page had. DynamoDB does not promise to
        return the items of an address together: an address may be returned in parts, with None in place of the
        state in those that lack it.
        """

        def items() -> Iterator[Any]:
            pages = self._client.get_paginator("scan").paginate(
                TableName=self._table,
                Segment=segment,
                TotalSegments=segments,
                FilterExpression="begins_with(sk, :s) OR attribute_exists(recipient) AND "
                "(contains(recipient, :quote) OR contains(recipient, :comment))",
                ExpressionAttributeValues={":s": {"S": "S"}, ":quote": {"S": '"'}, ":comment": {"S": "("}},
            )
            for page in pages:
                on_read(page["ScannedCount"])
                yield from page["Items"]

        for address, together in groupby(items(), key=address_in):
            yield address, *state_and_entries_in(list(together))


_END = object()


def _entries_in(answer: Mapping[str, Any]) -> Held:
    entries = ((item["recipient"]["S"], entry_from(item, Scope(item["sk"]["S"][2:]))) for item in answer["Items"])
    return [(address, entry) for address, entry in entries if entry]


def _position_in(answer: Mapping[str, Any]) -> Position | None:
    if not (last := answer.get("LastEvaluatedKey")):
        return None
    address, scope = address_in(last), last["sk"]["S"][2:]
    return Position(scope, shard_of(address), last["since_address"]["S"].partition("#")[0], address)
