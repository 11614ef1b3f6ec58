"""The outbox of alerts: what each team must still be notified of, and what it was notified of.

    pk T#<team>   sk P#<event id>   pending: an alert that waits for the team's next mail
                  sk S#<event id>   sent: a mark, so that a copy of the alert is not sent again
                  sk WINDOW         `flush_at`: when (ms) the flush that is under way is due; `told_at_once`: mails
                                    sent at once in this window; `told_until`: its end; `lease`: until when one
                                    flush has the team to itself

Alerts arrive in batches of any size, repeatedly and in any order; a storm arrives as thousands of batches. So they
wait here, and one *flush* per team and window sends all of them in one mail. A flush is a delayed message to the
alert queue, and so is retried until it succeeds. While the window names a `flush_at`, a flush is under way and
no other is scheduled; the flush removes it when it has sent everything, and looks once more. An alert is written
before `flush_at` is read, so that either its writer or the flush sees the other.
"""

import json
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import batched, islice
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from ses_feedback.alerts.alert import Alert, alert_from
from ses_feedback.attribute_values import Attributes, attributes, plain
from ses_feedback.aws_errors import condition_failed
from ses_feedback.dead_letters import DeadLetters
from ses_feedback.errors import Busy, PartlyAccepted, Unreadable
from ses_feedback.vocabulary import Urgency

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_sqs import SQSClient

AT_ONCE_MAILS = 5
"""Mails that a team gets at once in one window; further alerts wait for the flush."""

REMEMBERED_SECONDS = 4 * 24 * 3600
"""How long a sent mark is kept: as long as a copy of an alert may still be in the alert queue."""

MOST_ALERTS = 5_000
"""Alerts in one mail: marking them takes about ten seconds at the thousand writes a second that a team's key
allows. The rest goes into the next mail.
"""

OVERDUE_SECONDS = 720
"""When a flush that never ran is given up: after two visibility timeouts of the alert queue."""

SOON_SECONDS = 10
"""How soon to try again while another flush has the team."""


@dataclass(frozen=True, slots=True)
class Flush:
    """The order to notify a team. `at`: the time it was scheduled for, in ms; None if it must run in any case."""

    team: str
    at: int | None = None


class AlertOutbox:
    """One table and one queue.

    `window_seconds` is how long a team's alerts gather, 900 at most (SQS's delay); `lease_seconds` how long one
    flush may run: the function's timeout and a little more. Times are in seconds since 1970.
    """

    def __init__(
        self,
        *,
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
        """Stores the alerts that were not sent yet, and returns them.

        Alerts that were sent are deleted: a crash between mark and deletion left them pending, and they would be
        sent again once the mark has expired.
        """
        new = {alert.event_id: alert for alert in alerts}
        sent = self._marked_sent(team, new)
        self._delete(team, sent)
        for event_id in sent:
            del new[event_id]
        self._write([{"PutRequest": {"Item": _pending(team, alert)}} for alert in new.values()])
        return list(new.values())

    def must_flush_now(self, team: str, alerts: Sequence[Alert], now: float) -> bool:
        """Whether these must be sent at once, and the window has room for another such mail."""
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
        """Makes sure that a flush is under way: the message first, so that a crash in between loses nothing."""
        under_way = self._window_of(team).get("flush_at")
        if under_way is not None and now < under_way / 1000 + OVERDUE_SECONDS:
            return
        flush_at = int(now * 1000) + self._window * 1000
        self._send_flush(team, flush_at, self._window)
        self._set_window(team, "SET flush_at = :at", at=flush_at)

    def flush_soon(self, team: str) -> None:
        """One more flush, a little later: for one that found the team busy."""
        self._send_flush(team, None, min(self._window, SOON_SECONDS))

    def is_superseded(self, flush: Flush) -> bool:
        """Whether a flush has nothing to do, because a later one is under way."""
        return flush.at is not None and self._window_of(flush.team).get("flush_at", 0) > flush.at

    def take(self, team: str, now: float) -> list[Alert]:
        """Leases the team to one flush, and returns its pending alerts, at most `MOST_ALERTS`.

        Raises `Busy` while another flush has the lease.
        """
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
            raise Busy(f"another flush is notifying {team}") from None
        pending = (self._alert_in(item) for item in self._pending(team))
        alerts = {alert.event_id: alert for alert in islice(filter(None, pending), MOST_ALERTS)}
        sent = self._marked_sent(team, alerts)
        self._delete(team, sent)
        return [alert for event_id, alert in alerts.items() if event_id not in sent]

    def mark_sent(self, team: str, alerts: Sequence[Alert], now: float) -> None:
        """Marks alerts as sent. A marked alert is never sent again, even if it is still pending."""
        expires_at = attributes({"expires_at": int(now) + REMEMBERED_SECONDS})
        self._write([{"PutRequest": {"Item": _key(team, f"S#{alert.event_id}") | expires_at}} for alert in alerts])
        self._delete(team, [alert.event_id for alert in alerts])

    def release(self, team: str, now: float, *, is_done: bool) -> None:
        """Releases the lease on the team; `now` is that of `take`. If everything was sent, the window is over, and
        alerts that came in meanwhile and relied on this flush get the next one.
        """
        try:
            self._dynamodb.update_item(
                TableName=self._table,
                Key=_key(team, "WINDOW"),
                UpdateExpression="REMOVE lease, flush_at" if is_done else "REMOVE lease",
                ConditionExpression="lease = :ours",
                ExpressionAttributeValues={":ours": _number(now + self._lease)},
            )
        except ClientError as error:
            if not condition_failed(error):
                raise
            return  # the lease ran out, and another flush has the team
        if is_done and next(self._pending(team), None):
            self.schedule(team, now)

    def _pending(self, team: str) -> Iterator[Attributes]:
        pages = self._dynamodb.get_paginator("query").paginate(
            TableName=self._table,
            KeyConditionExpression="pk = :pk AND begins_with(sk, :pending)",
            ExpressionAttributeValues={":pk": {"S": f"T#{team}"}, ":pending": {"S": "P#"}},
            ConsistentRead=True,
        )
        return (item for page in pages for item in page["Items"])

    def _marked_sent(self, team: str, event_ids: Iterable[str]) -> set[str]:
        """Those of the events that are marked as sent."""
        sent: set[str] = set()
        for keys in batched([_key(team, f"S#{event_id}") for event_id in event_ids], 100, strict=False):
            sent |= {item["sk"]["S"].removeprefix("S#") for item in self._get(list(keys))}
        return sent

    def _delete(self, team: str, event_ids: Iterable[str]) -> None:
        self._write([{"DeleteRequest": {"Key": _key(team, f"P#{event_id}")}} for event_id in event_ids])

    def _alert_in(self, item: Attributes) -> Alert | None:
        """A pending alert; one that another version wrote and this one cannot read must not stop the others."""
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

    def _get(self, keys: list[Attributes]) -> Iterator[Attributes]:
        request: dict[str, Any] = {self._table: {"Keys": keys, "ConsistentRead": True}}
        for pause in _pauses():
            answer = self._dynamodb.batch_get_item(RequestItems=request)
            yield from answer["Responses"].get(self._table, [])
            request = answer.get("UnprocessedKeys", {})
            if not request:
                return
            time.sleep(pause)

    def _write(self, requests: list[dict[str, Any]]) -> None:
        for batch in batched(requests, 25, strict=False):
            left: dict[str, Any] = {self._table: list(batch)}
            for pause in _pauses():
                left = self._dynamodb.batch_write_item(RequestItems=left).get("UnprocessedItems", {})
                if not left:
                    break
                time.sleep(pause)


def _pauses() -> Iterator[float]:
    """Seconds to wait for a throttled table, doubling; gives up after about 13 s, and the batch is retried."""
    yield from (0.05 * 2**number for number in range(8))
    raise PartlyAccepted("DynamoDB keeps leaving items of a batch unprocessed")


def _pending(team: str, alert: Alert) -> Attributes:
    return _key(team, f"P#{alert.event_id}") | attributes({"content": json.dumps(alert.to_item())})


def _key(team: str, sk: str) -> Attributes:
    return {"pk": {"S": f"T#{team}"}, "sk": {"S": sk}}


def _number(value: float) -> Attributes:
    return {"N": str(int(value))}
