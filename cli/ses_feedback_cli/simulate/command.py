"""`ses-feedback simulate`: publishes what SES would, and prints it."""

import os
import random
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parseaddr
from typing import Any

import typer

from ses_feedback_cli.connection import open_session
from ses_feedback_cli.output import fail, note, print_json
from ses_feedback_cli.simulate.events import Published, publications, shuffled
from ses_feedback_cli.simulate.mail import Account, Mail, ses_id
from ses_feedback_cli.simulate.paths import NotSendable, Sending, read_sending
from ses_feedback_cli.simulate.publisher import Clients, Publisher, RealAws, Refused, emulator
from ses_feedback_cli.simulate.scenario import UnknownRecipient, scenario_of, scenarios

SENT_AGO = timedelta(seconds=30)
"""So that even a complaint, 20 s after the mail, is in the past."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What to send. `count` mails go to each recipient, or with `together` to all at once."""

    sender: str
    recipients: list[str]
    configuration_set: str | None = None
    tags: dict[str, str] = field(default_factory=dict)
    subject: str = "A simulated mail"
    count: int = 1
    together: bool = False
    copies: int = 1
    shuffle: bool = False
    pause: float = 0
    seed: int | None = None
    dry_run: bool = False


def show_scenarios() -> None:
    for scenario in scenarios():
        typer.echo(f"{', '.join(f'{name}@' for name in scenario.local_parts):<34} {scenario.means}")


def simulate(order: Order, *, as_json: bool) -> int:
    """Sends, and prints what was published where; returns the exit status."""
    try:
        endpoint = emulator(os.environ.get("AWS_ENDPOINT_URL"))
        session = open_session()
        sending, messages = send(order, lambda service: session.client(service, endpoint_url=endpoint))
    except (RealAws, NotSendable, UnknownRecipient, Refused) as error:
        fail(str(error))
    for message in messages:
        print_json(_row(message, order)) if as_json else typer.echo(_line(message))
    for reason in sending.skipped:
        note(reason)
    if not sending.paths:
        note(
            f"{sending.identity} has no topics and no configuration set: SES would e-mail its feedback to the sender"
        )
    elif not messages:
        note("no path is configured for the events of this mail")
    return 0


def send(order: Order, client: Clients) -> tuple[Sending, list[Published]]:
    """Publishes with the clients of an emulator; returns how the mail was sent, and each message."""
    for recipient in order.recipients:
        scenario_of(recipient)
    ses = client("ses")
    sending = read_sending(ses, client("sesv2"), parseaddr(order.sender)[1], order.configuration_set)
    account_id = client("sts").get_caller_identity()["Account"]
    account = Account(account_id, ses.meta.region_name, sending.identity)
    chance = random.Random(order.seed)  # noqa: S311
    mails = _mails(order, account, sending, chance)
    published = [message for mail in mails for message in publications(mail, account, sending.paths, chance)]
    messages = shuffled(published, order.copies, chance, shuffle=order.shuffle)
    if not order.dry_run:
        Publisher(client, order.pause).publish(messages)
    return sending, messages


def _mails(order: Order, account: Account, sending: Sending, chance: random.Random) -> list[Mail]:
    groups = [tuple(order.recipients)] if order.together else [(recipient,) for recipient in order.recipients]
    sent_at = datetime.now(UTC) - SENT_AGO
    return [
        Mail(
            message_id=ses_id(account.region, sent_at, chance),
            sender=order.sender,
            recipients=group,
            subject=order.subject,
            sent_at=sent_at,
            tags=order.tags,
            configuration_set=sending.configuration_set,
        )
        for _ in range(order.count)
        for group in groups
    ]


def _row(message: Published, order: Order) -> dict[str, Any]:
    row: dict[str, Any] = {
        "path": message.path,
        "service": message.service,
        "target": message.target,
        "kind": message.kind,
        "recipients": list(message.recipients),
        "message_id": message.message_id,
        "feedback_id": message.feedback_id,
    }
    return row | ({"text": message.text} if order.dry_run else {})


def _line(message: Published) -> str:
    where = {"sns": "SNS", "firehose": "Firehose", "events": "EventBridge"}[message.service]
    return f"{message.kind:<14} {', '.join(message.recipients):<36} {where:<11} {message.path}"
