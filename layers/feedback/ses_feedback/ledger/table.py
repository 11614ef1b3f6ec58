"""The ledger: one DynamoDB table with the history and the state of every address.

    pk A#<address>   sk STATE          the registers and soft evidence (`state.State`)
                     sk E#<event id>   one event: what was reported and the outcome
                     sk S#<scope>      an entry of the index `suppressed`, as of a `rev` of STATE

    index `suppressed`: scope_shard S#<scope>#<0-f> / since_address <since>#<address>

Every write is idempotent and independent of order, so messages may be redelivered and reordered. The event's row is
written last: if it exists, its evidence has been merged; a crash before it heals on redelivery.
"""

from collections.abc import Iterable, Iterator
from copy import replace
from dataclasses import dataclass
from datetime import datetime
from functools import reduce
from itertools import batched, chain
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from ses_feedback import timestamp
from ses_feedback.address import is_rule, keys, normalise, rules_over
from ses_feedback.attribute_values import attributes, plain
from ses_feedback.aws_errors import condition_failed, existing_item
from ses_feedback.decision.decide import Decision
from ses_feedback.decision.effect import Judged, judge, judge_override
from ses_feedback.decision.evidence import evidence_of
from ses_feedback.decision.override import Override
from ses_feedback.decision.state import Evidence, State, keep_days, surplus
from ses_feedback.decision.suppression import Suppression
from ses_feedback.decision.urgency import urgency
from ses_feedback.event_row import EventRow
from ses_feedback.ledger.expressions import merge_register, merge_soft, prune
from ses_feedback.ledger.index import SuppressedIndex
from ses_feedback.ledger.items import address_in, key, key_of, state_from
from ses_feedback.ledger.known import Known, Name, is_copy, known_by, read_known
from ses_feedback.ledger.rows import copy_of, event_row, override_row
from ses_feedback.ledger.states import MOST_KEYS, read_items, read_states
from ses_feedback.scope import Scope
from ses_feedback.settings.file import Settings
from ses_feedback.vocabulary import Effect, Kind

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

WITHOUT_ROW = (Kind.DELIVERY, Kind.SEND, Kind.OPEN, Kind.CLICK)
"""Kinds that are only counted: there are many of them, and no decision needs a single one."""

_AT_ONCE = 33
"""Addresses to a BatchGetItem, which takes 100 keys: an address has three at most."""

_MOST_TOGETHER = 1_000
"""Addresses whose requests are made side by side."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """A decision as it was recorded; `is_new` is False for a copy of an event that the ledger has.

    A copy of a kind without a row cannot be recognised and counts as new.
    """

    decision: Decision
    is_new: bool

    @property
    def facts(self) -> dict[str, str | None]:
        """What is logged: not the address, but the id that finds it."""
        decision, feedback = self.decision, self.decision.feedback
        whose = {"environment": decision.route.environment, "team": decision.route.team}
        what = {"kind": feedback.kind, "reason": decision.reason, "effect": decision.effect}
        return {"event_id": feedback.event_id, **what, **whose}


class Ledger:
    """Reads and writes one table. `alert_sender`: the address that our alerts come from; its mails never alert."""

    def __init__(self, client: "DynamoDBClient", table: str, settings: Settings, alert_sender: str = "") -> None:
        self._client, self._table = client, table
        self._settings, self._alert_sender = settings, alert_sender
        self.index = SuppressedIndex(client, table)

    def known_events(self, decisions: Iterable[Decision]) -> Known:
        """The rows that there are of events: a request for each hundred, none for those without a row. Raises
        botocore's errors.
        """
        return read_known(self._client, self._table, map(_name_of, filter(_has_row, decisions)))

    def record(
        self, decision: Decision, now: datetime, *, is_replay: bool = False, known: Known | None = None
    ) -> Recorded:
        """Merge the evidence, write the index, then the row: 1 to 4 requests, and one more for the final address of a
        forwarded mail. Raises botocore's errors. A copy of what is `known` is not written, and what is new becomes
        known.

        The row of a replay is marked and has no alert, however recent the event: nobody is notified of it.
        """
        row = (known or {}).get(_name_of(decision))
        if row is not None and is_copy(decision, row):
            return Recorded(decision._replace(effect=Effect(row["effect"])), is_new=False)
        evidence = evidence_of(decision)
        if evidence is not None:
            state = self._merge(address_of(decision), evidence)
            judged = judge(evidence, state, self._settings)
            decision = decision.with_effect(judged)
            self._write_index(address_of(decision), judged, state.rev)
        if not _has_row(decision):
            return Recorded(decision, is_new=True)
        is_new = self._write_row(decision, now, is_replay=is_replay)
        if known is not None and is_new:
            known[_name_of(decision)] = known_by(decision)
        return Recorded(decision, is_new=is_new)

    def apply(self, override: Override) -> State:
        """Merge an override, write the index, then its row; the state after it. Idempotent."""
        state = self._merge(override.address, override.evidence)
        judged = judge_override(override, state, self._settings)
        self._write_index(override.address, judged, state.rev)
        row = override_row(override, judged.suppression, self._settings.policy.history_days)
        self._client.put_item(
            TableName=self._table, Item=key(override.address, f"E#{override.event_id}") | attributes(row.to_item())
        )
        return state

    def state(self, received: str) -> State:
        """All that is known of an address in any spelling: a consistent read for each of its keys."""
        return reduce(State.joined, map(self.state_under, keys(received)))

    def state_under(self, address: str) -> State:
        """What is filed under one key, in one consistent read."""
        answer = self._client.get_item(TableName=self._table, Key=key(address, "STATE"), ConsistentRead=True)
        return state_from(answer.get("Item", {}))

    def states(self, addresses: Iterable[str]) -> Iterator[tuple[str, State]]:
        """All that is known of many addresses, given by their keys, and read in batches."""
        for batch in batched(addresses, _AT_ONCE, strict=False):
            names = dict.fromkeys(name for address in batch for name in keys(address))
            found = dict(read_states(self._client, self._table, names))
            yield from ((address, reduce(State.joined, map(found.__getitem__, keys(address)))) for address in batch)

    def known(
        self, received: Iterable[str], *, former_spellings: bool = True
    ) -> Iterator[tuple[State, dict[str, State]]]:
        """For each address, in their order: all that is known of it, and of the rules over it (`address.rules_over`)
        by their keys. Consistent reads of a hundred keys each, side by side. Without `former_spellings`, what version
        0.1 filed under another key is not seen unless `refold` has moved it.
        """
        for batch in batched(received, _MOST_TOGETHER, strict=False):
            spellings = [keys(text) if former_spellings else (normalise(text),) for text in batch]
            rules = [() if is_rule(key) else rules_over(key) for key in map(normalise, batch)]
            names = dict.fromkeys(chain.from_iterable((*spellings, *rules)))
            found = dict(read_states(self._client, self._table, names, consistently=True))
            for own, over in zip(spellings, rules, strict=True):
                state = reduce(State.joined, map(found.__getitem__, own))
                yield state, {rule: found[rule] for rule in over}

    def events(self, received: str) -> list[EventRow]:
        """The rows of an address's events, under each of its keys, oldest first."""
        rows = {row.event_id: row for name in reversed(keys(received)) for row in self._events_under(name)}
        return sorted(rows.values(), key=lambda row: row.occurred_at)

    def _events_under(self, address: str) -> Iterator[EventRow]:
        pages = self._client.get_paginator("query").paginate(
            TableName=self._table,
            KeyConditionExpression="pk = :pk AND begins_with(sk, :event)",
            ExpressionAttributeValues={":pk": {"S": key_of(address)}, ":event": {"S": "E#"}},
        )
        return (EventRow.from_item(plain(item)) for page in pages for item in page["Items"])

    def providers(self, decided: Iterable[tuple[str, Suppression]]) -> dict[tuple[str, str], str]:
        """Who runs the mail of suppressed addresses, by address and event: where the row of the event that decided
        is kept and names one. A request for each hundred.
        """
        found = {}
        for batch in batched({(address, held.event_id) for address, held in decided}, MOST_KEYS, strict=False):
            keys = [key(address, f"E#{event_id}") for address, event_id in batch]
            names = "pk, event_id, provider"
            for item in read_items(self._client, self._table, {"Keys": keys, "ProjectionExpression": names}):
                if "provider" in item:
                    found[address_in(item), item["event_id"]["S"]] = item["provider"]["S"]
        return found

    def rows(self, decided: Iterable[tuple[str, Suppression]]) -> dict[tuple[str, str], EventRow]:
        """The rows of the events that decided, by address and event, as far as they are kept: a request for each
        hundred. Raises botocore's errors, `Unavailable`, and `Unreadable` for a row without a field that it needs.
        """
        found = {}
        for batch in batched({(address, held.event_id) for address, held in decided}, MOST_KEYS, strict=False):
            keys = [key(address, f"E#{event_id}") for address, event_id in batch]
            for item in read_items(self._client, self._table, {"Keys": keys}):
                row = EventRow.from_item(plain(item))
                found[address_in(item), row.event_id] = row
        return found

    def suppressed(self, scope: Scope, now: datetime) -> Iterator[tuple[str, Suppression]]:
        """Every address that is suppressed in a scope now, with what suppresses it; shard by shard."""
        moment = timestamp.to_text(now)
        return ((address, entry) for address, entry in self.index.listed(scope) if entry.holds_at(moment))

    def _merge(self, address: str, evidence: Evidence) -> State:
        """Merges evidence into STATE; the state after it, whether the evidence was new or not."""
        if not evidence.is_soft:
            return self._update_state(address, merge_register(*evidence))
        state = self._update_state(address, merge_soft(*evidence))
        known = state.soft[evidence.place]
        forgotten = surplus(known, keep_days(self._settings))
        if forgotten:
            self._client.update_item(
                TableName=self._table, Key=key(address, "STATE"), **prune(evidence.place, forgotten)
            )
        return State(state.registers, {**state.soft, evidence.place: known - forgotten}, state.rev)

    def _update_state(self, address: str, update: dict[str, Any]) -> State:
        """The state after the update, or as it is where the condition says: merged already."""
        try:
            answer = self._client.update_item(
                TableName=self._table,
                Key=key(address, "STATE"),
                ReturnValues="ALL_NEW",
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
                **update,
            )
        except ClientError as error:
            if not condition_failed(error):
                raise
            return state_from(existing_item(error))
        return state_from(answer["Attributes"])

    def _write_index(self, address: str, judged: Judged, rev: int) -> None:
        """Brings the index in line with the state: entries carry its `rev`, and the newest one wins."""
        for scope, entry in judged.entries.items():
            self.index.write(address, scope, entry, rev)

    def _write_row(self, decision: Decision, now: datetime, *, is_replay: bool) -> bool:
        """Writes the event's row unless it exists; whether it is new.

        Two rows are replaced: of a copy that knew less about whose mail it was, and of a replay that overtook the
        message itself, whose team must still be notified.
        """
        alert = None if is_replay else urgency(decision, now, self._alert_sender)
        row = event_row(decision, alert, self._settings.policy.history_days)
        if is_replay:
            row = replace(row, replayed="yes")
        if row.original_recipient:
            self._put_row(str(row.recipient), copy_of(row), is_replay=is_replay)
        return self._put_row(address_of(decision), row, is_replay=is_replay)

    def _put_row(self, address: str, row: EventRow, *, is_replay: bool) -> bool:
        condition = "attribute_not_exists(pk) OR #rank < :rank"
        if not is_replay:
            condition += " OR (#rank = :rank AND attribute_exists(replayed))"
        try:
            answer = self._client.put_item(
                TableName=self._table,
                Item=key(address, f"E#{row.event_id}") | attributes(row.to_item()),
                ConditionExpression=condition,
                ExpressionAttributeNames={"#rank": "rank"},
                ExpressionAttributeValues={":rank": {"N": str(row.rank)}},
                ReturnValues="ALL_OLD",
            )
        except ClientError as error:
            if not condition_failed(error):
                raise
            return False
        return "Attributes" not in answer


def address_of(decision: Decision) -> str:
    """Whose item it is: an account event has no address and is filed under its resource."""
    return str(decision.feedback.address or decision.feedback.resource)


def _name_of(decision: Decision) -> Name:
    return address_of(decision), f"E#{decision.feedback.event_id}"


def _has_row(decision: Decision) -> bool:
    feedback = decision.feedback
    names_nobody = feedback.recipient is feedback.resource is None
    return not names_nobody and feedback.kind not in WITHOUT_ROW
