"""What one report means, which evidence it gives, and what it did to its address."""

from typing import Any

import pytest

from ses_feedback import timestamp
from ses_feedback.decision.decide import Decision, decide
from ses_feedback.decision.effect import judge
from ses_feedback.decision.evidence import evidence_of
from ses_feedback.decision.fact import REINSTATED
from ses_feedback.decision.state import Evidence, Place, Stamp, State, keep_days
from ses_feedback.settings.file import Settings
from ses_feedback.vocabulary import Action, Effect, Reason
from tests.samples import changed, feedback_in, load, one, settings_with, without

BOUNCE = load("story/04_production_hard_bounce.json")
COMPLAINT = load("story/05_production_complaint.json")
DELIVERY = changed(load("story/06_production_delivery.json"), "mail.tags", {"environment": ["staging"]})
SOFT = load("story/02_staging_soft_bounce.json")
LISTED = load("ses/bounce_account_suppression_list.json")


def fact_of(event: Any, settings: Settings) -> str | None:
    evidence = evidence_of(decide(feedback_in(event)[0], settings))
    return evidence.place.fact if evidence else None


def told(settings: Settings, *events: Any, state: State | None = None) -> list[Decision]:
    """The decisions on a history of events about one address, each with its effect."""
    state, decisions = state or State(), []
    for event in events:
        decision = decide(feedback_in(event)[0], settings)
        if evidence := evidence_of(decision):
            state = state.merged(evidence, keep_days(settings))
            decision = decision.with_effect(judge(evidence, state, settings))
        decisions.append(decision)
    return decisions


def effects(settings: Settings, *events: Any) -> list[Effect]:
    return [decision.effect for decision in told(settings, *events)]


def sent(event: Any, day: int) -> Any:
    """The same event about another mail, sent on another day of November 2026."""
    moved = changed(event, "mail.timestamp", f"2026-11-{day:02}T08:00:00.000Z")
    kind = (event.get("eventType") or event["notificationType"]).lower()
    moved = changed(moved, f"{kind}.timestamp", f"2026-11-{day:02}T08:00:01.000Z")
    return changed(moved, "mail.messageId", f"mail-{day}")


# --- Evidence -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "fact"),
    [
        ("story/04_production_hard_bounce.json", "user_unknown"),
        ("story/03_staging_nxdomain.json", "domain_invalid"),
        ("ses/bounce_nxdomain_as_transient.json", "soft.domain_invalid"),
        ("story/02_staging_soft_bounce.json", "soft.mailbox_full"),
        ("story/05_production_complaint.json", "complaint.abuse.full"),
        ("ses/complaint_several_recipients.json", "complaint.abuse.low"),
        ("ses/complaint_not_spam.json", "not_spam"),
        ("ses/complaint_account_suppression_list.json", "ses_suppressed.account"),
        ("ses/bounce_account_suppression_list.json", "ses_suppressed.account"),
        ("ses/bounce_suppressed.json", "ses_suppressed.global"),
        ("story/06_production_delivery.json", "delivered"),
        ("story/07_production_dmarc_rejection.json", None),
        ("story/08_production_out_of_office.json", None),
        ("story/09_production_reputation_block.json", None),
        ("ses/event_delivery_delay.json", None),
        ("ses/event_send.json", None),
        ("ses/event_reject.json", None),
        ("ses/event_open.json", None),
        ("ses/event_click.json", None),
        ("ses/event_subscription.json", None),
        ("ses/event_rendering_failure.json", None),
    ],
)
def test_every_report_gives_the_evidence_that_it_is(name: str, fact: str | None, settings: Settings) -> None:
    assert fact_of(load(name), settings) == fact


def test_a_recipient_that_is_only_delayed_is_soft_even_in_a_permanent_bounce(settings: Settings) -> None:
    event = load("ses/bounce_permanent_but_delayed.json")
    found = [evidence_of(decide(feedback, settings)) for feedback in feedback_in(event)]
    assert [evidence.is_soft for evidence in found if evidence] == [False, True]


@pytest.mark.parametrize(
    ("sub_type", "fact"),
    [
        ("OnAccountSuppressionList", "ses_suppressed.account"),
        ("OnTenantSuppressionList", "ses_suppressed.tenant"),
        ("Suppressed", "ses_suppressed.global"),
        ("UnsubscribedRecipient", None),
        ("on-account suppression_list", "ses_suppressed.account"),
        ("OnSomeOtherSuppressionList", "ses_suppressed.global"),
        ("EmailValidationSuppressed", "ses_suppressed.validation"),
    ],
)
def test_each_of_ses_lists_is_evidence_of_its_own_kind(sub_type: str, fact: str | None, settings: Settings) -> None:
    event = without(changed(LISTED, "bounce.bounceSubType", sub_type), "bounce.bouncedRecipients.0.diagnosticCode")
    assert fact_of(event, settings) == fact
    assert fact_of(changed(COMPLAINT, "complaint.complaintSubType", sub_type), settings) == fact


def by_tenant(event: Any, name: str) -> Any:
    return changed(event, "mail.tags", {"ses:tenant-name": [name]})


@pytest.mark.parametrize(
    "event",
    [
        changed(LISTED, "bounce.bounceSubType", "OnTenantSuppressionList"),
        changed(COMPLAINT, "complaint.complaintSubType", "on tenant suppression list"),
    ],
)
def test_a_tenants_list_is_evidence_about_mail_of_that_tenant(event: Any, settings: Settings) -> None:
    assert fact_of(by_tenant(event, "paper-lantern"), settings) == "ses_suppressed.tenant.paper-lantern"
    assert fact_of(by_tenant(event, "a#b"), settings) == "ses_suppressed.tenant"


def test_a_tenants_delivery_is_evidence_about_that_tenant(settings: Settings) -> None:
    assert fact_of(by_tenant(DELIVERY, "paper-lantern"), settings) == "delivered.tenant.paper-lantern"


def test_only_a_delivery_by_that_tenant_clears_what_its_list_said(settings: Settings) -> None:
    listed = by_tenant(changed(LISTED, "bounce.bounceSubType", "OnTenantSuppressionList"), "paper-lantern")
    delivery = load("story/06_production_delivery.json")
    history = [sent(listed, 1), sent(delivery, 2), sent(by_tenant(delivery, "other"), 3)]
    last = sent(by_tenant(delivery, "paper-lantern"), 4)
    decisions = told(settings, *history, last)
    assert [decision.effect for decision in decisions] == [
        *(Effect.SUPPRESSED, Effect.NONE, Effect.NONE),
        Effect.CLEARED,
    ]
    assert decisions[0].suppression
    assert decisions[0].suppression.scope == "tenant:paper-lantern"


@pytest.mark.parametrize("sub_type", ["General", None])
@pytest.mark.parametrize(
    ("words", "fact"),
    [
        ("did not send the message … because it is on the suppression list for your account.", "account"),
        ("did not send the message … because it is on the suppression list for your tenant.", "tenant.paper-lantern"),
        ("has suppressed sending to this address because it has a recent history of bouncing", "global"),
    ],
)
def test_without_a_sub_type_ses_own_words_name_the_list(
    words: str, fact: str, sub_type: str | None, settings: Settings
) -> None:
    event = by_tenant(changed(LISTED, "bounce.bounceSubType", sub_type), "paper-lantern")
    event = changed(event, "bounce.bouncedRecipients.0.diagnosticCode", f"Amazon SES {words}")
    assert fact_of(event, settings) == f"ses_suppressed.{fact}"


@pytest.mark.parametrize(
    ("named", "fact"),
    [
        ("abuse", "complaint.abuse.full"),
        ("fraud", "complaint.fraud.full"),
        ("virus", "complaint.virus.full"),
        (None, "complaint.unspecified.full"),
        ("", "complaint.unspecified.full"),
        ("New #Kind.of|É", "complaint.new__kind_of__.full"),
        ("x" * 500, f"complaint.{'x' * 40}.full"),
        ("auth-failure", None),
        ("not-spam", "not_spam"),
    ],
)
def test_every_type_of_complaint_is_a_fact_that_a_key_can_hold(
    named: str | None, fact: str | None, settings: Settings
) -> None:
    assert fact_of(changed(COMPLAINT, "complaint.complaintFeedbackType", named), settings) == fact


@pytest.mark.parametrize("event", [BOUNCE, changed(SOFT, "bounce.bounceType", "Transient")])
def test_the_simulator_gives_no_evidence(event: Any, settings: Settings) -> None:
    event = changed(event, "bounce.bouncedRecipients.0.emailAddress", "bounce+x@simulator.amazonses.com")
    assert fact_of(changed(event, "mail.destination", ["bounce+x@simulator.amazonses.com"]), settings) is None


def test_bounces_count_by_the_time_of_sending_and_complaints_by_their_own(settings: Settings) -> None:
    bounce = evidence_of(decide(one(BOUNCE), settings))
    complaint = evidence_of(decide(one(COMPLAINT), settings))
    assert bounce is not None
    assert complaint is not None
    assert (bounce.time, complaint.time) == ("2026-11-20T09:11:05.000Z", "2026-11-20T09:26:18.000Z")


def test_both_paths_of_one_event_give_one_value(settings: Settings) -> None:
    again = load("story/12_production_hard_bounce_again.json")
    first, second = (evidence_of(decide(one(event), settings)) for event in (BOUNCE, again))
    assert first is not None
    assert second is not None
    assert (first.stamp, first.place) == (second.stamp, second.place)


# --- Effects ------------------------------------------------------------------------------------------------


def test_a_hard_bounce_suppresses(settings: Settings) -> None:
    [decision] = told(settings, BOUNCE)
    assert (decision.reason, decision.action) == (Reason.USER_UNKNOWN, Action.SUPPRESS)
    assert decision.effect is Effect.SUPPRESSED
    assert decision.suppression is not None
    assert decision.suppression.scope == "global"


@pytest.mark.parametrize(
    ("event", "effect"),
    [
        (COMPLAINT, Effect.SUPPRESSED),
        (SOFT, Effect.COUNTED),
        (DELIVERY, Effect.NONE),
        (LISTED, Effect.SUPPRESSED),
        (load("ses/complaint_several_recipients.json"), Effect.COUNTED),
        (load("ses/complaint_not_spam.json"), Effect.NONE),
        (load("story/07_production_dmarc_rejection.json"), Effect.NONE),
        (load("story/08_production_out_of_office.json"), Effect.NONE),
        (load("ses/event_delivery_delay.json"), Effect.NONE),
    ],
)
def test_on_an_address_without_history_a_report_has_its_own_effect(
    event: Any, effect: Effect, settings: Settings
) -> None:
    assert effects(settings, event) == [effect]


def test_the_fifth_soft_bounce_suppresses_and_the_next_prolongs(settings: Settings) -> None:
    history = [sent(SOFT, day) for day in range(1, 8)]
    assert effects(settings, *history) == [Effect.COUNTED] * 4 + [Effect.SUPPRESSED] * 3


def test_a_delivery_clears_soft_evidence_once(settings: Settings) -> None:
    assert effects(settings, sent(SOFT, 1), sent(DELIVERY, 2))[-1] is Effect.CLEARED
    assert effects(settings, sent(SOFT, 2), sent(DELIVERY, 1))[-1] is Effect.NONE


def test_after_a_delivery_an_older_soft_bounce_has_no_effect(settings: Settings) -> None:
    assert effects(settings, sent(DELIVERY, 2), sent(SOFT, 1)) == [Effect.NONE, Effect.NONE]


def test_after_a_delivery_counting_soft_bounces_starts_over(settings: Settings) -> None:
    history = [sent(SOFT, 1), sent(SOFT, 2), sent(SOFT, 3), sent(SOFT, 4), sent(DELIVERY, 5), sent(SOFT, 6)]
    assert effects(settings, *history)[-1] is Effect.COUNTED


def test_not_spam_clears_a_complaint(settings: Settings) -> None:
    not_spam = changed(sent(COMPLAINT, 3), "complaint.complaintFeedbackType", "not-spam")
    assert effects(settings, sent(COMPLAINT, 2), not_spam) == [Effect.SUPPRESSED, Effect.CLEARED]


def test_a_complaint_of_low_confidence_about_a_suppressed_address_is_only_counted(settings: Settings) -> None:
    low = load("ses/complaint_several_recipients.json")
    assert effects(settings, BOUNCE, low) == [Effect.SUPPRESSED, Effect.COUNTED]


def test_a_second_hard_bounce_suppresses_again(settings: Settings) -> None:
    assert effects(settings, sent(BOUNCE, 1), sent(BOUNCE, 2)) == [Effect.SUPPRESSED] * 2


def test_a_copy_has_the_effect_of_the_first(settings: Settings) -> None:
    assert effects(settings, BOUNCE, load("story/12_production_hard_bounce_again.json")) == [Effect.SUPPRESSED] * 2


def test_evidence_from_before_a_reinstatement_has_no_effect(settings: Settings) -> None:
    reinstated = Evidence(Place(REINSTATED, "*", "*"), Stamp("2026-11-10T00:00:00.000Z|~"))
    state = State().merged(reinstated, keep_days(settings))
    found = told(settings, sent(BOUNCE, 9), sent(BOUNCE, 11), state=state)
    assert [decision.effect for decision in found] == [Effect.NONE, Effect.SUPPRESSED]


def test_a_hard_bounce_that_the_policy_only_counts_is_counted() -> None:
    assert effects(settings_with("[policy.user_unknown]\nsuppress = false"), BOUNCE) == [Effect.COUNTED]


def test_the_suppression_of_a_soft_bounce_says_when_it_ends(settings: Settings) -> None:
    decision = told(settings, *(sent(SOFT, day) for day in range(1, 6)))[-1]
    assert decision.suppression is not None
    assert decision.suppression.scope == "environment:staging"
    assert decision.suppression.until == timestamp.later("2026-11-05T08:00:00.000Z", days=7)


@pytest.mark.parametrize("written", ["Not-Spam", "NOT-SPAM", " not-spam", "not_spam"])
def test_not_spam_never_suppresses_however_the_reporter_writes_it(written: str, settings: Settings) -> None:
    assert fact_of(changed(COMPLAINT, "complaint.complaintFeedbackType", written), settings) == "not_spam"


def test_not_spam_that_lists_several_recipients_lifts_nothing(settings: Settings) -> None:
    several = load("ses/complaint_several_recipients.json")
    assert fact_of(changed(several, "complaint.complaintFeedbackType", "not-spam"), settings) is None


def test_a_recipient_who_is_named_twice_is_one_recipient(settings: Settings) -> None:
    twice = [{"emailAddress": "a@example.org"}, {"emailAddress": "Ann <A@example.org>"}]
    assert fact_of(changed(COMPLAINT, "complaint.complainedRecipients", twice), settings) == "complaint.abuse.full"


def test_a_later_delivery_shows_that_ses_no_longer_holds_the_address_back(settings: Settings) -> None:
    delivery = sent(load("story/06_production_delivery.json"), 2)
    assert effects(settings, sent(LISTED, 1), delivery) == [Effect.SUPPRESSED, Effect.CLEARED]
