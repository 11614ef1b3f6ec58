"""What the policy of a reason, or of a kind of complaint, changes; and what may be asked of it at all."""

import pytest

from ses_feedback import timestamp
from ses_feedback.decision.fact import Fact
from ses_feedback.decision.state import Evidence, Place, Stamp, State, keep_days
from ses_feedback.decision.suppression import Suppression, suppressions
from ses_feedback.errors import InvalidSettings
from tests.samples import settings_with


def found(policy: str, *evidence: Evidence) -> list[Suppression]:
    settings, state = settings_with(policy), State()
    for piece in evidence:
        state = state.merged(piece, keep_days(settings))
    return suppressions(state, settings)


def fact(name: str, at: float = 0, stream: str = "transactional") -> Evidence:
    place = Place(Fact(name), "production", stream)
    return Evidence(place, Stamp.of(day(at), f"{name}-{at}"))


def soft(reason: str, *days: float) -> list[Evidence]:
    return [fact(f"soft.{reason}", at) for at in days]


def day(at: float) -> str:
    return timestamp.later("2026-01-01T06:00:00.000Z", days=at)


def fault_of(policy: str) -> str:
    with pytest.raises(InvalidSettings) as caught:
        settings_with(policy)
    return str(caught.value)


# --- Soft reasons -------------------------------------------------------------------------------------------

FULL = "[policy.mailbox_full]\nevidence = 2\ndistinct_days = 2"


def test_a_soft_reason_may_have_its_own_thresholds() -> None:
    [one] = found(FULL, *soft("mailbox_full", 0, 1))
    assert (one.fact, one.until) == ("soft.mailbox_full", day(8))


def test_a_reason_with_its_own_thresholds_counts_by_itself() -> None:
    assert found(FULL, *soft("mailbox_full", 0), *soft("server_error", 1, 2, 3, 4)) == []
    assert found(FULL, *soft("server_error", 1, 2, 3, 4), *soft("unknown", 5))


def test_what_its_table_omits_is_as_for_all_soft_reasons() -> None:
    [one] = found(f"[policy.soft]\ndays = 12\n{FULL}", *soft("mailbox_full", 0, 1))
    assert one.until == day(13)


def test_one_soft_reason_may_be_kept_from_suppressing() -> None:
    policy = "[policy.network_error]\nsuppress = false"
    assert found(policy, *soft("network_error", *range(20))) == []
    assert found(policy, *soft("server_error", *range(20)))


def test_a_soft_reason_may_reach_as_far_as_its_policy_says() -> None:
    [one] = found('[policy.relay_denied]\nscope = "message_stream"', *soft("relay_denied", *range(5)))
    assert one.scope == "message_stream:transactional"


def test_a_temporary_hard_reason_counts_with_all_others() -> None:
    assert found(FULL, *soft("user_unknown", 0, 1, 2), *soft("server_error", 3, 4))


# --- Reasons that decide at once ----------------------------------------------------------------------------


def test_what_holds_for_a_while_may_hold_for_good() -> None:
    [one] = found('[policy.domain_invalid]\ndays = "for good"', fact("domain_invalid"))
    assert one.until is None


def test_a_table_that_says_something_else_leaves_the_days_as_they_are() -> None:
    [one] = found('[policy.domain_invalid]\nscope = "environment"', fact("domain_invalid"))
    assert (one.scope, one.until) == ("environment:production", day(30))


def test_the_mirror_of_sess_lists_may_be_switched_off() -> None:
    assert found("[policy.ses_suppressed]\nsuppress = false", fact("ses_suppressed.account")) == []


# --- Complaints ---------------------------------------------------------------------------------------------


def test_a_kind_of_complaint_may_have_its_own_policy() -> None:
    policy = "[policy.complaint.virus]\ndays = 30"
    [virus], [abuse] = found(policy, fact("complaint.virus.full")), found(policy, fact("complaint.abuse.full"))
    assert (virus.until, abuse.until) == (day(30), None)


def test_what_a_kind_omits_is_as_for_all_complaints() -> None:
    policy = '[policy.complaint]\ndays = 90\nscope = "message_stream"\n[policy.complaint.fraud]\ndays = "for good"'
    [one] = found(policy, fact("complaint.fraud.full"))
    assert (one.scope, one.until) == ("message_stream:transactional", None)


def test_an_unknown_kind_is_treated_like_all_complaints() -> None:
    policy = "[policy.complaint]\ndays = 90\n[policy.complaint.other]\nsuppress = false"
    [one] = found(policy, fact("complaint.brand_new.full"))
    assert one.until == day(90)
    assert found(policy, fact("complaint.other.full")) == []


def test_low_confidence_may_suppress_for_one_kind_only() -> None:
    policy = '[policy.complaint.fraud]\nlow_confidence = "suppress"'
    assert found(policy, fact("complaint.fraud.low"))
    assert found(policy, fact("complaint.abuse.low")) == []


# --- What is refused ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("policy", "key", "says"),
    [
        (
            "[policy.mailbox_ful]",
            "policy.mailbox_ful",
            "allowed: complaint, domain_invalid, history_days, mailbox_full",
        ),
        ("[policy.soft]\nevidense = 3", "policy.soft.evidense", "allowed: days, distinct_days, escalation, evidence"),
        ("[policy.user_unknown]\nevidence = 3", "policy.user_unknown.evidence", "allowed: days, scope, suppress"),
        ("[policy.complaint.not_spam]", "policy.complaint.not_spam", "allowed: abuse, days, fraud, low_confidence"),
        ("[policy.complaint.abuse]\nday = 3", "policy.complaint.abuse.day", "allowed: days, low_confidence, scope"),
        (
            "[policy.soft]\nescalation = [{ distinct_days = 6, within_days = 9, day = 1 }]",
            "policy.soft.escalation.day",
            "allowed: days, distinct_days, within_days",
        ),
        (
            '[policy.soft]\nscope = "galaxy"',
            "policy.soft.scope",
            "should be 'default', 'global', 'environment' or 'message_stream'",
        ),
        (
            "[policy.spam_content]",
            "policy.spam_content",
            "calls for fix_sender and never suppresses an address; allowed",
        ),
        ("[policy.autoreply]\ndays = 2", "policy.autoreply", "calls for ignore and never suppresses"),
        ("[policy.soft]\nwithin_days = 1", "policy.soft", "3 distinct days within 1 days are impossible"),
        ("[policy.unknown]\nwithin_days = 1", "policy.unknown", "3 distinct days within 1 days are impossible"),
    ],
)
def test_what_the_policy_does_not_know_is_refused_with_what_is_allowed(policy: str, key: str, says: str) -> None:
    faults = fault_of(policy).splitlines()
    assert any("feedback.toml, line " in fault and f": {key}: " in fault and says in fault for fault in faults)


def test_an_unknown_name_elsewhere_is_refused_with_what_is_allowed_too() -> None:
    assert (
        "allowed: addresses, configuration_sets, default_configuration_set, domains, production, tags, team"
        in fault_of("[environments.qa]\nteem = 'qa'")
    )
    assert "allowed: default, environments, message_streams, policy" in fault_of("[polcy]")
