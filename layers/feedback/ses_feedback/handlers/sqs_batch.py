"""A function that a queue calls with batches, and others with plain events."""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from aws_lambda_powertools import Logger
    from aws_lambda_powertools.utilities.typing import LambdaContext


type Step = Callable[[], object]


class BatchOrEvent:
    """`on_batch` is called with the messages of a batch, their bodies and ids, and answers with a step for each: what
    that raises is logged, and fails its message alone. `on_event` is called with any other event, and what it raises
    fails the invocation.
    """

    def __init__(
        self,
        *,
        on_batch: Callable[[list[tuple[str, str]]], Iterable[Step]],
        on_event: "Callable[[dict[str, Any], LambdaContext], Any]",
        logger: "Logger",
    ) -> None:
        self._on_batch, self._on_event, self._logger = on_batch, on_event, logger

    def answer(self, event: dict[str, Any], context: "LambdaContext") -> Any:
        """A batch is answered with the ids of the messages to redeliver."""
        if records := _messages_of_sqs(event):
            messages = [(record["body"], record["messageId"]) for record in records]
            steps = zip(messages, self._on_batch(messages), strict=True)
            failed = [message_id for (_, message_id), step in steps if not self._succeeds(step, message_id)]
            return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in failed]}
        return self._on_event(event, context)

    def _succeeds(self, step: Step, message_id: str) -> bool:
        try:
            step()
        except Exception:
            self._logger.exception("the message failed: SQS redelivers it", message_id=message_id)
            return False
        return True


def _messages_of_sqs(event: Any) -> list[Any]:
    """The messages of a batch from a queue, else none. A pipe of EventBridge hands over the bare list."""
    records = event.get("Records") if isinstance(event, dict) else event
    if not isinstance(records, list):
        return []
    are_of_sqs = all(isinstance(record, dict) and record.get("eventSource") == "aws:sqs" for record in records)
    return records if are_of_sqs else []
