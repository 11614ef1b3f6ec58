"""Evidence: what a report proves about its address, if anything."""

from ses_feedback import vocabulary
from ses_feedback.address import is_rule
from ses_feedback.decision.decide import Decision
from ses_feedback.decision.fact import NOT_SPAM, Fact
from ses_feedback.decision.state import Evidence, Place, Stamp
from ses_feedback.events.feedback import Feedback
from ses_feedback.ses_lists import SesList
from ses_feedback.vocabulary import Action, Kind, Reason, feedback_type


def evidence_of(decision: Decision) -> Evidence | None:
    """What the report says about the address; None where it is about the mail, the sender or nothing.

    A delay is not evidence: the mail is still in flight and will bounce or arrive.
    """
    feedback = decision.feedback
    if feedback.address is None or decision.is_simulated or is_rule(feedback.address):
        return None  # without a name before the @ it would be evidence about everybody there
    fact = _fact(decision)
    if fact is None:
        return None
    is_by_recipient = fact.is_complaint or fact == NOT_SPAM
    time = feedback.occurred_at if is_by_recipient else feedback.sent_at
    to_the_second = f"{time[:19]}.000Z"  # paths differ in milliseconds, and one event must count once
    place = Place(fact, decision.route.environment, decision.route.message_stream)
    return Evidence(place, Stamp.of(to_the_second, feedback.event_id))


def _fact(decision: Decision) -> Fact | None:
    match decision.feedback.kind:
        case Kind.BOUNCE:
            return _fact_of_bounce(decision)
        case Kind.COMPLAINT:
            return _fact_of_complaint(decision)
        case Kind.DELIVERY:
            return Fact.delivered(decision.feedback.tenant)
        case _:
            return None


def _fact_of_bounce(decision: Decision) -> Fact | None:
    match decision.action, decision.reason:
        case Action.SUPPRESS, Reason.SES_SUPPRESSED:
            return _fact_of_list(decision.ses_list, decision.feedback)
        case Action.SUPPRESS, Reason() as reason:
            return Fact.hard(reason)
        case Action.COUNT_SOFT, Reason() as reason:
            return Fact.soft(reason)
        case _:
            return None


def _fact_of_list(held: SesList | None, feedback: Feedback) -> Fact | None:
    """Each list lasts, and reaches, in its own way; a contact list says nothing of other mail."""
    return None if held in (None, SesList.CONTACT_LIST) else Fact.ses_suppressed(held, feedback.tenant)


def _fact_of_complaint(decision: Decision) -> Fact | None:
    feedback = decision.feedback
    if held := decision.ses_list:
        return _fact_of_list(held, feedback)
    is_certain = feedback.listed == 1
    match feedback_type(feedback.complaint_feedback_type):
        case vocabulary.NOT_SPAM:  # takes a complaint back, if it is certain whose
            return NOT_SPAM if is_certain else None
        case vocabulary.AUTH_FAILURE:  # about the sender's set-up, not the recipient's wish
            return None
        case reported:
            return Fact.complaint(reported, is_certain=is_certain)
