"""What evidence, time and policy make of an address. A day here is `day(n)`; evidence is a line."""

import pytest

from ses_feedback import timestamp
from ses_feedback.decision import suppression
from ses_feedback.decision.fact import NOT_SPAM, REINSTATED, Fact
from ses_feedback.decision.state import Evidence, Place, Stamp, State, keep_days
from ses_feedback.decision.suppression import Suppression, applies_to, suppressions
from ses_feedback.scope import Scope
from ses_feedback.settings.checks import parse_settings
from ses_feedback.settings.file import Settings
from tests.samples import SHIPPED, settings_with


def day(number: float) -> str:
    return timestamp.later("2026-01-01T00:00:00.000Z", days=number)


def fact(name: str, at: float, environment: str = "production", stream: str = "transactional") -> Evidence:
    return Evidence(Place(Fact(name), environment, stream), Stamp.of(day(at), f"{name}-{at}"))


def soft(*days: float, environment: str = "production", reason: str = "mailbox_full") -> list[Evidence]:
    return [fact(f"soft.{reason}", at, environment) for at in days]


def found(settings: Settings, *evidence: Evidence) -> list[Suppression]:
    state = State()
    for piece in evidence:
        state = state.merged(piece, keep_days(settings))
    return suppressions(state, settings)


def only(settings: Settings, *evidence: Evidence) -> Suppression:
    [suppression] = found(settings, *evidence)
    return suppression


def days_of(suppression: Suppression) -> float:
    assert suppression.until is not None
    return (timestamp.to_datetime(suppression.until) - timestamp.to_datetime(suppression.since)).days


# --- Facts that decide at once ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name", ["user_unknown", "mailbox_inactive", "complaint.abuse.full", "ses_suppressed.account"]
)
def test_some_facts_hold_for_good(name: str, settings: Settings) -> None:
    suppression = only(settings, fact(name, 0))
    assert (suppression.scope, suppression.fact, suppression.since, suppression.until) == (
        "global",
        name,
        day(0),
        None,
    )


@pytest.mark.parametrize(("name", "days"), [("domain_invalid", 30), ("ses_suppressed.global", 14)])
def test_some_facts_hold_for_a_while(name: str, days: int, settings: Settings) -> None:
    suppression = only(settings, fact(name, 0))
    assert suppression.holds_at(timestamp.later(day(days), seconds=-1))
    assert not suppression.holds_at(day(days))


@pytest.mark.parametrize("name", ["delivered", "reinstated", "not_spam", "complaint.abuse.low", "unheard_of"])
def test_some_facts_suppress_nobody(name: str, settings: Settings) -> None:
    assert found(settings, fact(name, 0)) == []


def test_the_fact_that_holds_longest_decides(settings: Settings) -> None:
    assert only(settings, fact("user_unknown", 0), fact("domain_invalid", 5)).fact == "user_unknown"


def test_a_repeated_fact_suppresses_again(settings: Settings) -> None:
    assert only(settings, fact("domain_invalid", 0), fact("domain_invalid", 20)).until == day(50)


@pytest.mark.parametrize(
    ("policy", "name"),
    [
        ("[policy.user_unknown]\nsuppress = false", "user_unknown"),
        ("[policy.mailbox_inactive]\nsuppress = false", "mailbox_inactive"),
        ("[policy.domain_invalid]\nsuppress = false", "domain_invalid"),
        ("[policy.complaint]\nsuppress = false", "complaint.abuse.full"),
    ],
)
def test_the_policy_may_say_that_a_fact_does_not_suppress(policy: str, name: str) -> None:
    assert found(settings_with(policy), fact(name, 0)) == []


def test_the_policy_may_say_for_how_long() -> None:
    assert only(settings_with("[policy.user_unknown]\ndays = 90"), fact("user_unknown", 0)).until == day(90)


def test_the_policy_may_make_a_complaint_of_low_confidence_count() -> None:
    settings = settings_with('[policy.complaint]\nlow_confidence = "suppress"')
    assert only(settings, fact("complaint.abuse.low", 0)).until is None


# --- How far a fact reaches ---------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["user_unknown", "complaint.abuse.full", "ses_suppressed.account", "domain_invalid"])
@pytest.mark.parametrize("environment", ["dev", "staging", "removed_from_the_settings"])
def test_evidence_outside_production_stays_in_its_environment(
    name: str, environment: str, settings: Settings
) -> None:
    assert only(settings, fact(name, 0, environment, "marketing")).scope == f"environment:{environment}"


def test_no_policy_lets_evidence_out_of_its_environment() -> None:
    settings = settings_with('[policy.user_unknown]\nscope = "global"')
    assert only(settings, fact("user_unknown", 0, "dev")).scope == "environment:dev"


def test_a_marketing_complaint_stops_marketing_only(settings: Settings) -> None:
    scope = only(settings, fact("complaint.abuse.full", 0, stream="marketing")).scope
    assert applies_to(Scope(scope), "production", "marketing", settings)
    assert not applies_to(Scope(scope), "production", "transactional", settings)


def test_a_marketing_bounce_stops_everything(settings: Settings) -> None:
    assert only(settings, fact("user_unknown", 0, stream="marketing")).scope == "global"


def test_a_tenants_list_holds_for_its_stream(settings: Settings) -> None:
    assert only(settings, fact("ses_suppressed.tenant", 0)).scope == "message_stream:transactional"


@pytest.mark.parametrize(
    ("scope", "found_scope"),
    [
        ("global", "global"),
        ("environment", "environment:production"),
        ("message_stream", "message_stream:marketing"),
        ("default", "message_stream:marketing"),
    ],
)
def test_the_policy_may_say_how_far(scope: str, found_scope: str) -> None:
    settings = settings_with(f'[policy.complaint]\nscope = "{scope}"')
    assert only(settings, fact("complaint.abuse.full", 0, stream="marketing")).scope == found_scope


def test_scopes_are_judged_apart(settings: Settings) -> None:
    evidence = [fact("user_unknown", 0, "dev"), fact("complaint.abuse.full", 0, stream="marketing")]
    assert [s.scope for s in found(settings, *evidence)] == ["environment:dev", "message_stream:marketing"]


@pytest.mark.parametrize(
    ("scope", "environment", "applies"),
    [
        ("global", "production", True),
        ("global", "dev", True),
        ("environment:dev", "dev", True),
        ("environment:dev", "production", False),
        ("environment:dev", "staging", False),
        ("message_stream:marketing", "production", False),
        ("message_stream:transactional", "production", True),
        ("message_stream:transactional", "dev", False),
    ],
)
def test_a_scope_applies_where_it_says(scope: str, environment: str, applies: bool, settings: Settings) -> None:
    assert applies_to(Scope(scope), environment, "transactional", settings) is applies


# --- Soft evidence ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("days", "suppresses"),
    [
        ((0, 1, 2, 3, 4), True),
        ((0, 0.1, 0.2, 1, 2), True),
        ((0, 1, 2, 3), False),
        ((0, 0.1, 0.2, 0.3, 1), False),
        ((0, 60, 120, 179, 179.9), True),
        ((0, 60, 120, 179, 180), False),
    ],
)
def test_five_soft_bounces_on_three_days_within_half_a_year_suppress(
    days: tuple[float, ...], suppresses: bool, settings: Settings
) -> None:
    assert bool(found(settings, *soft(*days))) is suppresses


@pytest.mark.parametrize(
    ("days", "held"),
    [
        ((0, 1, 2, 3, 4), 7),
        ((0, 1, 2, 3, 4, 5), 30),
        ((0, 12, 24, 36, 48, 59), 30),
        ((0, 12, 24, 36, 48, 60), 7),
        ((0, 1, 2, 3, 4, 5, 150, 151, 152, 153), 90),
        ((0, 1, 2, 190, 190.1, 191, 191.1, 192), 7),
        (tuple(range(9)), 30),
        (tuple(range(10)), 90),
        (tuple(range(40)), 90),
    ],
)
def test_more_days_of_soft_bounces_hold_for_longer(days: tuple[float, ...], held: int, settings: Settings) -> None:
    suppression = only(settings, *soft(*days))
    assert days_of(suppression) == held
    assert suppression.since == day(days[-1])


def test_a_later_single_soft_bounce_does_not_end_a_suppression(settings: Settings) -> None:
    assert only(settings, *soft(0, 1, 2, 3, 4, 190)).since == day(4)


@pytest.mark.parametrize(
    ("days", "until"),
    [
        ((0, 1, 2, 3, 4, 59, 62), 89),
        ((*range(9), 179, 185), 269),
        ((*range(9), 179, 189, 201, 213, 225, 237), 269),
    ],
)
def test_a_later_soft_bounce_with_fewer_beside_it_shortens_nothing(
    days: tuple[int, ...], until: int, settings: Settings
) -> None:
    assert only(settings, *soft(*days)).until == day(until)


def test_soft_bounces_too_few_to_count_do_not_shorten_a_long_suppression() -> None:
    narrow = settings_with("[policy.soft]\nwithin_days = 30")
    assert only(narrow, *soft(*range(10), 40, 41, 42, 43, 74, 75, 76, 77)).until == day(99)


def test_soft_reasons_count_together(settings: Settings) -> None:
    evidence = [*soft(0, 1, reason="mailbox_full"), *soft(2, 3, 4, reason="server_error")]
    assert only(settings, *evidence).fact == "soft.server_error"


def test_soft_evidence_of_two_environments_does_not_count_together(settings: Settings) -> None:
    assert found(settings, *soft(0, 1, 2), *soft(3, 4, environment="dev")) == []


def test_an_event_that_two_paths_place_differently_counts_once(settings: Settings) -> None:
    again = [Evidence(Place(e.place.fact, "production", "marketing"), e.stamp) for e in soft(0, 1, 2, 3)]
    assert found(settings, *soft(0, 1, 2, 3), *again) == []


@pytest.mark.parametrize(("at", "suppressed"), [(4.5, False), (0.5, False), (0, True), (-1, True)])
def test_a_delivery_clears_the_soft_evidence_before_it(at: float, suppressed: bool, settings: Settings) -> None:
    assert bool(found(settings, *soft(0, 1, 2, 3, 4), fact("delivered", at))) is suppressed


def test_a_delivery_does_not_clear_hard_evidence(settings: Settings) -> None:
    assert found(settings, fact("user_unknown", 0), fact("delivered", 1))


def test_soft_evidence_may_be_switched_off() -> None:
    assert found(settings_with("[policy.soft]\nsuppress = false"), *soft(*range(10))) == []


@pytest.mark.parametrize(
    "policy",
    [
        "[policy.soft]\nescalation = []",
        "[policy.soft]\nevidence = 12\ndistinct_days = 2",
        "[policy.soft]\nevidence = 50\ndistinct_days = 1\nwithin_days = 60",
    ],
)
def test_enough_is_kept_for_whatever_the_policy_asks(policy: str) -> None:
    settings = settings_with(policy)
    assert found(settings, *soft(*range(settings.policy.soft.evidence)))


# --- SES's own lists ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "scope", "days"),
    [
        ("ses_suppressed.account", "global", None),
        ("ses_suppressed.global", "global", 14),
        ("ses_suppressed.validation", "global", 1),
        ("ses_suppressed.tenant", "message_stream:transactional", None),
        ("ses_suppressed.tenant.paper-lantern", "tenant:paper-lantern", None),
    ],
)
def test_each_of_ses_lists_reaches_and_lasts_in_its_own_way(
    name: str, scope: str, days: int | None, settings: Settings
) -> None:
    held = only(settings, fact(name, 0))
    assert (held.scope, held.until) == (scope, day(days) if days else None)


def test_a_tenants_list_outside_production_stays_in_its_environment(settings: Settings) -> None:
    held = only(settings, fact("ses_suppressed.tenant.paper-lantern", 0, environment="dev"))
    assert held.scope == "environment:dev"


def test_a_tenants_suppression_stops_mail_of_that_tenant_alone(settings: Settings) -> None:
    scope, mail = Scope.of_tenant("paper-lantern"), ("production", "transactional", settings)
    assert applies_to(scope, *mail, tenant="paper-lantern")
    assert not applies_to(scope, *mail, tenant="other")
    assert not applies_to(scope, *mail)


@pytest.mark.parametrize("lifting", ["delivered", "delivered.tenant.paper-lantern"])
@pytest.mark.parametrize("name", ["account", "global", "validation", "tenant"])
def test_any_delivery_clears_what_the_other_lists_said(lifting: str, name: str, settings: Settings) -> None:
    assert found(settings, fact(f"ses_suppressed.{name}", 0), fact(lifting, 1)) == []
    assert found(settings, fact(f"ses_suppressed.{name}", 0), fact(lifting, -1))


# --- What takes evidence back -------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["user_unknown", "domain_invalid", "complaint.abuse.full", "ses_suppressed.account"])
@pytest.mark.parametrize(("at", "suppressed"), [(1, False), (0, False), (-1, True)])
def test_a_reinstatement_overrides_all_earlier_evidence(
    name: str, at: float, suppressed: bool, settings: Settings
) -> None:
    reinstated = Evidence(Place(REINSTATED, "*", "*"), Stamp.of(day(at), "~"))
    assert bool(found(settings, fact(name, 0), reinstated)) is suppressed


def test_a_reinstatement_clears_soft_evidence_too(settings: Settings) -> None:
    assert found(settings, *soft(0, 1, 2, 3, 4), Evidence(Place(REINSTATED, "*", "*"), Stamp.of(day(5), "~"))) == []


def test_a_reinstatement_of_one_stream_leaves_the_others(settings: Settings) -> None:
    reinstated = Evidence(Place(REINSTATED, "*", "marketing"), Stamp.of(day(1), "~"))
    assert found(settings, fact("complaint.abuse.full", 0, stream="marketing"), reinstated) == []
    assert found(settings, fact("complaint.abuse.full", 0), reinstated)


@pytest.mark.parametrize(("at", "suppressed"), [(1, False), (-1, True)])
def test_not_spam_lifts_an_earlier_complaint(at: float, suppressed: bool, settings: Settings) -> None:
    assert bool(found(settings, fact("complaint.abuse.full", 0), fact("not_spam", at))) is suppressed


def test_not_spam_does_not_lift_a_bounce(settings: Settings) -> None:
    assert found(settings, fact("user_unknown", 0), fact("not_spam", 1))


def test_a_change_of_policy_changes_the_answer(settings: Settings) -> None:
    state = State().merged(fact("complaint.abuse.full", 0, stream="marketing"), keep_days(settings))
    text = SHIPPED.read_text(encoding="utf-8").replace("marketing = true", "marketing = false")
    assert [s.scope for s in suppressions(state, settings)] == ["message_stream:marketing"]
    assert [s.scope for s in suppressions(state, parse_settings(text))] == ["global"]


@pytest.mark.parametrize("fact", [NOT_SPAM, REINSTATED, Fact.delivered()])
def test_what_happens_in_dev_lifts_nothing_in_production(fact: Fact) -> None:
    place = Place(Fact("complaint.abuse.full" if not fact.is_delivery else "soft.mailbox_full"), "production", "x")
    state = State({Place(fact, "dev", "x"): Stamp("2026-11-20T09:00:00.000Z|b")})
    assert suppression.counts(place, "2026-11-19T09:00:00.000Z", state)
