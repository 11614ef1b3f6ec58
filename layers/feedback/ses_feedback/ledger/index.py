"""The index of who is suppressed: items of the ledger's table, derived from the state of their address."""

from collections.abc import Callable, Iterator
from itertools import chain, groupby
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from ses_feedback.aws_errors import condition_failed
from ses_feedback.decision.state import State
from ses_feedback.decision.suppression import Suppression
from ses_feedback.ledger.items import Entries, address_in, entry_from, entry_item, key_of, state_and_entries_in
from ses_feedback.scope import Scope

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

INDEX = "suppressed"


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
        for shard in "0123456789abcdef":
            pages = self._client.get_paginator("query").paginate(
                TableName=self._table,
                IndexName=INDEX,
                KeyConditionExpression="scope_shard = :shard",
                ExpressionAttributeValues={":shard": {"S": f"S#{scope}#{shard}"}},
            )
            for item in chain.from_iterable(page["Items"] for page in pages):
                if entry := entry_from(item, scope):
                    yield item["recipient"]["S"], entry

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
