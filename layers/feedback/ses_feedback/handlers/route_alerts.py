"""The dispatch of alerts, put together with its outbox, its sender and their clients."""

from logging import Logger

from ses_feedback.alerts.dispatch import AlertDispatch
from ses_feedback.alerts.outbox import AlertOutbox
from ses_feedback.alerts.sender import AlertSender
from ses_feedback.aws_client import client
from ses_feedback.dead_letters import DeadLetters
from ses_feedback.settings.file import load_settings


def open_dispatch(
    *,
    table: str,
    queue_url: str,
    dead_letters_url: str,
    window_seconds: int,
    lease_seconds: int,
    sender: str,
    topic_prefix: str,
    logger: Logger,
) -> AlertDispatch:
    """The arguments are those of `AlertOutbox` and `AlertSender`."""
    sqs = client("sqs")
    dead_letters = DeadLetters(sqs, dead_letters_url, "route_alerts")
    outbox = AlertOutbox(
        dynamodb=client("dynamodb"),
        table=table,
        sqs=sqs,
        queue_url=queue_url,
        dead_letters=dead_letters,
        window_seconds=window_seconds,
        lease_seconds=lease_seconds,
    )
    return AlertDispatch(
        outbox=outbox,
        sender=AlertSender(client("sesv2"), client("sns"), sender=sender, topic_prefix=topic_prefix),
        dead_letters=dead_letters,
        settings=load_settings(),
        logger=logger,
    )
