"""Tells the teams: gathers alerts per team, and sends each team one mail per window, or at once."""

import os
import time
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import boto3
from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from ses_feedback.alert import Alert, alert_from
from ses_feedback.alert_outbox import AlertOutbox, Busy, Flush
from ses_feedback.alert_sender import AlertSender
from ses_feedback.dead_letters import DeadLetters
from ses_feedback.errors import Unreadable
from ses_feedback.settings import load_settings
from ses_feedback.transport import decode


@dataclass(slots=True)
class Work:
    """What a batch holds for one team."""

    record_ids: list[str] = field(default_factory=list)
    alerts: list[Alert] = field(default_factory=list)
    flushes: list[Flush] = field(default_factory=list)


logger = Logger()
settings = load_settings()
sqs = boto3.client("sqs")
outbox = AlertOutbox(
    boto3.client("dynamodb"),
    os.environ["ALERT_TABLE_NAME"],
    sqs,
    os.environ["ALERT_QUEUE_URL"],
    int(os.environ["ALERT_WINDOW_SECONDS"]),
)
sender = AlertSender(
    boto3.client("sesv2"), boto3.client("sns"), os.environ["ALERT_SENDER"], os.environ["TOPIC_PREFIX"]
)
dead_letters = DeadLetters(sqs, os.environ["DEAD_LETTERS_URL"], "route_alerts")


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Answers the records that must come again: those of a team that could not be told."""
    work: dict[str, Work] = defaultdict(Work)
    for record in event["Records"]:
        try:
            found = read(record["body"])
        except Unreadable as unreadable:
            dead_letters.send(record["body"], unreadable, record["messageId"])
            continue
        work[found.team].record_ids.append(record["messageId"])
        if isinstance(found, Alert):
            work[found.team].alerts.append(found)
        else:
            work[found.team].flushes.append(found)
    failed = [mine for team, mine in work.items() if not attend(team, mine, context)]
    return {"batchItemFailures": [{"itemIdentifier": item} for mine in failed for item in mine.record_ids]}


def read(body: str) -> Alert | Flush:
    """An alert, or a flush that is due. Raises `Unreadable`."""
    content = decode(body)
    if not isinstance(content, dict):
        raise Unreadable("neither an alert nor a flush")
    found = Flush(content["flush"], content.get("at")) if "flush" in content else alert_from(content)
    if not isinstance(found.team, str) or found.team not in settings.teams:
        raise Unreadable(f"the settings know no team {found.team!r}", "team")
    return found


def attend(team: str, mine: Work, context: LambdaContext) -> bool:
    """Puts a team's alerts by, and tells it if it is time. False where that must be tried again."""
    now = time.time()
    try:
        new = outbox.add(team, mine.alerts)
        is_due = any(not outbox.is_superseded(flush) for flush in mine.flushes)
        if is_due or outbox.must_flush_now(team, new, now):
            tell(team, now, context.get_remaining_time_in_millis() // 1000 + 1)
        elif new:
            outbox.schedule(team, now)
    except Busy:
        outbox.flush_soon(team)
    except Exception:
        logger.exception("a team could not be told; its messages come again", team=team)
        return False
    return True


def tell(team: str, now: float, lease_seconds: int) -> None:
    """Tells a team all that is pending, in one mail."""
    pending, told = outbox.take(team, now, lease_seconds), False
    try:
        if pending:
            channel = sender.tell(team, settings.teams[team], pending, datetime.fromtimestamp(now, UTC))
            outbox.mark_sent(team, pending, now)
            events = [alert.event_id for alert in pending[:10]]
            logger.info("told", team=team, channel=channel, alerts=len(pending), first_events=events)
        told = True
    finally:
        outbox.release(team, now, told=told)
