"""Watches what Firehose archives: abuse reports go to the feedback queue, deliveries and sends are counted."""

import os
import warnings
from collections import Counter
from logging import getLogger
from typing import Any

import boto3
from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from ses_feedback.archive.reports import ArchiveReports
from ses_feedback.archive.s3_event import S3Object, objects_in
from ses_feedback.dead_letters import DeadLetters
from ses_feedback.errors import Unreadable
from ses_feedback.events.transport import NoFeedback, is_sqs_batch
from ses_feedback.metrics.emf import flush
from ses_feedback.metrics.tally import MailRoutes, Tally, counter_of_mails
from ses_feedback.settings.file import load_settings
from ses_feedback.strict_json import Json, decode

CHUNK_BYTES = 256 * 1024

logger, metrics = Logger(), Metrics()
warnings.filterwarnings("ignore", "No application metrics to publish")  # an event without feedback has none
processor = BatchProcessor(
    event_type=EventType.SQS, raise_on_entire_batch_failure=False, logger=getLogger(logger.name)
)
s3, sqs = boto3.client("s3"), boto3.client("sqs")
dead_letters = DeadLetters(sqs, os.environ["DEAD_LETTERS_URL"], "watch_archive")
settings = load_settings()
tally = Tally(settings)
reports = ArchiveReports(
    sqs, os.environ["FEEDBACK_QUEUE_URL"], dead_letters, counter_of_mails(tally, MailRoutes(settings))
)


@metrics.log_metrics
@logger.inject_lambda_context
def handler(event: dict[str, Any], context: LambdaContext) -> Any:
    """A batch from SQS is answered by the records that must come again; a plain S3 event fails as a whole."""
    if is_sqs_batch(event):
        return process_partial_response(event, watch_record, processor, context)
    return watch(event)


def watch_record(record: SQSRecord) -> None:
    try:
        watch(decode(record.body))
    except Unreadable as unreadable:
        dead_letters.send(record.body, unreadable, record.message_id)
        logger.warning("unreadable: see the dead letters for the cause")


def watch(event: Json) -> dict[str, int]:
    """Goes through the objects of an event; answers what they held."""
    found = objects_in(event)
    if isinstance(found, NoFeedback):
        logger.info("dropped on purpose", reasons={found.reason: 1})
        return {}
    return dict(sum((watch_object(item) for item in found), Counter()))


def watch_object(item: S3Object) -> Counter[str]:
    """Goes through one object; how many events of each type it held."""
    tally.clear()  # what an object that failed had counted: it comes again
    body = s3.get_object(Bucket=item.bucket, Key=item.key)["Body"]
    counts = reports.send(item.uri, body.iter_chunks(CHUNK_BYTES))
    flush(tally)
    logger.info("archive object read", object=item.uri, counts=dict(counts))
    for name, count in counts.items():
        metrics.add_metric(name=f"archived_{name}", unit=MetricUnit.Count, value=count)
    return counts
