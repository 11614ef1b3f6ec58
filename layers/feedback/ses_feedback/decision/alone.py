"""The decision on one report by itself: what it does to an address without history."""

from ses_feedback.decision.decide import Decision, decide
from ses_feedback.decision.effect import judge
from ses_feedback.decision.evidence import evidence_of
from ses_feedback.decision.state import State, keep_days
from ses_feedback.events.feedback import Feedback
from ses_feedback.settings.file import Settings


def decide_alone(feedback: Feedback, settings: Settings) -> Decision:
    """The decision with its effect, as if nothing else were known of the address."""
    decision = decide(feedback, settings)
    evidence = evidence_of(decision)
    if evidence is None:
        return decision
    return decision.with_effect(judge(evidence, State().merged(evidence, keep_days(settings)), settings))
