"""process_feedback's work: messages are processed, and the outcome of each is logged and counted."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools.metrics import MetricUnit

from ses_feedback.handlers.sqs_batch import BatchOrEvent
from ses_feedback.intake import Intake, IntakeResult
from ses_feedback.metrics.emf import flush
from ses_feedback.metrics.tally import Tally
from ses_feedback.timestamp import to_text

if TYPE_CHECKING:
    from aws_lambda_powertools import Logger, Metrics
    from aws_lambda_powertools.utilities.typing import LambdaContext


class Recorder:
    """`alert_sender`: the key of the address that alerts come from. Raises botocore's errors: try again later."""

    def __init__(
        self, intake: Intake, tally: Tally, logger: "Logger", metrics: "Metrics", *, alert_sender: str
    ) -> None:
        self._intake, self._tally, self._alert_sender = intake, tally, alert_sender
        self._logger, self._metrics = logger, metrics
        self._triggers = BatchOrEvent(on_batch=self._batch, on_event=self._event, logger=logger)

    def answer(self, event: dict[str, Any], context: "LambdaContext") -> Any:
        """A batch from SQS is answered with the records to redeliver, any other event with its counts."""
        answer = self._triggers.answer(event, context)
        flush(self._tally)
        return answer

    def _batch(self, messages: list[tuple[str, str]]) -> list[Callable[[], object]]:
        return [partial(self._report, result) for result in self._intake.take(messages, datetime.now(UTC))]

    def _event(self, event: dict[str, Any], context: "LambdaContext") -> dict[str, int]:
        text = json.dumps(event)  # back to text, since Lambda has decoded lone surrogates
        [result] = self._intake.take([(text, context.aws_request_id)], datetime.now(UTC))
        return self._report(result)

    def _report(self, result: IntakeResult) -> dict[str, int]:
        """One log line per event, without addresses, and the counts as metrics; answers the counts. Raises what made
        the message fail.
        """
        for recorded in result.recorded:
            if recorded.is_new:
                self._tally.add(recorded.decision, to_text(datetime.now(UTC)))
            self._logger.info("recorded" if recorded.is_new else "known already", extra=recorded.facts)
        if result.dropped:
            self._logger.info("dropped on purpose", reasons=dict(result.dropped))
        if result.unreadable:
            self._logger.warning("unreadable: see the dead letters for the cause")
        counts = result.counts(self._alert_sender)
        for name, count in counts.items():
            self._metrics.add_metric(name=name, unit=MetricUnit.Count, value=count)
        if result.failure:
            raise result.failure
        return counts
