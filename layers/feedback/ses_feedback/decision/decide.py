"""Decision: one report, classified and routed, and the effect it had."""

from typing import NamedTuple

from ses_feedback.address import is_simulated
from ses_feedback.bounces.classification import BounceReport, Classification, Classifier
from ses_feedback.bounces.details import Detail, detail_of, provider_of
from ses_feedback.decision.effect import Judged
from ses_feedback.decision.routing import Route, route
from ses_feedback.decision.suppression import Suppression
from ses_feedback.events.feedback import Feedback
from ses_feedback.ses_lists import SesList, held_by, named_in
from ses_feedback.settings.file import Settings
from ses_feedback.vocabulary import Action, Effect, Kind, Reason


class Decision(NamedTuple):
    """What was decided about one report. Only bounces and delays have a `classification`; `suppression` is set where
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
    def is_simulated(self) -> bool:
        """Whether Amazon's mailbox simulator answered, so that nobody bounced or complained."""
        return any(map(is_simulated, filter(None, (self.feedback.recipient, self.feedback.original_recipient))))

    @property
    def ses_list(self) -> SesList | None:
        """Which of SES's lists held the mail back: as the sub-type says, else SES's own words. None if none did."""
        feedback = self.feedback
        held = held_by(feedback.bounce_sub_type or feedback.complaint_sub_type)
        by_words = (feedback.kind, self.reason, self.action) == (Kind.BOUNCE, Reason.SES_SUPPRESSED, Action.SUPPRESS)
        return named_in(feedback.diagnostic) if held is None and by_words else held

    @property
    def detail(self) -> Detail:
        """What the server's reply tells a refused sender; nothing from other replies."""
        refused = self.action in (Action.FIX_SENDER, Action.RETRY)
        return detail_of(self.feedback.diagnostic) if refused else Detail()

    @property
    def provider(self) -> str | None:
        """Who runs the recipient's mail, where a bounce or a delay shows it."""
        if self.classification is None:
            return None
        return provider_of(reporting_mta=self.feedback.reporting_mta, diagnostic=self.feedback.diagnostic)

    def with_effect(self, judged: Judged) -> "Decision":
        """The decision, once its evidence has met the history of its address (`judge`)."""
        return self._replace(effect=judged.effect, suppression=judged.suppression)


def decide(feedback: Feedback, settings: Settings) -> Decision:
    """Classify and route. The effect is `Effect.NONE` until the evidence is judged."""
    return Decision(feedback, _classify(feedback, settings.classifier), route(feedback.origin, settings))


def _classify(feedback: Feedback, classifier: Classifier) -> Classification | None:
    if feedback.kind not in (Kind.BOUNCE, Kind.DELIVERY_DELAY):
        return None
    report = BounceReport(
        status=feedback.status,
        diagnostic=feedback.diagnostic,
        reporting_mta=feedback.reporting_mta,
        action=feedback.dsn_action or ("delayed" if feedback.kind is Kind.DELIVERY_DELAY else None),
        bounce_type=feedback.bounce_type,
        bounce_sub_type=feedback.bounce_sub_type or feedback.delay_type,
    )
    return classifier.classify(report)
