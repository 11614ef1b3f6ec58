"""A function that a queue calls with batches, and others with plain events."""

from collections.abc import Callable
from logging import getLogger
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response

if TYPE_CHECKING:
    from aws_lambda_powertools import Logger
    from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
    from aws_lambda_powertools.utilities.typing import LambdaContext


class BatchOrEvent:
    """`on_record` is called with each record of a batch: what it raises is logged, and fails that record alone.
    `on_event` is called with any other event, and what it raises fails the invocation.
    """

    def __init__(
        self,
        *,
        on_record: "Callable[[SQSRecord], object]",
        on_event: "Callable[[dict[str, Any], LambdaContext], Any]",
        logger: "Logger",
    ) -> None:
        self._on_record, self._on_event = on_record, on_event
        self._processor = BatchProcessor(
            event_type=EventType.SQS, raise_on_entire_batch_failure=False, logger=getLogger(logger.name)
        )

    def answer(self, event: dict[str, Any], context: "LambdaContext") -> Any:
        """A batch is answered with the ids of the records to redeliver."""
        if records := _records_of_sqs(event):
            return process_partial_response({"Records": records}, self._on_record, self._processor, context)
        return self._on_event(event, context)


def _records_of_sqs(event: Any) -> list[Any]:
    """The records of a batch from a queue, else none. A pipe of EventBridge hands over the list without `Records`."""
    records = event.get("Records") if isinstance(event, dict) else event
    if not isinstance(records, list):
        return []
    are_of_sqs = all(isinstance(record, dict) and record.get("eventSource") == "aws:sqs" for record in records)
    return records if are_of_sqs else []
