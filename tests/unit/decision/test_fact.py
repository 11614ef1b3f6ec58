"""A fact is its stored text: what is built is what is read back, and a key can hold it."""

import pytest

from ses_feedback.decision.fact import SES_ACCOUNT, Fact
from ses_feedback.decision.state import NEVER, Stamp
from ses_feedback.ses_lists import SesList
from ses_feedback.vocabulary import Reason


@pytest.mark.parametrize(
    ("fact", "text"),
    [
        (Fact.hard(Reason.USER_UNKNOWN), "user_unknown"),
        (Fact.soft(Reason.MAILBOX_FULL), "soft.mailbox_full"),
        (Fact.complaint("abuse", is_certain=True), "complaint.abuse.full"),
        (Fact.complaint("a.b#c", is_certain=False), "complaint.a_b_c.low"),
        (Fact.complaint("", is_certain=True), "complaint.unspecified.full"),
        (Fact.ses_suppressed(SesList.TENANT), "ses_suppressed.tenant"),
        (Fact.ses_suppressed(SesList.TENANT, "paper-lantern"), "ses_suppressed.tenant.paper-lantern"),
        (Fact.ses_suppressed(SesList.TENANT, "not#one.of SES's"), "ses_suppressed.tenant"),
        (Fact.ses_suppressed(SesList.ACCOUNT, "paper-lantern"), "ses_suppressed.account"),
        (Fact.ses_suppressed(SesList.OTHER), "ses_suppressed.global"),
        (Fact.delivered(), "delivered"),
        (Fact.delivered("paper-lantern"), "delivered.tenant.paper-lantern"),
        (Fact.delivered("not#one"), "delivered"),
        (Fact.operator(90), "operator.90"),
        (Fact.operator(None), "operator"),
    ],
)
def test_a_fact_is_its_stored_text(fact: Fact, text: str) -> None:
    assert fact == Fact(text)
    assert type(str(fact)) is str


def test_a_fact_from_a_bounce_names_its_reason() -> None:
    assert Fact("user_unknown").reason is Reason.USER_UNKNOWN
    assert Fact("soft.mailbox_full").reason is Reason.MAILBOX_FULL
    assert SES_ACCOUNT.reason is Reason.SES_SUPPRESSED
    assert Fact("complaint.unknown.full").reason is None


@pytest.mark.parametrize(
    ("text", "tenant"),
    [
        ("ses_suppressed.tenant.paper-lantern", "paper-lantern"),
        ("delivered.tenant.paper-lantern", "paper-lantern"),
        ("ses_suppressed.tenant", ""),
        ("ses_suppressed.account", ""),
        ("delivered", ""),
        ("complaint.tenant.full", ""),
    ],
)
def test_a_fact_about_one_tenant_names_it(text: str, tenant: str) -> None:
    assert Fact(text).tenant == tenant


def test_a_complaint_says_its_type_and_whether_it_is_certain() -> None:
    certain, uncertain = Fact("complaint.fraud.full"), Fact("complaint.fraud.low")
    assert (certain.feedback_type, certain.is_certain, uncertain.is_certain) == ("fraud", True, False)


@pytest.mark.parametrize(("text", "days"), [("operator", None), ("operator.90", 90)])
def test_an_operators_fact_says_for_how_long(text: str, days: int | None) -> None:
    assert Fact(text).is_from_operator
    assert Fact(text).days == days


def test_stamps_compare_by_time_before_their_event() -> None:
    earlier, later = Stamp.of("2026-01-01T00:00:00.000Z", "b"), Stamp.of("2026-01-02T00:00:00.000Z", "a")
    assert NEVER < earlier < later
    assert (later.time, later.event_id, later.day) == ("2026-01-02T00:00:00.000Z", "a", "2026-01-02")
