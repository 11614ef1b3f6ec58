"""The ledger: one DynamoDB table with the history and the state of every address.

    pk A#<address>   sk STATE          the registers and soft evidence (`suppression.State`)
                     sk E#<event id>   one event: what was reported and what became of it
                     sk S#<scope>      an entry of the index `suppressed`, as of a `rev` of STATE

    index `suppressed`: scope_shard S#<scope>#<0-f> / since_address <since>#<address>

No write depends on order and none is a counter, so everything may come twice and in any order. The event's
row is written last: where it stands, its evidence is merged, and a crash before it heals on redelivery.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import batched
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from ses_feedback import timestamp
from ses_feedback.attribute_values import attributes, plain
from ses_feedback.decision import suppression
from ses_feedback.decision.decide import Decision, evidence_of, with_effect
from ses_feedback.decision.override import Override
from ses_feedback.decision.suppression import Evidence, State, Suppression
from ses_feedback.decision.urgency import urgency
from ses_feedback.event_row import EventRow
from ses_feedback.ledger.index import SuppressedIndex
from ses_feedback.ledger.items import attribute, key, key_of, state_from
from ses_feedback.ledger.rows import event_row, override_row
from ses_feedback.settings.file import Settings
from ses_feedback.vocabulary import Effect, Kind

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

WITHOUT_ROW = (Kind.DELIVERY, Kind.SEND, Kind.OPEN, Kind.CLICK)
"""Kinds that are counted only: they are many, and no decision needs them one by one."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """A decision as the ledger took it; `is_new` is False for a copy of an event that it knew.

    Of kinds without a row nothing is known, so that each copy counts as new.
    """

    decision: Decision
    is_new: bool

    @property
    def facts(self) -> dict[str, str | None]:
        """What the log says of it: no address, but the id that finds it."""
        decision, feedback = self.decision, self.decision.feedback
        whose = {"environment": decision.route.environment, "team": decision.route.team}
        what = {"kind": feedback.kind, "reason": decision.reason, "effect": decision.effect}
        return {"event_id": feedback.event_id, **what, **whose}


class Ledger:
    """Reads and writes one table. `alert_sender`: the address of our own alerts, which must alert nobody."""

    def __init__(self, client: "DynamoDBClient", table: str, settings: Settings, alert_sender: str = "") -> None:
        self._client, self._table = client, table
        self._settings, self._alert_sender = settings, alert_sender
        self.index = SuppressedIndex(client, table)

    def record(self, decision: Decision, now: datetime, *, is_replay: bool = False) -> Recorded:
        """Merge the evidence, then the index, then the row: 1 to 4 requests. Raises botocore's errors.

        A replay's row says so and carries no alert, however young the event is: nobody is told of it.
        """
        evidence = evidence_of(decision)
        if evidence is not None:
            state = self._merge(_address(decision), evidence)
            decision = with_effect(decision, evidence, state, self._settings)
            self._write_index(state, evidence, decision)
        feedback = decision.feedback
        if feedback.recipient is feedback.resource is None or feedback.kind in WITHOUT_ROW:
            return Recorded(decision, is_new=True)
        return Recorded(decision, is_new=self._write_row(decision, now, is_replay=is_replay))

    def apply(self, ruling: Override) -> State:
        """Merge a ruling, then the index, then its row, and the state after it; again is the same as once."""
        state = self._merge(ruling.address, ruling.evidence)
        found = {entry.scope: entry for entry in suppression.suppressions(state, self._settings)}
        for scope in sorted(suppression.scopes(state, self._settings)):
            self.index.write(ruling.address, scope, found.get(scope), state.rev)
        row = attributes(override_row(ruling, state, self._settings).to_item())
        self._client.put_item(TableName=self._table, Item=key(ruling.address, f"E#{ruling.event_id}") | row)
        return state

    def state(self, address: str) -> State:
        """All that is known of an address, in one consistent read."""
        answer = self._client.get_item(TableName=self._table, Key=key(address, "STATE"), ConsistentRead=True)
        return state_from(answer.get("Item", {}))

    def states(self, addresses: Iterable[str]) -> Iterator[tuple[str, State]]:
        """All that is known of many addresses, a hundred at a time; without a promise of their order."""
        for batch in batched(addresses, 100, strict=False):
            missing = set(batch)
            request: dict[str, Any] = {self._table: {"Keys": [key(address, "STATE") for address in batch]}}
            while request:
                answer = self._client.batch_get_item(RequestItems=request)
                for item in answer["Responses"].get(self._table, []):
                    address = item["pk"]["S"].removeprefix("A#")
                    missing.discard(address)
                    yield address, state_from(item)
                request = answer.get("UnprocessedKeys", {})
            yield from ((address, State()) for address in sorted(missing))

    def events(self, address: str) -> list[EventRow]:
        """The rows of an address's events, oldest first."""
        pages = self._client.get_paginator("query").paginate(
            TableName=self._table,
            KeyConditionExpression="pk = :pk AND begins_with(sk, :event)",
            ExpressionAttributeValues={":pk": {"S": key_of(address)}, ":event": {"S": "E#"}},
        )
        rows = [EventRow.from_item(plain(item)) for page in pages for item in page["Items"]]
        return sorted(rows, key=lambda row: row.occurred_at)

    def suppressed(self, scope: str, now: datetime) -> Iterator[tuple[str, Suppression]]:
        """Every address that is suppressed in a scope now, with what suppresses it; shard by shard."""
        moment = timestamp.to_text(now)
        return ((address, entry) for address, entry in self.index.listed(scope) if entry.holds_at(moment))

    def _merge(self, address: str, evidence: Evidence) -> State:
        """One piece of evidence into STATE, and the state after it, whether it was new or not."""
        if evidence.is_soft:
            return self._merge_soft(address, evidence)
        item = self._update_state(
            address,
            evidence,
            update="SET #place = :value ADD rev :one",
            condition="attribute_not_exists(#place) OR #place < :value",
            values={":value": {"S": evidence.value}, ":one": {"N": "1"}},
        )
        return state_from(item)

    def _merge_soft(self, address: str, evidence: Evidence) -> State:
        """Adds to the set, then prunes it: AWS refuses both on one path in one call."""
        item = self._update_state(
            address,
            evidence,
            update="ADD #place :values, rev :one",
            condition="attribute_not_exists(#place) OR NOT contains(#place, :value)",
            values={
                ":values": {"SS": [evidence.value]},
                ":value": {"S": evidence.value},
                ":one": {"N": "1"},
            },
        )
        state = state_from(item)
        known = state.soft[evidence.place]
        surplus = suppression.surplus(known, suppression.keep_days(self._settings))
        if surplus:
            self._client.update_item(
                TableName=self._table,
                Key=key(address, "STATE"),
                UpdateExpression="DELETE #place :surplus",
                ExpressionAttributeNames={"#place": attribute(evidence.place, is_soft=True)},
                ExpressionAttributeValues={":surplus": {"SS": sorted(surplus)}},
            )
        return State(state.registers, {**state.soft, evidence.place: known - surplus}, state.rev)

    def _update_state(
        self, address: str, evidence: Evidence, update: str, condition: str, values: dict[str, Any]
    ) -> Mapping[str, Any]:
        """The item after the update, or as it is where the condition says: merged already."""
        try:
            answer = self._client.update_item(
                TableName=self._table,
                Key=key(address, "STATE"),
                UpdateExpression=update,
                ConditionExpression=condition,
                ExpressionAttributeNames={"#place": attribute(evidence.place, is_soft=evidence.is_soft)},
                ExpressionAttributeValues=values,
                ReturnValues="ALL_NEW",
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
            return answer["Attributes"]
        except ClientError as error:
            if not _condition_failed(error):
                raise
            item: Mapping[str, Any] = error.response["Item"]  # type: ignore[typeddict-item]
            return item

    def _write_index(self, state: State, evidence: Evidence, decision: Decision) -> None:
        """Brings the index in line with the state: entries carry its `rev`, and the newest one wins."""
        found = {entry.scope: entry for entry in suppression.suppressions(state, self._settings)}
        match decision.effect:
            case Effect.SUPPRESSED | Effect.COUNTED:
                affected = {suppression.scope_of(evidence.place, self._settings)} & found.keys()
            case Effect.CLEARED | Effect.REINSTATED:
                affected = suppression.scopes(state, self._settings)
            case Effect.NONE:
                affected = set()
        for scope in sorted(affected):
            self.index.write(_address(decision), scope, found.get(scope), state.rev)

    def _write_row(self, decision: Decision, now: datetime, *, is_replay: bool) -> bool:
        """The event's row, if absent or written by a copy that knew less of whose mail it was.

        Or by a replay that was quicker than the message itself, of which somebody must still be told.
        """
        condition = "attribute_not_exists(pk) OR #rank < :rank"
        if not is_replay:
            condition += " OR (#rank = :rank AND attribute_exists(replayed))"
        alert = None if is_replay else urgency(decision, now, self._alert_sender)
        row = event_row(decision, alert, self._settings.policy.history_days)
        if is_replay:
            row = replace(row, replayed="yes")
        try:
            answer = self._client.put_item(
                TableName=self._table,
                Item=key(_address(decision), f"E#{decision.feedback.event_id}") | attributes(row.to_item()),
                ConditionExpression=condition,
                ExpressionAttributeNames={"#rank": "rank"},
                ExpressionAttributeValues={":rank": {"N": str(decision.route.rank)}},
                ReturnValues="ALL_OLD",
            )
        except ClientError as error:
            if not _condition_failed(error):
                raise
            return False
        return "Attributes" not in answer


def _address(decision: Decision) -> str:
    """Whose item it is; an account event, which has no address, stands under its resource."""
    return str(decision.feedback.recipient or decision.feedback.resource)


def _condition_failed(error: ClientError) -> bool:
    return error.response["Error"]["Code"] == "ConditionalCheckFailedException"
