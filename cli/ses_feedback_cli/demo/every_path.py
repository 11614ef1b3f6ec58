"""One mail whose complaint SES reports on every path that its sender has: many copies, one row of evidence."""

import json
from collections.abc import Iterable
from typing import Any

from ses_feedback.attribute_values import Item, plain
from ses_feedback_cli.demo.stack import Stack
from ses_feedback_cli.demo.story import DOMAIN, scan
from ses_feedback_cli.simulate.command import Order, send
from ses_feedback_cli.simulate.events import Published

SENDER, RECIPIENT = "Paper Lantern Club <club@example.com>", "complaint@every-path.example"


def configure(stack: Stack) -> None:
    """The stack's configuration set reports to EventBridge too, and becomes the default of the domain."""
    ses, bus = stack.aws.client("sesv2"), stack.aws.client("events").describe_event_bus()["Arn"]
    name = stack.outputs["ConfigurationSet"]
    ses.create_configuration_set_event_destination(
        ConfigurationSetName=name,
        EventDestinationName="eventbridge",
        EventDestination={
            "Enabled": True,
            "MatchingEventTypes": ["BOUNCE", "COMPLAINT"],
            "EventBridgeDestination": {"EventBusArn": bus},
        },
    )
    ses.put_email_identity_configuration_set_attributes(EmailIdentity=DOMAIN, ConfigurationSetName=name)


def send_mail(stack: Stack) -> list[Published]:
    """The sender is no identity: topics and default set of its domain are what counts."""
    order = Order(
        sender=SENDER,
        recipients=[RECIPIENT],
        subject="Members read first",
        tags={"environment": "production"},
        copies=2,
        shuffle=True,
        seed=7,
    )
    _, messages = send(order, stack.aws.client)
    return [message for message in messages if message.kind == "Complaint"]


def collect(stack: Stack, messages: Iterable[Published]) -> dict[str, Any]:
    """What was published where, and what the ledger and the teams have of it."""
    rows = [row for item in scan(stack, "LedgerTable") if _is_of_mail(row := plain(item))]
    events = {row["event_id"] for row in rows}
    marks = [item["sk"]["S"].removeprefix("S#") for item in scan(stack, "AlertTable")]
    return {
        "sender": SENDER,
        "recipient": RECIPIENT,
        "copies": [_copy(message) for message in sorted(messages, key=lambda message: message.path)],
        "rows": [{name: row[name] for name in ("event_id", "effect", "team", "matched")} for row in rows],
        "told": sum(mark in events for mark in marks),
    }


def _is_of_mail(row: Item) -> bool:
    return row.get("recipient") == RECIPIENT and "kind" in row


def _copy(message: Published) -> dict[str, Any]:
    document = json.loads(message.text)
    return {
        "path": message.path,
        "service": message.service,
        "dialect": "event" if "eventType" in document else "notification",
        "tags": "tags" in document["mail"],
        "feedback_id": message.feedback_id,
    }
