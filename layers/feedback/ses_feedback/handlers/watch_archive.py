"""watch_archive's work: the reports in archived objects go to the feedback queue, the other events are counted.

A delivery is a report as well where it takes something back.
"""

from collections import Counter
from collections.abc import Iterable
from functools import partial
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools.metrics import MetricUnit

from ses_feedback.archive.reader import CHUNK_BYTES
from ses_feedback.archive.reports import ArchiveReports
from ses_feedback.archive.s3_event import S3Object, objects_in
from ses_feedback.dead_letters import DeadLetters
from ses_feedback.decision.suppression import awaits_delivery
from ses_feedback.errors import Unreadable
from ses_feedback.events.document import NoFeedback
from ses_feedback.handlers.sqs_batch import BatchOrEvent
from ses_feedback.ledger.states import read_states
from ses_feedback.metrics.emf import flush
from ses_feedback.metrics.tally import MailRoutes, Tally, counter_of_mails
from ses_feedback.settings.file import Settings
from ses_feedback.strict_json import Json, decode

if TYPE_CHECKING:
    from aws_lambda_powertools import Logger, Metrics
    from aws_lambda_powertools.utilities.typing import LambdaContext
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sqs import SQSClient


class ArchiveWatch:
    """`table`: the ledger's; `feedback_queue` and `dead_letters`: URLs. Raises botocore's errors and `Unavailable`:
    the object is then read again.
    """

    def __init__(
        self,
        *,
        s3: "S3Client",
        dynamodb: "DynamoDBClient",
        table: str,
        sqs: "SQSClient",
        feedback_queue: str,
        dead_letters: str,
        settings: Settings,
        logger: "Logger",
        metrics: "Metrics",
    ) -> None:
        self._s3, self._logger, self._metrics = s3, logger, metrics
        self._dead_letters = DeadLetters(sqs, dead_letters, "watch_archive")
        self._dynamodb, self._table = dynamodb, table
        self._tally = Tally(settings)
        count = counter_of_mails(self._tally, MailRoutes(settings))
        self._reports = ArchiveReports(sqs, feedback_queue, self._dead_letters, count, self._awaiting)
        self._triggers = BatchOrEvent(
            on_batch=lambda messages: [partial(self._message, *message) for message in messages],
            on_event=lambda event, _context: self._event(event),
            logger=logger,
        )

    def answer(self, event: dict[str, Any], context: "LambdaContext") -> Any:
        """A batch from SQS is answered with the records to redeliver, an event of S3 with what its objects hold."""
        return self._triggers.answer(event, context)

    def _message(self, body: str, message_id: str) -> None:
        try:
            self._event(decode(body))
        except Unreadable as unreadable:
            self._dead_letters.send(body, unreadable, message_id)
            self._logger.warning("unreadable: see the dead letters for the cause")

    def _event(self, event: Json) -> dict[str, int]:
        objects = objects_in(event)
        if isinstance(objects, NoFeedback):
            self._logger.info("dropped on purpose", reasons={objects.reason: 1})
            return {}
        return dict(sum(map(self._read_object, objects), Counter()))

    def _read_object(self, item: S3Object) -> Counter[str]:
        self._tally.clear()  # of what an object that failed had counted: it is read again
        body = self._s3.get_object(Bucket=item.bucket, Key=item.key)["Body"]
        counts = self._reports.send(item.uri, body.iter_chunks(CHUNK_BYTES))
        flush(self._tally)
        self._logger.info("archive object read", object=item.uri, counts=dict(counts))
        for name, count in counts.items():
            self._metrics.add_metric(name=f"archived_{name}", unit=MetricUnit.Count, value=count)
        return counts

    def _awaiting(self, addresses: Iterable[str]) -> list[str]:
        states = read_states(self._dynamodb, self._table, addresses)
        return [address for address, state in states if awaits_delivery(state)]
