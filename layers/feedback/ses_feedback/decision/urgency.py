"""How soon a team must know of an event, if at all."""

from datetime import datetime

from ses_feedback import address, timestamp
from ses_feedback.decision.decide import Decision
from ses_feedback.vocabulary import LIVE_DAYS, NOT_SPAM, Action, Kind, Urgency, feedback_type


def urgency(decision: Decision, now: datetime, alert_sender: str) -> Urgency | None:
    """How soon the team must know; None if it need not, or if the mail was an alert of ours, which would loop."""
    feedback = decision.feedback
    if feedback.occurred_at < timestamp.later(timestamp.to_text(now), days=-LIVE_DAYS):
        return None
    if feedback.kind is Kind.ACCOUNT:
        return Urgency.AT_ONCE
    if feedback.recipient is None or feedback.is_sent_by(address.normalise(alert_sender)):
        return None
    match feedback.kind, decision.action:
        case (Kind.BOUNCE | Kind.DELIVERY_DELAY, Action.FIX_SENDER):
            return Urgency.AT_ONCE
        case (Kind.REJECT | Kind.RENDERING_FAILURE, _):
            return Urgency.AT_ONCE
        case (Kind.BOUNCE, Action.IGNORE):
            return None
        case (Kind.BOUNCE, _):
            return Urgency.DIGEST
        case (Kind.COMPLAINT, _):
            is_not_spam = feedback_type(feedback.complaint_feedback_type) == NOT_SPAM
            can_wait = is_not_spam or decision.ses_list
            return Urgency.DIGEST if can_wait else Urgency.AT_ONCE
        case _:
            return None
