"""What process_feedback would record, for whom and why; each address is one without history."""

import json
from collections import defaultdict
from datetime import UTC, datetime
from typing import Any

from ses_feedback import timestamp
from ses_feedback.alerts.words import words_about
from ses_feedback.decision.alone import decide_alone
from ses_feedback.decision.decide import Decision
from ses_feedback.decision.urgency import urgency
from ses_feedback.errors import Unreadable
from ses_feedback.events.document import NoFeedback, Opened
from ses_feedback.events.read import read_feedback
from ses_feedback.events.transport import open_text
from ses_feedback.ledger.rows import event_row
from ses_feedback.ledger.table import WITHOUT_ROW
from ses_feedback.local.dry_run import dead_letter
from ses_feedback.settings.file import Settings, load_settings
from ses_feedback.vocabulary import LIVE_DAYS

type Findings = list[dict[str, Any]]


def answer(event: dict[str, Any], env: Any) -> dict[str, Findings]:
    """`would_record`: rows of the ledger; `would_count`: events that get no row; `would_drop` and
    `would_be_dead_letters`: what is not feedback, and what cannot be read. Only those that there are.
    """
    settings, now, found = load_settings(), datetime.now(UTC), defaultdict[str, Findings](list)
    for opened in open_text(json.dumps(event)):
        try:
            _judge(opened, settings, env.alert_sender, now, found)
        except Unreadable as unreadable:
            found["would_be_dead_letters"].append(dead_letter(unreadable))
    return found


def _judge(opened: Opened, settings: Settings, alert_sender: str, now: datetime, found: dict[str, Findings]) -> None:
    if isinstance(opened, Unreadable):
        raise opened
    feedback = opened if isinstance(opened, NoFeedback) else read_feedback(opened, now)
    if isinstance(feedback, NoFeedback):
        found["would_drop"].append({"reason": feedback.reason, "why": feedback.why})
        return
    for report in feedback:
        kind = "would_count" if report.kind in WITHOUT_ROW else "would_record"
        found[kind].append(_described(decide_alone(report, settings), settings, alert_sender, now))


def _described(decision: Decision, settings: Settings, alert_sender: str, now: datetime) -> dict[str, Any]:
    """The row, what it means, and who would be alerted."""
    alert = urgency(decision, now, alert_sender)
    row = event_row(decision, alert, settings.policy.history_days)
    return row.to_item() | {
        "meaning": words_about(row, decision.effect).meaning,
        "alerted": _alerted(decision, alert_sender, now),
    }


def _alerted(decision: Decision, alert_sender: str, now: datetime) -> str:
    team = decision.route.team
    if alert := urgency(decision, now, alert_sender):
        return f"{team}: {alert}"
    then = urgency(decision, timestamp.to_datetime(decision.feedback.occurred_at), alert_sender)
    return f"nobody: it is older than {LIVE_DAYS} day(s); a new one alerts {team}: {then}" if then else "nobody"
