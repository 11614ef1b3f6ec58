"""Histories of one address, from the reports on: what holds for all of them, whatever the policy.

A sample runs with every test; HISTORIES=100000 (`make properties`) runs as many. Each history is made from its
number alone, so a failure names what to run again.
"""

import os
import random
from copy import replace
from functools import cache

import pytest

from ses_feedback import timestamp
from ses_feedback.decision.decide import Decision, decide
from ses_feedback.decision.evidence import evidence_of
from ses_feedback.decision.override import listed_by_ses, reinstatement, suppression_of, unlisted_by_ses
from ses_feedback.decision.state import Evidence, Stamp, State, keep_days
from ses_feedback.decision.suppression import Suppression, suppressions
from ses_feedback.events.feedback import Feedback
from ses_feedback.events.sender import FROM, Sender
from ses_feedback.settings.file import Settings
from ses_feedback.vocabulary import ACTION_OF, Action, Kind, Reason
from tests.samples import settings_with, shipped_settings

HISTORIES = int(os.environ.get("HISTORIES", "400"))
START, END = "2026-01-01T00:00:00.000Z", "2026-10-01T00:00:00.000Z"
JANE = "jane@example.org"

REPLIES = {
    Reason.USER_UNKNOWN: "550 5.1.1 User unknown",
    Reason.MAILBOX_INACTIVE: "550 5.2.1 The email account that you tried to reach is disabled",
    Reason.DOMAIN_INVALID: "550 5.1.2 Host unknown: domain does not exist",
    Reason.MAILBOX_FULL: "552 5.2.2 Mailbox full",
    Reason.NETWORK_ERROR: "421 4.4.1 Connection timed out",
    Reason.SERVER_ERROR: "451 4.3.0 Internal server error",
    Reason.RATE_LIMITED: "421 4.7.28 rate limit exceeded",
    Reason.MESSAGE_TOO_LARGE: "552 5.3.4 Message size exceeds fixed limit",
    Reason.SPAM_CONTENT: "554 5.7.1 Message rejected as spam",
    Reason.REPUTATION_BLOCK: "554 5.7.1 Client host blocked using zen.spamhaus.org",
    Reason.AUTH_FAILURE: "550 5.7.26 Unauthenticated mail: DMARC policy of the domain",
    Reason.AUTOREPLY: "I am out of the office until Monday",
}
SENDERS = ("shop@example.com", "news@example.com", "dev@example.com", "staging@example.com")
POLICIES = (
    "",
    '[policy.user_unknown]\ndays = 90\n[policy.soft]\nscope = "environment"\n',
    "[policy.soft]\nevidence = 2\ndistinct_days = 1\nescalation = []\n",
    '[policy.complaint]\nlow_confidence = "suppress"\nscope = "global"\n[policy.complaint.virus]\ndays = 30\n',
    "[policy.mailbox_full]\nevidence = 3\ndistinct_days = 2\ndays = 20\n[policy.server_error]\nsuppress = false\n",
    '[policy.mailbox_inactive]\nscope = "message_stream"\n[policy.complaint.abuse]\nscope = "message_stream"\n',
    "[policy.unknown]\nevidence = 1\ndistinct_days = 1\n[policy.domain_invalid]\nsuppress = false\n",
)


@cache
def policy(number: int) -> Settings:
    return settings_with(POLICIES[number]) if number else shipped_settings()


SOFT = [reply for reason, reply in REPLIES.items() if ACTION_OF[reason] is Action.COUNT_SOFT]
LISTS = ("OnAccountSuppressionList", "OnTenantSuppressionList", "Suppressed", "EmailValidationSuppressed")
COMPLAINTS = (None, "abuse", "fraud", "virus", "other", "not-spam", "auth-failure", "brand new")


def report(chance: random.Random, number: int, days: int, *, only_soft: bool) -> Feedback:
    """Any report about Jane: mostly bounces, some complaints of all kinds, and now and then a delivery."""
    weights = [95, 0, 5, 0] if only_soft else [60, 20, 8, 2]
    sent = moment(chance, days)
    common = Feedback(
        kind=chance.choices([Kind.BOUNCE, Kind.COMPLAINT, Kind.DELIVERY, Kind.REJECT], weights)[0],
        event_id=f"{number:06}",
        recipient=JANE,
        received=JANE,
        occurred_at=timestamp.later(sent, hours=chance.randrange(200)),
        sent_at=sent,
        senders=(Sender(chance.choice(SENDERS), FROM),),
        tags=chance.choice([{}, {}, {"ses:tenant-name": ["lantern"]}]),
        listed=chance.choice([1, 1, 3]),
    )
    if common.kind is Kind.COMPLAINT:
        return replace(common, complaint_feedback_type=chance.choice(COMPLAINTS))
    if only_soft:
        return replace(common, diagnostic=chance.choice(SOFT))
    sub_type = chance.choice([None, None, None, *LISTS])
    return replace(common, diagnostic=chance.choice(list(REPLIES.values())), bounce_sub_type=sub_type)


def moment(chance: random.Random, days: int = 240) -> str:
    return timestamp.later(START, minutes=chance.randrange(days * 1440))


@cache
def classified(diagnostic: str | None, sub_type: str | None, senders: tuple[Sender, ...]) -> Decision:
    """Classifying and routing is the same for all reports of a sort."""
    feedback = Feedback(
        kind=Kind.BOUNCE,
        event_id="",
        recipient=JANE,
        received=JANE,
        occurred_at=START,
        sent_at=START,
        senders=senders,
        diagnostic=diagnostic,
        bounce_sub_type=sub_type,
    )
    return decide(feedback, shipped_settings())


def decided(feedback: Feedback) -> Decision:
    found = classified(feedback.diagnostic, feedback.bounce_sub_type, feedback.senders)
    return Decision(feedback, found.classification if feedback.kind is Kind.BOUNCE else None, found.route)


def reports(chance: random.Random) -> list[Decision]:
    """Up to some thirty, crowded or spread over months; one history of three is of soft bounces only."""
    days, only_soft = chance.choice([12, 60, 240]), chance.random() < 0.33
    numbers = range(chance.randrange(1, 35))
    return [decided(report(chance, number, days, only_soft=only_soft)) for number in numbers]


def rulings(chance: random.Random) -> list[Evidence]:
    """What no mail says: operators, and SES's list."""
    found = []
    for _ in range(chance.choice([0, 0, 1, 3])):
        at = timestamp.to_datetime(moment(chance))
        found.append(
            chance.choice(
                [
                    reinstatement(JANE, at, "ops", "x", chance.choice(["*", "marketing"])),
                    suppression_of(JANE, at, "ops", "x", days=chance.choice([None, 9])),
                    suppression_of(JANE, at, "ops", "x", message_stream="marketing"),
                    listed_by_ses(JANE, at, "BOUNCE"),
                    unlisted_by_ses(JANE, at),
                    listed_by_ses(JANE, at, "BOUNCE", "lantern"),
                    unlisted_by_ses(JANE, at, "lantern"),
                ]
            ).evidence
        )
    return found


def evidence_in(decisions: list[Decision]) -> list[Evidence]:
    return [evidence for one in decisions if (evidence := evidence_of(one))]


def folded(history: list[Evidence], settings: Settings) -> State:
    state, kept = State(), keep_days(settings)
    for piece in history:
        state = state.merged(piece, kept)
    return state


def held(history: list[Evidence], settings: Settings) -> list[Suppression]:
    return suppressions(folded(history, settings), settings)


def check(number: int) -> None:
    """All properties of one history."""
    chance, settings = random.Random(number), policy(number % len(POLICIES))
    decisions = reports(chance)
    history = evidence_in(decisions) + rulings(chance)
    state = folded(history, settings)
    found = suppressions(state, settings)

    shuffled = history + chance.choices(history, k=len(history)) if history else []
    chance.shuffle(shuffled)
    again = folded(shuffled, settings)
    assert (again.registers, again.soft) == (state.registers, state.soft), "doubled and reordered: the same state"
    assert suppressions(again, settings) == found, "doubled and reordered: the same answer"

    blamed = (Action.FIX_SENDER, Action.RETRY, Action.IGNORE)
    assert not evidence_in([one for one in decisions if one.action in blamed]), "the sender's fault is no evidence"

    not_spam = [one for one in history if one.place.fact == "not_spam"]
    assert not held(not_spam, settings), "not-spam suppresses nobody"
    without = {one.scope: one.until or "9999" for one in held([e for e in history if e not in not_spam], settings)}
    assert all(without.get(one.scope, "") >= (one.until or "9999") for one in found), "not-spam prolongs nothing"

    lifted = reinstatement(JANE, timestamp.to_datetime(END), "ops", "x").evidence
    assert not held([*history, lifted], settings), "a reinstated address stays so"
    newer = next((e for e in map(later, evidence_in(decisions)) if not e.is_soft), None)
    if newer:
        assert held([*history, lifted, newer], settings) == held([newer], settings), "until newer evidence"

    outside = [e for e in history if e.place.environment in ("dev", "staging")]
    scopes = {one.scope for one in held(outside, settings)}
    assert scopes <= {"environment:dev", "environment:staging"}, "what happens outside production stays there"
    inside = [e for e in history if e not in outside]
    assert [s for s in found if s.scope not in scopes] == [
        s for s in held(inside, settings) if s.scope not in scopes
    ], "and changes nothing elsewhere"


def later(evidence: Evidence) -> Evidence:
    return evidence._replace(stamp=Stamp.of(timestamp.later(END, days=1), "newer"))


@pytest.mark.parametrize("part", range(8))
def test_what_holds_for_every_history(part: int) -> None:
    for number in range(part, HISTORIES, 8):
        try:
            check(number)
        except AssertionError as error:
            raise AssertionError(f"history {number}: {error}") from error


@pytest.mark.parametrize("reason", REPLIES)
def test_the_histories_know_the_reasons_that_they_name(reason: Reason) -> None:
    assert classified(REPLIES[reason], None, (Sender(SENDERS[0], FROM),)).reason is reason


def test_the_histories_hold_suppressions_of_every_sort() -> None:
    facts: set[str] = set()
    for number in range(200):
        chance = random.Random(number)
        history = evidence_in(reports(chance)) + rulings(chance)
        facts |= {one.fact.name for one in held(history, policy(number % len(POLICIES)))}
    assert facts >= {"user_unknown", "mailbox_inactive", "domain_invalid", "soft", "complaint", "ses_suppressed"}
    assert "operator" in facts
