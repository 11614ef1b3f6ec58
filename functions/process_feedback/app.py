"""Records feedback: from the feedback queue, or straight from an SNS topic or a rule."""

import os
import warnings
from datetime import UTC, datetime
from logging import getLogger
from typing import Any

import boto3
from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from ses_feedback import address
from ses_feedback.dead_letters import DeadLetters
from ses_feedback.events.transport import is_sqs_batch
from ses_feedback.intake import Intake, IntakeResult
from ses_feedback.ledger.table import Ledger
from ses_feedback.metrics.emf import flush
from ses_feedback.metrics.tally import Tally
from ses_feedback.settings.file import load_settings
from ses_feedback.timestamp import to_text

logger, metrics = Logger(), Metrics()
warnings.filterwarnings("ignore", "No application metrics to publish")  # an event without feedback has none
processor = BatchProcessor(
    event_type=EventType.SQS, raise_on_entire_batch_failure=False, logger=getLogger(logger.name)
)
settings = load_settings()
ALERT_SENDER = address.normalise(os.environ["ALERT_SENDER"])
classifier = settings.classifier  # its rules load now, while Lambda gives a whole processor, not with the first event
tally = Tally(settings)
intake = Intake(
    Ledger(boto3.client("dynamodb"), os.environ["TABLE_NAME"], settings, ALERT_SENDER),
    DeadLetters(boto3.client("sqs"), os.environ["DEAD_LETTERS_URL"], "process_feedback"),
    settings,
)


@metrics.log_metrics
@logger.inject_lambda_context
def handler(event: dict[str, Any], context: LambdaContext) -> Any:
    """A batch from SQS is answered by the records that must come again; any other event fails as a whole."""
    answer: Any
    if is_sqs_batch(event):
        answer = process_partial_response(event, take_record, processor, context)
    else:
        answer = report(intake.take_event(event, context.aws_request_id, datetime.now(UTC)))
    flush(tally)
    return answer


def take_record(record: SQSRecord) -> None:
    report(intake.take_text(record.body, record.message_id, datetime.now(UTC)))


def report(taken: IntakeResult) -> dict[str, int]:
    """One log line per event, without addresses, and the counts as metrics; the answer of a plain event."""
    for recorded in taken.recorded:
        if recorded.is_new:
            tally.add(recorded.decision, to_text(datetime.now(UTC)))
        logger.info("recorded" if recorded.is_new else "known already", extra=recorded.facts)
    if taken.dropped:
        logger.info("dropped on purpose", reasons=dict(taken.dropped))
    if taken.unreadable:
        logger.warning("unreadable: see the dead letters for the cause")
    counts = taken.counts(ALERT_SENDER)
    for name, count in counts.items():
        metrics.add_metric(name=name, unit=MetricUnit.Count, value=count)
    return counts
