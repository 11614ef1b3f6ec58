"""A function that a queue calls with batches, and others with plain events."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from aws_lambda_powertools import Logger
    from aws_lambda_powertools.utilities.typing import LambdaContext


class BatchOrEvent:
    """`on_message` is called with each message of a batch, its body and its id: what it raises is logged, and fails
    that message alone. `on_event` is called with any other event, and what it raises fails the invocation.
    """

    def __init__(
        self,
        *,
        on_message: Callable[[str, str], object],
        on_event: "Callable[[dict[str, Any], LambdaContext], Any]",
        logger: "Logger",
    ) -> None:
        self._on_message, self._on_event, self._logger = on_message, on_event, logger

    def answer(self, event: dict[str, Any], context: "LambdaContext") -> Any:
        """A batch is answered with the ids of the messages to redeliver."""
        if messages := _messages_of_sqs(event):
            failed = [message["messageId"] for message in messages if not self._succeeds(message)]
            return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in failed]}
        return self._on_event(event, context)

    def _succeeds(self, message: dict[str, Any]) -> bool:
        try:
            self._on_message(message["body"], message["messageId"])
        except Exception:
            self._logger.exception("the message failed: SQS redelivers it", message_id=message["messageId"])
            return False
        return True


def _messages_of_sqs(event: Any) -> list[Any]:
    """The messages of a batch from a queue, else none. A pipe of EventBridge hands over the bare list."""
    records = event.get("Records") if isinstance(event, dict) else event
    if not isinstance(records, list):
        return []
    are_of_sqs = all(isinstance(record, dict) and record.get("eventSource") == "aws:sqs" for record in records)
    return records if are_of_sqs else []
