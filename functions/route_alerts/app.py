"""Tells the teams: gathers alerts per team, and sends each team one mail per window, or at once."""

import json
import os
import time
from collections import defaultdict
from datetime import UTC, datetime
from typing import Any

import boto3
from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from ses_feedback.alert import Alert, alert_from
from ses_feedback.alert_outbox import AlertOutbox
from ses_feedback.alert_sender import AlertSender
from ses_feedback.dead_letters import DeadLetters
from ses_feedback.errors import Unreadable
from ses_feedback.settings import load_settings
from ses_feedback.transport import decode

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
    ids_of: dict[str, list[str]] = defaultdict(list)
    alerts_of: dict[str, list[Alert]] = defaultdict(list)
    flushes: set[str] = set()
    for record in event["Records"]:
        try:
            content = read(record["body"])
        except Unreadable as unreadable:
            dead_letters.send(record["body"], unreadable, record["messageId"])
            continue
        team = content if isinstance(content, str) else content.team
        ids_of[team].append(record["messageId"])
        if isinstance(content, Alert):
            alerts_of[team].append(content)
        else:
            flushes.add(team)
    failed = [team for team in ids_of if not attend(team, alerts_of[team], team in flushes, context)]
    return {"batchItemFailures": [{"itemIdentifier": item} for team in failed for item in ids_of[team]]}


def read(body: str) -> Alert | str:
    """An alert, or the team of a flush. Raises `Unreadable`."""
    content = decode(body)
    if not isinstance(content, dict):
        raise Unreadable("neither an alert nor a flush")
    if isinstance(team := content.get("flush"), str):
        found: Alert | str = team
    else:
        found = alert_from(content)
        team = found.team
    if team not in settings.teams:
        raise Unreadable(f"the settings know no team {team!r}", "team")
    return found


def attend(team: str, alerts: list[Alert], flush_is_due: bool, context: LambdaContext) -> bool:
    """Puts a team's alerts by, and tells it if it is time. False where that must be tried again."""
    now = time.time()
    try:
        new = outbox.add(team, alerts)
        if flush_is_due or outbox.must_flush_now(team, new, now):
            flush(team, now, context.get_remaining_time_in_millis() // 1000 + 1)
        elif new:
            outbox.schedule(team, now)
        return True
    except Exception:
        logger.exception("a team could not be told; its messages come again", team=team)
        return False


def flush(team: str, now: float, lease_seconds: int) -> None:
    """Tells a team all that is pending, in one mail."""
    pending = outbox.take(team, now, lease_seconds)
    try:
        if pending:
            channel = sender.tell(team, settings.teams[team], pending, datetime.fromtimestamp(now, UTC))
            outbox.mark_sent(team, pending, now)
            logger.info("told", team=team, channel=channel, alerts=len(pending), events=event_ids(pending))
    finally:
        outbox.release(team)


def event_ids(alerts: list[Alert]) -> str:
    """The first few, to find a mail by its event."""
    return json.dumps([alert.event_id for alert in alerts[:10]])
