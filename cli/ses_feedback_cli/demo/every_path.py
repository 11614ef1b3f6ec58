"""One mail whose complaint SES reports over every path of its sender: many copies, one row of evidence."""

import json
from collections.abc import Iterable
from copy import replace
from pathlib import Path
from typing import Any

from ses_feedback.attribute_values import plain
from ses_feedback_cli.demo import signed_sns
from ses_feedback_cli.demo.stack import Stack
from ses_feedback_cli.demo.story import scan
from ses_feedback_cli.simulate.command import Order, send
from ses_feedback_cli.simulate.events import Published
from ses_feedback_cli.simulate.publisher import put_as_ses

CONFIGURATION_SET = "ses-feedback-production"
SENDER, RECIPIENT = "Paper Lantern Club <club@example.com>", "complaint@every-path.example"


def configure(stack: Stack) -> None:
    """Adds EventBridge to the set's destinations: the deployment created it with SNS and the archive."""
    bus = stack.aws.client("events").describe_event_bus()["Arn"]
    stack.aws.client("sesv2").create_configuration_set_event_destination(
        ConfigurationSetName=CONFIGURATION_SET,
        EventDestinationName="eventbridge",
        EventDestination={
            "Enabled": True,
            "MatchingEventTypes": ["BOUNCE", "COMPLAINT"],
            "EventBridgeDestination": {"EventBusArn": bus},
        },
    )


def report_on_the_account(stack: Stack, events: Path) -> None:
    """What SES itself reports on EventBridge when it stops sending: every team must be notified."""
    event = json.loads((events / "eventbridge_sending_disabled.json").read_text(encoding="utf-8"))
    put_as_ses(stack.aws.client("events"), event["detail-type"], json.dumps(event["detail"]), event["resources"])


def send_mail(stack: Stack) -> list[Published]:
    """The sender is not an identity itself, so its domain's topics receive the feedback, and the set's destinations.

    What the set publishes on its topic also arrives over HTTPS, as from a topic of another account.
    """
    order = Order(
        sender=SENDER,
        recipients=[RECIPIENT],
        subject="Members read first",
        configuration_set=CONFIGURATION_SET,
        tags={"environment": "production"},
        shuffle=True,
        seed=7,
    )
    _, messages = send(order, stack.aws.client)
    complaints = [message for message in messages if message.kind == "Complaint"]
    over_https = [
        replace(message, service="https", path=signed_sns.TOPIC)
        for message in complaints
        if message.path.endswith("-sns")
    ]
    signed_sns.post(stack, [message.text for message in over_https])
    return complaints + over_https


def collect(stack: Stack, messages: Iterable[Published]) -> dict[str, Any]:
    """What was published where, and what arrived in the ledger and at the teams."""
    ledger = [row for item in scan(stack, "LedgerTable") if "kind" in (row := plain(item))]
    rows = [row for row in ledger if row.get("recipient") == RECIPIENT]
    events = {row["event_id"] for row in rows}
    marks = [item["sk"]["S"].removeprefix("S#") for item in scan(stack, "AlertTable")]
    return {
        "sender": SENDER,
        "recipient": RECIPIENT,
        "copies": [_copy(message) for message in sorted(messages, key=lambda message: message.path)],
        "rows": [{name: row[name] for name in ("event_id", "effect", "team", "matched")} for row in rows],
        "notified": sum(mark in events for mark in marks),
        "account": [
            {"what": row["account_event"], "resource": row["resource"], "notified": marks.count(row["event_id"])}
            for row in ledger
            if row["kind"] == "account"
        ],
    }


def _copy(message: Published) -> dict[str, Any]:
    document = json.loads(message.text)
    return {
        "path": message.path,
        "service": message.service,
        "dialect": "event" if "eventType" in document else "notification",
        "tags": "tags" in document["mail"],
        "feedback_id": message.feedback_id,
    }
