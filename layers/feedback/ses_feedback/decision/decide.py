"""Decision: one report, classified and routed, with the evidence it gives and the effect it had."""

from dataclasses import dataclass, replace

from ses_feedback import vocabulary
from ses_feedback.address import domain_of
from ses_feedback.bounces.classification import Classification, Classifier, Detail, detail_of, provider_of
from ses_feedback.decision import suppression
from ses_feedback.decision.routing import Route, route
from ses_feedback.decision.suppression import Evidence, Place, State, Suppression
from ses_feedback.events.feedback import Feedback
from ses_feedback.settings.file import Settings
from ses_feedback.vocabulary import Action, Effect, Kind, Reason, feedback_type, is_echo, is_held_by_account_list

SIMULATOR = "simulator.amazonses.com"


@dataclass(frozen=True, slots=True)
class Decision:
    """What one report became. `classification` is None but for bounces and delays; `suppression` is set where
    `effect` is `suppressed`.
    """

    feedback: Feedback
    classification: Classification | None
    route: Route
    effect: Effect = Effect.NONE
    suppression: Suppression | None = None

    @property
    def reason(self) -> Reason | None:
        return self.classification.reason if self.classification else None

    @property
    def action(self) -> Action | None:
        return self.classification.action if self.classification else None

    @property
    def detail(self) -> Detail:
        """What the server's reply tells a refused sender; of all others' replies, nothing."""
        refused = self.action in (Action.FIX_SENDER, Action.RETRY)
        return detail_of(self.feedback.diagnostic) if refused else Detail()

    @property
    def provider(self) -> str | None:
        """Who runs the recipient's mail, where a bounce or a delay tells."""
        if self.classification is None:
            return None
        return provider_of(reporting_mta=self.feedback.reporting_mta, diagnostic=self.feedback.diagnostic)


def decide(feedback: Feedback, settings: Settings) -> Decision:
    """Classify and route; the effect comes when the evidence has met its history (`with_effect`)."""
    return Decision(feedback, _classify(feedback, settings.classifier), route(feedback, settings))


def _classify(feedback: Feedback, classifier: Classifier) -> Classification | None:
    if feedback.kind not in (Kind.BOUNCE, Kind.DELIVERY_DELAY):
        return None
    return classifier.classify(
        status=feedback.status,
        diagnostic=feedback.diagnostic,
        reporting_mta=feedback.reporting_mta,
        action=feedback.dsn_action or ("delayed" if feedback.kind is Kind.DELIVERY_DELAY else None),
        bounce_type=feedback.bounce_type,
        bounce_sub_type=feedback.bounce_sub_type or feedback.delay_type,
    )


def evidence_of(decision: Decision) -> Evidence | None:
    """What the report says about the address; None where it is about the mail, the sender or nothing.

    A delay is no evidence: its mail is still under way, and bounces or arrives later.
    """
    feedback = decision.feedback
    if feedback.recipient is None or domain_of(feedback.recipient) == SIMULATOR:
        return None
    fact, time = _fact(decision), feedback.sent_at
    if fact is None:
        return None
    if fact.startswith(suppression.COMPLAINT) or fact == suppression.NOT_SPAM:
        time = feedback.occurred_at
    place = Place(fact, decision.route.environment, decision.route.message_stream)
    to_the_second = f"{time[:19]}.000Z"  # paths differ in milliseconds, and one event must count once
    return Evidence(place, f"{to_the_second}|{feedback.event_id}", is_soft=fact.startswith(suppression.SOFT))


def _fact(decision: Decision) -> str | None:
    match decision.feedback.kind:
        case Kind.BOUNCE:
            return _fact_of_bounce(decision)
        case Kind.COMPLAINT:
            return _fact_of_complaint(decision.feedback)
        case Kind.DELIVERY:
            return suppression.DELIVERED
        case _:
            return None


def _fact_of_bounce(decision: Decision) -> str | None:
    match decision.action:
        case Action.SUPPRESS if decision.reason is Reason.SES_SUPPRESSED:
            return _fact_of_ses_list(decision.feedback)
        case Action.SUPPRESS:
            return decision.reason
        case Action.COUNT_SOFT:
            return f"{suppression.SOFT}.{decision.reason}"
        case _:
            return None


def _fact_of_ses_list(feedback: Feedback) -> str | None:
    """Which of SES's lists stopped the mail: each lasts, and reaches, in its own way."""
    if is_held_by_account_list(feedback.bounce_sub_type):
        return f"{suppression.SES_SUPPRESSED}.account"
    match (feedback.bounce_sub_type or "").lower():
        case "unsubscribedrecipient":  # belongs to one contact list, says nothing of other mail
            return None
        case "ontenantsuppressionlist":
            return f"{suppression.SES_SUPPRESSED}.tenant"
    by_text = "account" if "account" in (feedback.diagnostic or "").lower() else "global"
    return f"{suppression.SES_SUPPRESSED}.{by_text}"


def _fact_of_complaint(feedback: Feedback) -> str | None:
    if is_echo(feedback.complaint_sub_type):
        return f"{suppression.SES_SUPPRESSED}.account"
    confidence = suppression.FULL if feedback.listed == 1 else suppression.LOW
    match feedback_type(feedback.complaint_feedback_type):
        case vocabulary.NOT_SPAM:  # takes a complaint back, if it is sure whose
            return suppression.NOT_SPAM if confidence == suppression.FULL else None
        case vocabulary.AUTH_FAILURE:  # about the sender's set-up, not the recipient's wish
            return None
        case named:
            return f"{suppression.COMPLAINT}.{_word(named)}.{confidence}"


def _word(text: str) -> str:
    """A feedback type as part of a key: unknown ones are the reporter's text."""
    word = "".join(c if c.isalnum() and c.isascii() else "_" for c in text)[:40]
    return word or "unspecified"


def with_effect(decision: Decision, evidence: Evidence | None, state: State, settings: Settings) -> Decision:
    """The decision with what it did to its address, given the state that its evidence is merged into."""
    if evidence is None:
        return decision
    match evidence.place.fact:
        case suppression.DELIVERED | suppression.NOT_SPAM:
            return replace(decision, effect=Effect.CLEARED if _clears(evidence, state) else Effect.NONE)
    scope = suppression.scope_of(evidence.place, settings)
    held = next((s for s in suppression.suppressions(state, settings) if s.scope == scope), None)
    if not suppression.counts(evidence.place, evidence.value, state):
        return decision
    if held and _decides(evidence, held, state, settings):
        return replace(decision, effect=Effect.SUPPRESSED, suppression=held)
    return replace(decision, effect=Effect.COUNTED)


def _clears(evidence: Evidence, state: State) -> bool:
    """Whether there is something that this takes back."""
    alone = State({evidence.place: evidence.value})
    soft = ((place, value) for place, values in state.soft.items() for value in values)
    return any(not suppression.counts(place, value, alone) for place, value in (*state.registers.items(), *soft))


def _decides(evidence: Evidence, held: Suppression, state: State, settings: Settings) -> bool:
    """Whether the evidence suppresses: by itself, or as soft evidence that begins or prolongs a suppression."""
    place = evidence.place
    if evidence.is_soft:
        others = state.soft.get(place, frozenset()) - {evidence.value}
        before = State(state.registers, {**state.soft, place: others})
        return held not in suppression.suppressions(before, settings)
    return bool(suppression.suppressions(State({place: evidence.value}), settings))
