"""Notifies the teams: gathers alerts per team, and sends each team one mail per window, or one at once."""

from logging import getLogger
from typing import Annotated, Any, NamedTuple

from aws_lambda_powertools import Logger

from ses_feedback.entry import enter
from ses_feedback.handlers.route_alerts import open_dispatch


class Environment(NamedTuple):
    alert_table_name: Annotated[str, "AlertTable"]
    alert_queue_url: Annotated[str, "AlertQueue"]
    alert_window_seconds: Annotated[int, "AlertWindowSeconds"]
    alert_sender: Annotated[str, "AlertSender"]
    topic_prefix: Annotated[str, "AWS::Partition, AWS::Region and AWS::AccountId"]
    dead_letters_url: Annotated[str, "DeadLetters"]


env, entry = enter("RouteAlerts", Environment)
logger = Logger()
dispatch = open_dispatch(
    table=env.alert_table_name,
    queue_url=env.alert_queue_url,
    dead_letters_url=env.dead_letters_url,
    window_seconds=env.alert_window_seconds,
    lease_seconds=70,  # the function's timeout in template.yaml, and a little
    sender=env.alert_sender,
    topic_prefix=env.topic_prefix,
    logger=getLogger(logger.name),
)


@entry
@logger.inject_lambda_context
def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Answers with the records to redeliver: those of a team that could not be notified."""
    return {"batchItemFailures": [{"itemIdentifier": record} for record in dispatch.attend(event["Records"])]}
