"""Intake: a message is recorded, dropped on purpose, or sent to the dead letters."""

import json
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime

from ses_feedback.dead_letters import DeadLetters
from ses_feedback.decision.decide import decide
from ses_feedback.errors import Unreadable
from ses_feedback.events.document import Document, NoFeedback, Opened
from ses_feedback.events.read import read_feedback
from ses_feedback.events.transport import open_text
from ses_feedback.ledger.table import Ledger, Recorded
from ses_feedback.settings.file import Settings
from ses_feedback.strict_json import Json
from ses_feedback.vocabulary import Kind


@dataclass(slots=True)
class IntakeResult:
    """The outcome of a message: what was recorded, what was dropped and why, how much was unreadable."""

    recorded: list[Recorded] = field(default_factory=list)
    dropped: Counter[str] = field(default_factory=Counter)
    unreadable: int = 0

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


class Intake:
    """Processes messages. Only retryable errors escape (botocore's), so that SQS redelivers."""

    def __init__(self, ledger: Ledger, dead_letters: DeadLetters, settings: Settings) -> None:
        self._ledger, self._dead_letters, self._settings = ledger, dead_letters, settings

    def take_event(self, event: Json, origin: str, now: datetime) -> IntakeResult:
        """A decoded event as a trigger hands it over (`Records[].Sns`, or the list of a pipe)."""
        text = json.dumps(event)  # back to text, since Lambda has decoded lone surrogates
        return self.take_text(text, origin, now)

    def take_text(self, text: str, origin: str, now: datetime) -> IntakeResult:
        """A message's body, in whatever envelopes; `origin` names it in the dead letters."""
        result, unreadable = IntakeResult(), list[tuple[Unreadable, str]]()
        for opened in open_text(text):
            try:
                self._take_opened(opened, result, now)
            except Unreadable as error:
                unreadable.append((error, (opened.origin if isinstance(opened, Document) else None) or origin))
        if unreadable:  # last: if anything above fails, the retry must not send it twice
            (first, first_origin), others = unreadable[0], len(unreadable) - 1
            cause = f"{first.cause} (and {others} more in this message)" if others else first.cause
            self._dead_letters.send(text, Unreadable(cause, first.place), first_origin)
        result.unreadable = len(unreadable)
        return result

    def _take_opened(self, opened: Opened, result: IntakeResult, now: datetime) -> None:
        if isinstance(opened, Unreadable):
            raise opened
        feedback = opened if isinstance(opened, NoFeedback) else read_feedback(opened, now)
        if isinstance(feedback, NoFeedback):
            result.dropped[feedback.reason] += 1
            return
        for report in feedback:
            result.recorded.append(self._ledger.record(decide(report, self._settings), now))
