"""Merges a backup into a ledger, empty or live: evidence merges, so that what is newer there stays.

Doing it again, or going on after it was interrupted, is the same as doing it once.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from ses_feedback.decision import suppression
from ses_feedback.decision.state import NEVER, Place, Stamp, State, keep_days, surplus
from ses_feedback.ledger.index import SuppressedIndex
from ses_feedback.ledger.items import attribute, entry_item, key, key_of, state_from
from ses_feedback.ledger.refold import changes
from ses_feedback.settings.file import Settings
from ses_feedback.vocabulary import REPLAYED

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

ALERT = "alert"
"""What makes the table's stream tell a team of a row: a restored row goes without it, and is marked `REPLAYED`."""

_NEW = "attribute_not_exists(pk)"
_AT_ONCE = 100  # a transaction's most
_LEAP = 1_000_000  # `rev` only says which of two states is the newer


class Restored(StrEnum):
    """What became of an item: `NEW` in the table, `MERGED` into what it held, or `KNOWN` already."""

    NEW = "new"
    MERGED = "merged"
    KNOWN = "known"


@dataclass(frozen=True, slots=True)
class _Missing:
    """What a backup knows of an address and the table does not."""

    registers: Mapping[str, str]
    soft: Mapping[str, frozenset[str]]

    def __bool__(self) -> bool:
        return bool(self.registers or self.soft)


class LedgerRestore:
    """Writes the items of a backup into one table."""

    def __init__(self, client: "DynamoDBClient", table: str, settings: Settings) -> None:
        self._client, self._table, self._settings = client, table, settings
        self._index = SuppressedIndex(client, table)

    def restore(self, items: Iterable[Mapping[str, Any]]) -> list[tuple[Mapping[str, Any], Restored]]:
        """Items of one address: first its state, then the index, then its events. Raises botocore's errors."""
        ordered = sorted(items, key=lambda item: item["sk"]["S"] != "STATE")
        if self._put_at_once(ordered):
            return [(item, Restored.NEW) for item in ordered]
        return [(item, self._restore(item)) for item in ordered]

    def _put_at_once(self, items: list[Mapping[str, Any]]) -> bool:
        """An address that the table knows nothing of comes in one transaction, with its index; else False."""
        [address] = {item["pk"]["S"].removeprefix("A#") for item in items}
        state = state_from(items[0]) if items[0]["sk"]["S"] == "STATE" else State()
        entries = [
            entry_item(address, entry.scope, entry, state.rev)
            for entry in suppression.suppressions(state, self._settings)
        ]
        puts = [_told_to_nobody(item) for item in items] + entries
        if len(puts) > _AT_ONCE or self._surplus(state) or self._knows(address):
            return False
        try:
            self._client.transact_write_items(
                TransactItems=[
                    {"Put": {"TableName": self._table, "Item": put, "ConditionExpression": _NEW}} for put in puts
                ]
            )
        except ClientError as error:
            if error.response["Error"]["Code"] != "TransactionCanceledException":
                raise
            return False  # something of it has come meanwhile
        return True

    def _knows(self, address: str) -> bool:
        answer = self._client.query(
            TableName=self._table,
            KeyConditionExpression="pk = :pk",
            ExpressionAttributeValues={":pk": {"S": key_of(address)}},
            ProjectionExpression="sk",
            ConsistentRead=True,
            Limit=1,
        )
        return bool(answer["Items"])

    def _restore(self, item: Mapping[str, Any]) -> Restored:
        if item["sk"]["S"] != "STATE":
            return self._restore_event(item)
        address = item["pk"]["S"].removeprefix("A#")
        outcome = self._restore_state(address, item)
        self._refold(address)  # even where nothing was missing: an earlier run may have ended before it
        return outcome

    def _refold(self, address: str) -> None:
        """Prunes the state as every merge does, and brings the index in line with it.

        An entry that refuses is of a newer state, which has come meanwhile or which the table has lost: the state's
        `rev` is lifted above it, and the state is read again.
        """
        for _ in range(3):
            state, entries = self._index.standing(address)
            state = self._pruned(address, state)
            written = [
                self._index.write(address, change.scope, change.after, state.rev)
                for change in changes(address, state, entries, self._settings)
            ]
            if all(written):
                return
            self._client.update_item(
                TableName=self._table,
                Key=key(address, "STATE"),
                UpdateExpression="ADD rev :leap",
                ExpressionAttributeValues={":leap": {"N": str(_LEAP)}},
            )

    def _restore_state(self, address: str, item: Mapping[str, Any]) -> Restored:
        standing = self._put_if(item, _NEW, {})
        if standing is None:
            return Restored.NEW
        missing = self._missing(state_from(item), state_from(standing))
        for name, value in missing.registers.items():
            condition = "attribute_not_exists(#place) OR #place < :value"
            self._update(address, name, "SET #place = :value ADD rev :one", condition, {"S": value})
        for name, values in missing.soft.items():
            self._update(address, name, "ADD #place :value, rev :one", "attribute_exists(pk)", {"SS": sorted(values)})
        return Restored.MERGED if missing else Restored.KNOWN

    def _missing(self, backup: State, standing: State) -> _Missing:
        """By attribute. Soft evidence that would be pruned at once is not missing."""
        registers = {
            attribute(place, is_soft=False): value
            for place, value in backup.registers.items()
            if value > standing.registers.get(place, NEVER)
        }
        soft = {}
        for place, values in backup.soft.items():
            known = standing.soft.get(place, frozenset())
            forgotten = surplus(known | values, keep_days(self._settings))
            if new := values - known - forgotten:
                soft[attribute(place, is_soft=True)] = new
        return _Missing(registers, soft)

    def _update(self, address: str, name: str, update: str, condition: str, value: dict[str, Any]) -> None:
        """One place of the state, unless newer evidence has come there meanwhile."""
        try:
            self._client.update_item(
                TableName=self._table,
                Key=key(address, "STATE"),
                UpdateExpression=update,
                ConditionExpression=condition,
                ExpressionAttributeNames={"#place": name},
                ExpressionAttributeValues={":value": value, ":one": {"N": "1"}},
            )
        except ClientError as error:
            if not _condition_failed(error):
                raise

    def _pruned(self, address: str, state: State) -> State:
        """The state without soft evidence beyond what the policy can ask for, here and in the table."""
        soft = dict(state.soft)
        for place, forgotten in self._surplus(state).items():
            soft[place] = soft[place] - forgotten
            self._client.update_item(
                TableName=self._table,
                Key=key(address, "STATE"),
                UpdateExpression="DELETE #place :surplus",
                ExpressionAttributeNames={"#place": attribute(place, is_soft=True)},
                ExpressionAttributeValues={":surplus": {"SS": sorted(forgotten)}},
            )
        return State(state.registers, soft, state.rev)

    def _surplus(self, state: State) -> dict[Place, frozenset[Stamp]]:
        days = keep_days(self._settings)
        by_place = {place: surplus(stamps, days) for place, stamps in state.soft.items()}
        return {place: stamps for place, stamps in by_place.items() if stamps}

    def _restore_event(self, item: Mapping[str, Any]) -> Restored:
        """The row of an event, unless the table's own knows as much of whose mail it was; nobody is told of it."""
        row, condition, values = _told_to_nobody(item), _NEW, {}
        if "rank" in row:
            condition, values = f"{condition} OR #rank < :rank", {":rank": row["rank"]}
        standing = self._put_if(row, condition, values)
        return Restored.NEW if standing is None else Restored.KNOWN

    def _put_if(self, item: Mapping[str, Any], condition: str, values: dict[str, Any]) -> Mapping[str, Any] | None:
        """None where the item was put, else what stands in its place."""
        names: dict[str, Any] = {"ExpressionAttributeNames": {"#rank": "rank"}} if values else {}
        if values:
            names["ExpressionAttributeValues"] = values
        try:
            self._client.put_item(
                TableName=self._table,
                Item=dict(item),
                ConditionExpression=condition,
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
                **names,
            )
        except ClientError as error:
            if not _condition_failed(error):
                raise
            found: Mapping[str, Any] = error.response["Item"]  # type: ignore[typeddict-item]
            return found
        return None


def _told_to_nobody(item: Mapping[str, Any]) -> dict[str, Any]:
    """The item so that the table's stream tells neither a team nor the application of it."""
    if item["sk"]["S"] == "STATE":
        return dict(item)
    return {name: value for name, value in item.items() if name != ALERT} | {REPLAYED: {"S": "yes"}}


def _condition_failed(error: ClientError) -> bool:
    return error.response["Error"]["Code"] == "ConditionalCheckFailedException"
