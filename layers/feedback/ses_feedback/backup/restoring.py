"""Merges a backup into a ledger, empty or live: evidence merges, so whatever is newer there stays.

A restore is idempotent: it may be repeated, and continued after an interruption.
"""

from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from ses_feedback.aws_errors import condition_failed, existing_item
from ses_feedback.decision import suppression
from ses_feedback.decision.state import NEVER, Place, Stamp, State, keep_days, surplus
from ses_feedback.ledger.expressions import add_soft, merge_register, prune, raise_rev
from ses_feedback.ledger.index import SuppressedIndex
from ses_feedback.ledger.items import address_in, entry_item, key, key_of, state_from, under_its_key
from ses_feedback.ledger.refold import changes
from ses_feedback.settings.file import Settings
from ses_feedback.vocabulary import REPLAYED

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

ALERT = "alert"
"""The attribute by which the table's stream notifies a team: a restored row has none, and is marked `REPLAYED`."""

_NEW = "attribute_not_exists(pk)"
_AT_ONCE = 100  # a transaction's most
_LEAP = 1_000_000  # `rev` only says which of two states is the newer


class Restored(StrEnum):
    """The outcome of an item: `NEW` in the table, `MERGED` into what it had, or `KNOWN` already."""

    NEW = "new"
    MERGED = "merged"
    KNOWN = "known"


class LedgerRestore:
    """Writes the items of a backup into one table."""

    def __init__(self, client: "DynamoDBClient", table: str, settings: Settings) -> None:
        self._client, self._table, self._settings = client, table, settings
        self._index = SuppressedIndex(client, table)

    def restore(self, items: Iterable[Mapping[str, Any]]) -> list[tuple[Mapping[str, Any], Restored]]:
        """Items of one address: first its state, then the index, then its events. Raises botocore's errors.

        What version 0.1 filed under another spelling of the address is restored under its key.
        """
        ordered = sorted(map(under_its_key, items), key=lambda item: item["sk"]["S"] != "STATE")
        if self._put_at_once(ordered):
            return [(item, Restored.NEW) for item in ordered]
        return [(item, self._restore(item)) for item in ordered]

    def restore_new(self, addresses: Iterable[Iterable[Mapping[str, Any]]]) -> None:
        """Items of addresses that the table does not seem to know, as many in one transaction as it takes. Those that
        it knows after all are restored as by `restore`, with those of their transaction. Raises botocore's errors.
        """
        together, puts = list[Sequence[Mapping[str, Any]]](), list[dict[str, Any]]()
        for items in map(list, addresses):
            of_address = self._puts(items)
            if of_address is None:
                self.restore(items)
                continue
            if len(puts) + len(of_address) > _AT_ONCE:
                self._put_together(together, puts)
                together, puts = [], []
            together.append(items)
            puts += of_address
        self._put_together(together, puts)

    def _put_together(self, addresses: Sequence[Sequence[Mapping[str, Any]]], puts: Sequence[dict[str, Any]]) -> None:
        if puts and not self._transact(puts):
            for items in addresses:
                self.restore(items)

    def _put_at_once(self, items: Sequence[Mapping[str, Any]]) -> bool:
        """Writes an address that the table does not know in one transaction, with its index; else False."""
        [address] = set(map(address_in, items))
        puts = self._puts(items)
        return puts is not None and not self._knows(address) and self._transact(puts)

    def _puts(self, items: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]] | None:
        """The items of an address, and the entries of its index; None if they are too many for one transaction, or if
        its state has evidence to be pruned.
        """
        state = next((state_from(item) for item in items if item["sk"]["S"] == "STATE"), State())
        entries = [
            entry_item(address_in(items[0]), entry.scope, entry, state.rev)
            for entry in suppression.suppressions(state, self._settings)
        ]
        puts = [_silenced(item) for item in items] + entries
        return None if len(puts) > _AT_ONCE or self._surplus(state) else puts

    def _transact(self, puts: Iterable[Mapping[str, Any]]) -> bool:
        """Whether all were put; none is if the table has one of them."""
        try:
            self._client.transact_write_items(
                TransactItems=[
                    {"Put": {"TableName": self._table, "Item": put, "ConditionExpression": _NEW}} for put in puts
                ]
            )
        except ClientError as error:
            if error.response["Error"]["Code"] != "TransactionCanceledException":
                raise
            return False  # something about the address was written meanwhile
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
        address = address_in(item)
        outcome = self._restore_state(address, item)
        self._refold(address)  # even where nothing was missing: an earlier run may have ended before it
        return outcome

    def _refold(self, address: str) -> None:
        """Prunes the state as every merge does, and brings the index in line with it.

        An entry that is not replaced belongs to a newer state, which was written meanwhile or which the table has
        lost: the state's `rev` is raised above it, and the state is read again.
        """
        for _ in range(3):
            state, entries = self._index.state_and_entries(address)
            state = self._pruned(address, state)
            written = [
                self._index.write(address, change.scope, change.after, state.rev)
                for change in changes(address, state, entries, self._settings)
            ]
            if all(written):
                return
            self._update(address, raise_rev(_LEAP))

    def _restore_state(self, address: str, item: Mapping[str, Any]) -> Restored:
        existing = self._put_if(item, _NEW, {})
        if existing is None:
            return Restored.NEW
        missing = self._missing(state_from(item), state_from(existing))
        for place, stamp in missing.registers.items():
            try:
                self._update(address, merge_register(place, stamp))
            except ClientError as error:  # newer evidence has arrived there meanwhile
                if not condition_failed(error):
                    raise
        for place, stamps in missing.soft.items():
            self._update(address, add_soft(place, stamps))
        return Restored.MERGED if missing.registers or missing.soft else Restored.KNOWN

    def _missing(self, backup: State, existing: State) -> State:
        """What a backup knows of an address and the table does not. Soft evidence that would be pruned at once is not
        missing.
        """
        registers = {
            place: stamp for place, stamp in backup.registers.items() if stamp > existing.registers.get(place, NEVER)
        }
        soft = {}
        for place, stamps in backup.soft.items():
            known = existing.soft.get(place, frozenset())
            if new := stamps - known - surplus(known | stamps, keep_days(self._settings)):
                soft[place] = new
        return State(registers, soft)

    def _update(self, address: str, update: dict[str, Any]) -> None:
        self._client.update_item(TableName=self._table, Key=key(address, "STATE"), **update)

    def _pruned(self, address: str, state: State) -> State:
        """The state without the soft evidence that the policy cannot ask for, which the table forgets too."""
        soft = dict(state.soft)
        for place, forgotten in self._surplus(state).items():
            soft[place] = soft[place] - forgotten
            self._update(address, prune(place, forgotten))
        return State(state.registers, soft, state.rev)

    def _surplus(self, state: State) -> dict[Place, frozenset[Stamp]]:
        days = keep_days(self._settings)
        by_place = {place: surplus(stamps, days) for place, stamps in state.soft.items()}
        return {place: stamps for place, stamps in by_place.items() if stamps}

    def _restore_event(self, item: Mapping[str, Any]) -> Restored:
        """Puts an event's row, unless the table's own knows as much about whose mail it was. Nobody is notified."""
        row, condition, values = _silenced(item), _NEW, {}
        if "rank" in row:
            condition, values = f"{condition} OR #rank < :rank", {":rank": row["rank"]}
        existing = self._put_if(row, condition, values)
        return Restored.NEW if existing is None else Restored.KNOWN

    def _put_if(self, item: Mapping[str, Any], condition: str, values: dict[str, Any]) -> Mapping[str, Any] | None:
        """None where the item was put, else the item that is there."""
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
            if not condition_failed(error):
                raise
            return existing_item(error)
        return None


def _silenced(item: Mapping[str, Any]) -> dict[str, Any]:
    """The item, changed so that the table's stream notifies neither a team nor the application of it."""
    if item["sk"]["S"] == "STATE":
        return dict(item)
    return {name: value for name, value in item.items() if name != ALERT} | {REPLAYED: {"S": "yes"}}
