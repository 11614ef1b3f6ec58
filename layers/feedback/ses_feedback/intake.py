"""Intake: a message is recorded, dropped on purpose, or sent to the dead letters."""

from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice

from botocore.exceptions import BotoCoreError, ClientError

from ses_feedback.dead_letters import DeadLetters
from ses_feedback.decision.decide import Decision, decide
from ses_feedback.errors import Unreadable
from ses_feedback.events.document import Document, NoFeedback, Opened
from ses_feedback.events.read import read_feedback
from ses_feedback.events.transport import open_text
from ses_feedback.ledger.known import Known
from ses_feedback.ledger.table import Ledger, Recorded, address_of
from ses_feedback.settings.file import Settings
from ses_feedback.vocabulary import Kind

WORKERS = 10
"""Addresses whose reports are recorded at a time: a client of botocore's keeps as many connections."""


@dataclass(slots=True)
class IntakeResult:
    """The outcome of a message: what was recorded, what was dropped and why, how much was unreadable.

    With a `failure` the message must be retried. `recorded` then has what will be a copy by that time.
    """

    recorded: list[Recorded] = field(default_factory=list)
    dropped: Counter[str] = field(default_factory=Counter)
    unreadable: int = 0
    failure: Exception | None = None

    def counts(self, alert_sender: str) -> dict[str, int]:
        """By kind and by outcome, without the zeros.

        `own_alerts_returned` are mails from `alert_sender` (an address's key) that did not reach their team.
        They cause no alert, which would loop, but have an alarm.
        """
        counts: Counter[str] = Counter(unreadable=self.unreadable, dropped=self.dropped.total())
        for recorded in self.recorded:
            feedback = recorded.decision.feedback
            counts["recorded" if recorded.is_new else "copies"] += 1
            counts[feedback.kind] += recorded.is_new
            is_returned = feedback.kind in (Kind.BOUNCE, Kind.COMPLAINT) and feedback.is_sent_by(alert_sender)
            counts["own_alerts_returned"] += recorded.is_new and is_returned
        return dict(+counts)


@dataclass(slots=True)
class _Message:
    """A message's body, what `origin` calls it in the dead letters, and what was read in it."""

    text: str
    origin: str
    decisions: list[Decision] = field(default_factory=list)
    dropped: Counter[str] = field(default_factory=Counter)
    unreadable: list[tuple[Unreadable, str]] = field(default_factory=list)
    failure: Exception | None = None


class Intake:
    """Processes messages. `warn` is called with what the operators should know, without addresses."""

    def __init__(
        self, ledger: Ledger, dead_letters: DeadLetters, settings: Settings, warn: Callable[[str], object]
    ) -> None:
        self._ledger, self._dead_letters, self._settings, self._warn = ledger, dead_letters, settings, warn

    def take(self, messages: Sequence[tuple[str, str]], now: datetime) -> list[IntakeResult]:
        """Records what messages report, given by their bodies, in whatever envelopes, and their origins.

        The messages are read first, so that the ledger is asked once what it knows of all; then addresses are
        recorded in parallel, the reports about one in their order. What fails, fails its own message.
        """
        read = [self._read(text, origin, now) for text, origin in messages]
        outcomes = iter(self._record([decision for message in read for decision in message.decisions], now))
        return [self._finish(message, list(islice(outcomes, len(message.decisions)))) for message in read]

    def _read(self, text: str, origin: str, now: datetime) -> _Message:
        message = _Message(text, origin)
        try:
            for opened in open_text(text):
                try:
                    self._read_opened(opened, message, now)
                except Unreadable as error:
                    named = opened.origin if isinstance(opened, Document) else None
                    message.unreadable.append((error, named or origin))
        except Exception as failure:
            message.decisions, message.failure = [], failure
        return message

    def _read_opened(self, opened: Opened, message: _Message, now: datetime) -> None:
        if isinstance(opened, Unreadable):
            raise opened
        feedback = opened if isinstance(opened, NoFeedback) else read_feedback(opened, now)
        if isinstance(feedback, NoFeedback):
            message.dropped[feedback.reason] += 1
            return
        message.decisions += [decide(report, self._settings) for report in feedback]

    def _record(self, decisions: Sequence[Decision], now: datetime) -> list[Recorded | Exception]:
        """What became of each decision, in their order."""
        known = self._known(decisions)
        outcomes = dict[int, Recorded | Exception]()
        by_address = dict[str, list[int]]()
        for number, decision in enumerate(decisions):
            by_address.setdefault(address_of(decision), []).append(number)

        def record(numbers: list[int]) -> None:
            for number in numbers:
                try:
                    outcomes[number] = self._ledger.record(decisions[number], now, known=known)
                except Exception as failure:
                    outcomes[number] = failure

        _in_parallel(record, list(by_address.values()))
        return [outcomes[number] for number in range(len(decisions))]

    def _known(self, decisions: Sequence[Decision]) -> Known:
        """What the ledger knows already. It saves requests and decides nothing, so that a look-up that fails or is
        denied must not stop the batch.
        """
        try:
            return self._ledger.known_events(decisions)
        except (BotoCoreError, ClientError) as error:
            code = error.response["Error"]["Code"] if isinstance(error, ClientError) else type(error).__name__
            self._warn(f"DynamoDB did not say what is known already ({code}): copies are written like new events")
            return {}

    def _finish(self, message: _Message, outcomes: list[Recorded | Exception]) -> IntakeResult:
        recorded = [outcome for outcome in outcomes if isinstance(outcome, Recorded)]
        failures = [outcome for outcome in outcomes if isinstance(outcome, Exception)]
        failure = message.failure or next(iter(failures), None)
        try:
            if failure is None:  # last: if anything above fails, the retry must not send it twice
                self._send_unreadable(message)
        except Exception as error:
            failure = error
        if failure:
            return IntakeResult(recorded, failure=failure)
        return IntakeResult(recorded, message.dropped, len(message.unreadable))

    def _send_unreadable(self, message: _Message) -> None:
        if not message.unreadable:
            return
        (first, origin), others = message.unreadable[0], len(message.unreadable) - 1
        cause = f"{first.cause} (and {others} more in this message)" if others else first.cause
        self._dead_letters.send(message.text, Unreadable(cause, first.place), origin)


def _in_parallel[T](work: Callable[[T], None], inputs: Sequence[T]) -> None:
    if len(inputs) == 1:
        work(inputs[0])
    elif inputs:
        with ThreadPoolExecutor(min(WORKERS, len(inputs))) as workers:
            list(workers.map(work, inputs))  # raises what is not an `Exception`
