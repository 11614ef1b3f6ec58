"""Watches what Firehose archives: reports go to the feedback queue, deliveries and sends are counted."""

from typing import Annotated, Any, NamedTuple

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from ses_feedback.aws_client import client
from ses_feedback.entry import enter
from ses_feedback.handlers.watch_archive import ArchiveWatch
from ses_feedback.metrics.emf import function_metrics
from ses_feedback.settings.file import load_settings


class Environment(NamedTuple):
    table_name: Annotated[str, "LedgerTable or ExistingTable"]
    feedback_queue_url: Annotated[str, "FeedbackQueue"]
    dead_letters_url: Annotated[str, "DeadLetters"]


env, entry = enter("WatchArchive", Environment)
logger, metrics = Logger(), function_metrics()
watch = ArchiveWatch(
    s3=client("s3"),
    dynamodb=client("dynamodb"), table=env.table_name,
    sqs=client("sqs"), feedback_queue=env.feedback_queue_url, dead_letters=env.dead_letters_url,
    settings=load_settings(),
    logger=logger,
    metrics=metrics,
)  # fmt: skip


@entry
@metrics.log_metrics
@logger.inject_lambda_context
def handler(event: dict[str, Any], context: LambdaContext) -> Any:
    """A batch from SQS is answered with the records to redeliver; a plain event of S3 fails as a whole."""
    return watch.answer(event, context)
