"""Records feedback: from the feedback queue, or directly from an SNS topic or a rule of EventBridge."""

from typing import Annotated, Any, NamedTuple

from aws_lambda_powertools import Logger

from ses_feedback.address import normalise
from ses_feedback.aws_client import client
from ses_feedback.dead_letters import DeadLetters
from ses_feedback.entry import enter
from ses_feedback.handlers.process_feedback import Recorder
from ses_feedback.intake import Intake
from ses_feedback.ledger.table import Ledger
from ses_feedback.metrics.emf import function_metrics
from ses_feedback.metrics.tally import Tally
from ses_feedback.settings.file import load_settings


class Environment(NamedTuple):
    table_name: Annotated[str, "LedgerTable or ExistingTable"]
    alert_sender: Annotated[str, "AlertSender"]
    dead_letters_url: Annotated[str, "DeadLetters"]


env, entry = enter("ProcessFeedback", Environment)
logger, metrics, settings = Logger(), function_metrics(), load_settings()
classifier = settings.classifier  # its rules load now, while Lambda gives a whole processor, not with the first event
alert_sender = normalise(env.alert_sender)
ledger = Ledger(client("dynamodb"), env.table_name, settings, alert_sender)
dead_letters = DeadLetters(client("sqs"), env.dead_letters_url, "process_feedback")
intake = Intake(ledger, dead_letters, settings, logger.warning)
recorder = Recorder(intake, Tally(settings), logger, metrics, alert_sender=alert_sender)


@entry
@metrics.log_metrics
@logger.inject_lambda_context
def handler(event: dict[str, Any], context: Any) -> Any:
    """A batch from SQS is answered with the records to redeliver; any other event fails as a whole."""
    return recorder.answer(event, context)
