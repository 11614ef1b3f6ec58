"""Classification, by a table of replies (replies.toml), by what AWS documents, and by properties."""

import re
import tomllib
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from ses_feedback.bounces.classification import BounceReport, Classification, Classifier, classify
from ses_feedback.bounces.details import detail_of, provider_of
from ses_feedback.bounces.rules import BUILT_IN, _phrase, built_in_rules, load_rules, read_rules
from ses_feedback.ses_lists import held_by
from ses_feedback.vocabulary import ACTION_OF, Action, Reason

REPLIES: dict[str, list[str]] = tomllib.loads(Path(__file__).with_name("replies.toml").read_text(encoding="utf-8"))


def answer(reply: str) -> Classification:
    """Classify a line of the table: `{5.1.1 Permanent/NoEmail delayed} the words`."""
    facts, text = re.fullmatch(r"(?:\{([^}]*)\} ?)?(.*)", reply, re.DOTALL).groups()  # type: ignore[union-attr]
    status = bounce_type = bounce_sub_type = action = None
    for fact in (facts or "").split():
        if re.fullmatch(r"\d\.\d+\.\d+", fact):
            status = fact
        elif "/" in fact:
            bounce_type, bounce_sub_type = fact.split("/")
        elif not fact.isdigit():
            action = fact
    return classify(
        BounceReport(
            status=status,
            diagnostic=text or None,
            action=action,
            bounce_type=bounce_type,
            bounce_sub_type=bounce_sub_type,
        )
    )


# --- The table --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("reason", Reason)
def test_every_reply_of_the_table_has_its_reason(reason: Reason) -> None:
    wrong = {
        reply: found
        for reply in REPLIES[reason]
        if (found := answer(reply)).reason is not reason  # a set of failures says more than the first
    }
    assert not wrong


@pytest.mark.parametrize("reason", Reason)
def test_every_reason_has_at_least_three_examples(reason: Reason) -> None:
    assert len(REPLIES[reason]) >= 3


def test_every_rule_decides_an_example() -> None:
    deciding = {answer(reply).rule for replies in REPLIES.values() for reply in replies}
    assert {rule.name for rule in built_in_rules()} - deciding == set()


def test_no_reply_that_blames_the_sender_suppresses() -> None:
    at_fault = [reason for reason, action in ACTION_OF.items() if action is not Action.SUPPRESS]
    assert not [r for reason in at_fault for r in REPLIES[reason] if answer(r).action is Action.SUPPRESS]


def test_the_phrases_of_the_table_are_written_as_they_are_compared() -> None:
    table = tomllib.loads(BUILT_IN.read_text(encoding="utf-8"))
    phrases = [p for keys in table.values() for key in ("text", "unless") for p in _alternatives(keys, key)]
    assert [p for p in phrases if p.isascii() and _phrase(p).strip() != p.removesuffix("*")] == []


def _alternatives(keys: dict[str, str], key: str) -> list[str]:
    return " ".join(keys[key].split()).split(" | ") if key in keys else []


def test_the_built_in_rules_pass_the_checks_for_custom_rules() -> None:
    read_rules(tomllib.loads(BUILT_IN.read_text(encoding="utf-8")), "rules.toml")


# --- What SES wraps around ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "sub_type", ["OnAccountSuppressionList", "on-tenant suppression_list", "OnSomeOtherSuppressionList"]
)
@pytest.mark.parametrize(
    ("status", "diagnostic"),
    [
        ("5.1.1", None),
        ("4.2.2", "smtp; 452 4.2.2 The email account is over quota"),
        ("5.7.1", "smtp; 550 5.7.1 Message refused: sender is on a block list"),
    ],
)
def test_a_list_of_ses_decides_whatever_the_reply_beside_it_says(
    sub_type: str, status: str, diagnostic: str | None
) -> None:
    found = classify(BounceReport(status, diagnostic, bounce_type="Transient", bounce_sub_type=sub_type))
    assert (found.reason, found.action) == (Reason.SES_SUPPRESSED, Action.SUPPRESS)


@pytest.mark.parametrize(
    ("condition", "reason"),
    [('text = "over quota"', Reason.SES_SUPPRESSED), ('type = "/Suppressed"', Reason.MAILBOX_FULL)],
)
def test_a_custom_rule_decides_over_a_list_of_ses_only_by_its_type(condition: str, reason: Reason) -> None:
    custom = Classifier(load_rules(f'mine = {{ reason = "mailbox_full", {condition} }}', "test"))
    report = BounceReport(diagnostic="550 over quota", bounce_type="Permanent", bounce_sub_type="Suppressed")
    assert custom.classify(report).reason is reason


def test_the_cause_inside_an_expired_message_decides() -> None:
    found = classify(
        BounceReport(
            status="4.4.7",
            diagnostic="smtp; 4.4.7 Message expired: unable to deliver in 840 minutes."
            "<450 4.2.2 The email account that you tried to reach is over quota>",
        )
    )
    assert found.reason is Reason.MAILBOX_FULL


def test_an_expired_message_without_cause_is_a_network_error() -> None:
    found = classify(
        BounceReport(status="4.4.7", diagnostic="4.4.7 Message expired: unable to deliver in 840 minutes.<>")
    )
    assert (found.reason, found.action) == (Reason.NETWORK_ERROR, Action.COUNT_SOFT)


def test_the_refusal_inside_an_unknown_address_error_decides() -> None:
    found = classify(
        BounceReport(status="5.1.0", diagnostic="smtp; 5.1.0 - Unknown address error 550-'5.7.1 Blocked by SpamCop'")
    )
    assert found.reason is Reason.REPUTATION_BLOCK


def test_a_phrase_is_found_across_the_lines_of_a_reply() -> None:
    assert answer("550-5.1.1 <a@b.example>: No such\n550 5.1.1 user here").rule == "no-such-user"


def test_the_address_inside_a_phrase_does_not_break_it() -> None:
    assert answer("550 user <kim.example+tag@mx-1.example> does not exist").reason is Reason.USER_UNKNOWN


# --- What SES's types may and may not say ---------------------------------------------------------------------


def test_a_transient_bounce_without_details_is_an_autoreply() -> None:
    found = classify(BounceReport(bounce_type="Transient", bounce_sub_type="General"))
    assert found == Classification(Reason.AUTOREPLY, Action.IGNORE, "autoreply-without-details")


@pytest.mark.parametrize("sub_type", ["General", "NoEmail"])
def test_a_permanent_bounce_without_details_suppresses(sub_type: str) -> None:
    found = classify(BounceReport(bounce_type="Permanent", bounce_sub_type=sub_type, status="5.0.0", action="failed"))
    assert (found.reason, found.action) == (Reason.USER_UNKNOWN, Action.SUPPRESS)


def test_a_delayed_recipient_of_a_permanent_bounce_is_judged_by_itself() -> None:
    found = classify(
        BounceReport(bounce_type="Permanent", bounce_sub_type="General", status="4.0.0", action="delayed")
    )
    assert (found.reason, found.action) == (Reason.UNKNOWN, Action.COUNT_SOFT)


def test_words_that_nobody_knows_do_not_suppress_even_if_ses_says_permanent() -> None:
    found = classify(BounceReport(bounce_type="Permanent", bounce_sub_type="General", diagnostic="smtp; 550 hm"))
    assert found == Classification(Reason.UNKNOWN, Action.COUNT_SOFT, "nothing-fits")


def test_a_permanent_type_does_not_turn_a_rate_limit_into_a_suppression() -> None:
    found = classify(
        BounceReport(bounce_type="Permanent", bounce_sub_type="General", diagnostic="smtp; 550 Ip frequency limited")
    )
    assert (found.reason, found.action) == (Reason.RATE_LIMITED, Action.RETRY)


def test_a_transient_type_does_not_hide_a_dmarc_rejection() -> None:
    found = classify(
        BounceReport(
            bounce_type="Transient",
            bounce_sub_type="General",
            diagnostic="smtp; 550 5.7.26 Unauthenticated email from x.example is not accepted due to DMARC policy",
        )
    )
    assert found.action is Action.FIX_SENDER


def test_a_text_without_codes_is_as_temporary_as_ses_says() -> None:
    permanent = classify(BounceReport(bounce_type="Permanent", bounce_sub_type="General", diagnostic="user unknown"))
    transient = classify(BounceReport(bounce_type="Transient", bounce_sub_type="General", diagnostic="user unknown"))
    assert (permanent.action, transient.action) == (Action.SUPPRESS, Action.COUNT_SOFT)


def test_a_delay_is_classified_by_its_type_where_nothing_else_speaks() -> None:
    found = classify(BounceReport(bounce_sub_type="IPFailure", action="delayed"))
    assert found.reason is Reason.REPUTATION_BLOCK


def test_types_that_aws_may_add_are_unknown() -> None:
    found = classify(BounceReport(bounce_type="Permanent", bounce_sub_type="SomethingNew"))
    assert (found.reason, found.action) == (Reason.UNKNOWN, Action.COUNT_SOFT)


# --- Temporary ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "diagnostic"),
    [
        (None, "450 4.1.1 <a@b.example>: User unknown"),
        ("4.1.1", None),
        ("5.1.1", "450 User unknown"),
        ("4.1.1", "550 User unknown"),
        (None, "550 4.1.1 User unknown"),
    ],
)
def test_a_four_anywhere_counts_softly_and_keeps_its_reason(status: str | None, diagnostic: str | None) -> None:
    found = classify(BounceReport(status=status, diagnostic=diagnostic))
    assert (found.reason, found.action) == (Reason.USER_UNKNOWN, Action.COUNT_SOFT)


def test_a_delayed_recipient_never_suppresses() -> None:
    assert classify(BounceReport(status="5.1.1", diagnostic="550 5.1.1 User unknown", action="delayed")).action is (
        Action.COUNT_SOFT
    )


def test_a_host_name_is_not_a_reply_code() -> None:
    assert answer("host mx-450.e.example said: 550 user unknown").action is Action.SUPPRESS


# --- Properties -------------------------------------------------------------------------------------------------

WORDS = sorted({word for replies in REPLIES.values() for reply in replies for word in reply.split()})
ANY_TEXT = st.text(st.characters(codec=None, categories=None), max_size=300) | st.lists(
    st.sampled_from(WORDS), max_size=25
).map(" ".join)
STATUSES = st.none() | st.from_regex(r"\A[245]\.\d{1,2}\.\d{1,3}\Z") | st.text(max_size=8)
TYPES = st.sampled_from([None, "Permanent", "Transient", "Undetermined", "Later"])
SUB_TYPES = st.sampled_from([None, "General", "NoEmail", "MailboxFull", "IPFailure", "Suppressed", "Later"])
ACTIONS = st.sampled_from([None, "failed", "delayed", "x"])


@given(STATUSES, ANY_TEXT, ACTIONS, TYPES, SUB_TYPES)
def test_any_input_has_the_same_answer_twice_and_an_action_that_suits_its_reason(
    status: str | None, text: str, action: str | None, bounce_type: str | None, sub_type: str | None
) -> None:
    first, second = (
        classify(
            BounceReport(
                status=status,
                diagnostic=text,
                action=action,
                bounce_type=bounce_type,
                bounce_sub_type=sub_type,
            )
        )
        for _ in range(2)
    )
    assert first == second
    allowed = {ACTION_OF[first.reason]} | ({Action.COUNT_SOFT} if first.action is Action.COUNT_SOFT else set())
    assert first.action in allowed
    if first.action is not ACTION_OF[first.reason]:
        assert ACTION_OF[first.reason] is Action.SUPPRESS


@given(st.sampled_from(["421", "450 4.1.1", "451 5.1.1", "452-4.2.2"]), ANY_TEXT, STATUSES, TYPES, SUB_TYPES)
def test_no_reply_that_begins_with_a_four_suppresses(
    code: str, text: str, status: str | None, bounce_type: str | None, sub_type: str | None
) -> None:
    assume(held_by(sub_type) is None)
    found = classify(
        BounceReport(
            status=status,
            diagnostic=f"smtp; {code} {text}",
            bounce_type=bounce_type,
            bounce_sub_type=sub_type,
        )
    )
    assert found.action is not Action.SUPPRESS


@given(ANY_TEXT)
def test_details_and_provider_never_raise(text: str) -> None:
    detail_of(text)
    provider_of(diagnostic=text, reporting_mta=text)


@pytest.mark.parametrize(
    "text", ["\ud800 user unknown", "a" * 100_000, "@" * 100_000, "5.1.1 " * 20_000, "\u0665\u0665\u0660"]
)
def test_odd_and_huge_texts_are_classified(text: str) -> None:
    assert classify(BounceReport(diagnostic=text)).reason in Reason
    detail_of(text)


@pytest.mark.parametrize("page", ["http://x.example/unknown-user", "https://x.example/help?why=user+unknown"])
def test_the_address_of_a_page_suppresses_nobody(page: str) -> None:
    reply = f"smtp; 550 5.7.1 Blocked, see {page}"
    assert classify(BounceReport(status="5.7.1", diagnostic=reply)).action is not Action.SUPPRESS
    gone = f"smtp; 550 5.1.1 User unknown, see {page}"
    assert classify(BounceReport(status="5.1.1", diagnostic=gone)).reason is Reason.USER_UNKNOWN
