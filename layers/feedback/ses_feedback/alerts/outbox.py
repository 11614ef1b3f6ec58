"""The outbox of alerts: what each team has still to be told, and what it has been told.

    pk T#<team>   sk P#<event id>   pending: an alert that waits for the team's next mail
                  sk S#<event id>   sent: a mark, so that a copy of the alert tells nobody twice
                  sk WINDOW         `flush_at`: for when (ms) the flush under way is scheduled; `told_at_once`,
                                    `told_until`: mails sent at once in this window; `lease`: until when a
                                    flush has the team for itself

Alerts come in batches of any size, many times and in any order; a storm comes as thousands of batches. So
they wait here, and one *flush* per team and window tells all of them in one mail. A flush is a delayed
message to the alert queue, hence retried until it worked. While the window names a `flush_at`, a flush is
under way and nobody schedules another; the flush takes it away when it has told all, and looks once more. An
alert is written before `flush_at` is read, so that one of the two sees it.
"""

import json
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import batched, islice
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from ses_feedback.alerts.alert import Alert, alert_from
from ses_feedback.attribute_values import Item, attributes, plain
from ses_feedback.dead_letters import DeadLetters
from ses_feedback.dynamodb import condition_failed
from ses_feedback.errors import Busy, NotTaken, Unreadable
from ses_feedback.vocabulary import Urgency

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_sqs import SQSClient

AT_ONCE_MAILS = 5
"""Mails a team gets at once in one window; what comes on top waits for the flush."""

REMEMBERED_SECONDS = 4 * 24 * 3600
"""How long a sent mark is kept: as long as a copy of an alert may still lie in the alert queue."""

TOLD_AT_MOST = 5_000
"""Alerts in one mail: marking them takes some ten seconds of the thousand writes a second that a team's key
allows; more take the next mail.
"""

OVERDUE_SECONDS = 720
"""When a flush that never came is given up: after two visibility timeouts of the alert queue."""

SOON_SECONDS = 10
"""How soon one that finds the team taken tries again."""


@dataclass(frozen=True, slots=True)
class Flush:
    """The order to tell a team. `at`: the time it was scheduled for, in ms; None if it must be done in any case."""

    team: str
    at: int | None = None


class AlertOutbox:
    """One table and one queue.

    `window_seconds` is how long a team's alerts gather, 900 at most (SQS's delay); `lease_seconds` how long one
    flush may take: the function's timeout, and a little. Times are in seconds since 1970.
    """

    def __init__(
        self,
        dynamodb: "DynamoDBClient",
        table: str,
        sqs: "SQSClient",
        queue_url: str,
        dead_letters: DeadLetters,
        window_seconds: int,
        lease_seconds: int,
    ) -> None:
        self._dynamodb, self._table, self._dead_letters = dynamodb, table, dead_letters
        self._sqs, self._queue_url = sqs, queue_url
        self._window, self._lease = window_seconds, lease_seconds

    def add(self, team: str, alerts: Sequence[Alert]) -> list[Alert]:
        """Puts in what the team has not been told yet, and returns that.

        What was told leaves here too: a crash between mark and deletion left it pending, and once its mark has
        expired it would be told again.
        """
        new = {alert.event_id: alert for alert in alerts}
        told = self._told(team, new)
        self._delete(team, told)
        for event_id in told:
            del new[event_id]
        self._write([{"PutRequest": {"Item": _pending(team, alert)}} for alert in new.values()])
        return list(new.values())

    def must_flush_now(self, team: str, alerts: Sequence[Alert], now: float) -> bool:
        """Whether these must be told at once, and the window still has room for such a mail."""
        if not any(alert.alert is Urgency.AT_ONCE for alert in alerts):
            return False
        window = self._window_of(team)
        if now >= window.get("told_until", 0):
            self._set_window(team, "SET told_until = :until, told_at_once = :one", until=now + self._window, one=1)
            return True
        if window.get("told_at_once", 0) >= AT_ONCE_MAILS:
            return False
        self._set_window(team, "ADD told_at_once :one", one=1)
        return True

    def schedule(self, team: str, now: float) -> None:
        """Makes sure that a flush is under way: the message first, so that a crash between loses nothing."""
        under_way = self._window_of(team).get("flush_at")
        if under_way is not None and now < under_way / 1000 + OVERDUE_SECONDS:
            return
        flush_at = int(now * 1000) + self._window * 1000
        self._send_flush(team, flush_at, self._window)
        self._set_window(team, "SET flush_at = :at", at=flush_at)

    def flush_soon(self, team: str) -> None:
        """One more flush, a little later: for one that found the team taken."""
        self._send_flush(team, None, min(self._window, SOON_SECONDS))

    def is_superseded(self, flush: Flush) -> bool:
        """Whether a flush has nothing to do, since a later one is under way."""
        return flush.at is not None and self._window_of(flush.team).get("flush_at", 0) > flush.at

    def take(self, team: str, now: float) -> list[Alert]:
        """What is pending, `TOLD_AT_MOST` of it, for one flush alone. Raises `Busy` while another has the team."""
        try:
            self._dynamodb.update_item(
                TableName=self._table,
                Key=_key(team, "WINDOW"),
                UpdateExpression="SET lease = :until",
                ConditionExpression="attribute_not_exists(lease) OR lease <= :now",
                ExpressionAttributeValues={":until": _number(now + self._lease), ":now": _number(now)},
            )
        except ClientError as error:
            if not condition_failed(error):
                raise
            raise Busy(f"another flush is telling {team}") from None
        found = (self._alert_in(item) for item in self._pending(team))
        alerts = {alert.event_id: alert for alert in islice(filter(None, found), TOLD_AT_MOST)}
        told = self._told(team, alerts)
        self._delete(team, told)
        return [alert for event_id, alert in alerts.items() if event_id not in told]

    def mark_sent(self, team: str, alerts: Sequence[Alert], now: float) -> None:
        """The alerts are told: what is marked is told to nobody again, whether it still pends or not."""
        expires_at = attributes({"expires_at": int(now) + REMEMBERED_SECONDS})
        self._write([{"PutRequest": {"Item": _key(team, f"S#{alert.event_id}") | expires_at}} for alert in alerts])
        self._delete(team, [alert.event_id for alert in alerts])

    def release(self, team: str, now: float, *, told: bool) -> None:
        """Lets the next flush have the team; `now` is that of `take`. Once all was told, the window is over: what
        came in meanwhile, and relied on this flush, gets the next one.
        """
        try:
            self._dynamodb.update_item(
                TableName=self._table,
                Key=_key(team, "WINDOW"),
                UpdateExpression="REMOVE lease, flush_at" if told else "REMOVE lease",
                ConditionExpression="lease = :mine",
                ExpressionAttributeValues={":mine": _number(now + self._lease)},
            )
        except ClientError as error:
            if not condition_failed(error):
                raise
            return  # the lease ran out, and another flush has the team
        if told and next(self._pending(team), None):
            self.schedule(team, now)

    def _pending(self, team: str) -> Iterator[Item]:
        pages = self._dynamodb.get_paginator("query").paginate(
            TableName=self._table,
            KeyConditionExpression="pk = :pk AND begins_with(sk, :pending)",
            ExpressionAttributeValues={":pk": {"S": f"T#{team}"}, ":pending": {"S": "P#"}},
            ConsistentRead=True,
        )
        return (item for page in pages for item in page["Items"])

    def _told(self, team: str, event_ids: Iterable[str]) -> set[str]:
        """Those of the events that are marked as sent."""
        told: set[str] = set()
        for keys in batched([_key(team, f"S#{event_id}") for event_id in event_ids], 100, strict=False):
            told |= {item["sk"]["S"].removeprefix("S#") for item in self._get(list(keys))}
        return told

    def _delete(self, team: str, event_ids: Iterable[str]) -> None:
        self._write([{"DeleteRequest": {"Key": _key(team, f"P#{event_id}")}} for event_id in event_ids])

    def _alert_in(self, item: Item) -> Alert | None:
        """A pending alert; one that another version wrote and this cannot read must not stop the others."""
        content = plain(item)["content"]
        try:
            return alert_from(json.loads(content))
        except Unreadable as unreadable:
            self._dead_letters.send(content, unreadable, f"{item['pk']['S']} {item['sk']['S']}")
            self._write([{"DeleteRequest": {"Key": {name: item[name] for name in ("pk", "sk")}}}])
            return None

    def _send_flush(self, team: str, flush_at: int | None, delay: int) -> None:
        body = json.dumps({"flush": team, "at": flush_at})
        self._sqs.send_message(QueueUrl=self._queue_url, MessageBody=body, DelaySeconds=delay)

    def _window_of(self, team: str) -> dict[str, int]:
        answer = self._dynamodb.get_item(TableName=self._table, Key=_key(team, "WINDOW"), ConsistentRead=True)
        return plain(answer.get("Item", {}))

    def _set_window(self, team: str, expression: str, **values: float) -> None:
        self._dynamodb.update_item(
            TableName=self._table,
            Key=_key(team, "WINDOW"),
            UpdateExpression=expression,
            ExpressionAttributeValues={f":{name}": _number(value) for name, value in values.items()},
        )

    def _get(self, keys: list[Item]) -> Iterator[Item]:
        request: dict[str, Any] = {self._table: {"Keys": keys, "ConsistentRead": True}}
        for pause in _pauses():
            answer = self._dynamodb.batch_get_item(RequestItems=request)
            yield from answer["Responses"].get(self._table, [])
            request = answer.get("UnprocessedKeys", {})
            if not request:
                return
            time.sleep(pause)

    def _write(self, requests: list[Item]) -> None:
        for batch in batched(requests, 25, strict=False):
            left: dict[str, Any] = {self._table: list(batch)}
            for pause in _pauses():
                left = self._dynamodb.batch_write_item(RequestItems=left).get("UnprocessedItems", {})
                if not left:
                    break
                time.sleep(pause)


def _pauses() -> Iterator[float]:
    """Seconds to wait for a throttled table, doubling; it gives up after some 13 s, and the batch comes again."""
    yield from (0.05 * 2**number for number in range(8))
    raise NotTaken("DynamoDB keeps leaving items of a batch unprocessed")


def _pending(team: str, alert: Alert) -> Item:
    content = {name: value for name in Alert.__slots__ if (value := getattr(alert, name)) is not None}
    return _key(team, f"P#{alert.event_id}") | attributes({"content": json.dumps(content)})


def _key(team: str, sk: str) -> Item:
    return {"pk": {"S": f"T#{team}"}, "sk": {"S": sk}}


def _number(value: float) -> Item:
    return {"N": str(int(value))}
