"""Doubled, shuffled, crashed and redelivered: the ledger ends as if everything had come once and in order."""

import random
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Literal

import boto3
import pytest
from moto import mock_aws

from ses_feedback.decision.decide import decide
from ses_feedback.ledger.table import Ledger
from ses_feedback.settings.file import Settings
from tests.conftest import TABLE, create_tables
from tests.samples import NOW, changed, feedback_in, load
from tests.stores import Crash, Items, crash_at, items_in

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

pytestmark = pytest.mark.slow

QA, OLIVER = "qa.overflow@example.org", "oliver.hayes@example.net"
SOFT = load("story/02_staging_soft_bounce.json")
DELIVERY = changed(load("story/06_production_delivery.json"), "delivery.recipients", [QA])
BOUNCE, COMPLAINT = load("story/04_production_hard_bounce.json"), load("story/10_marketing_complaint.json")
NXDOMAIN = load("story/03_staging_nxdomain.json")
NOT_SPAM = changed(COMPLAINT, "complaint.complaintFeedbackType", "not-spam")


type Outcome = tuple[Items, Items, set[tuple[str, str]]]


def soft(number: int, day: int) -> Any:
    event = changed(SOFT, "mail.timestamp", f"2026-11-{day:02}T08:00:{number % 60:02}.000Z")
    return changed(event, "mail.messageId", f"soft-{number}")


STORY: list[Any] = [
    *(soft(number, 1 + number // 2) for number in range(24)),
    changed(DELIVERY, "mail.timestamp", "2026-11-09T12:00:00Z"),
    changed(DELIVERY, "mail.timestamp", "2026-11-02T12:00:00Z"),
    BOUNCE,
    changed(changed(BOUNCE, "mail.timestamp", "2026-11-18T00:00:00Z"), "mail.messageId", "older"),
    load("story/12_production_hard_bounce_again.json"),
    load("story/11_marketing_hard_bounces.json"),
    NXDOMAIN,
    changed(changed(NXDOMAIN, "bounce.bouncedRecipients.0.emailAddress", OLIVER), "mail.destination", [OLIVER]),
    COMPLAINT,
    changed(NOT_SPAM, "complaint.timestamp", "2026-11-20T09:50:00Z"),
    changed(changed(COMPLAINT, "complaint.timestamp", "2026-11-20T09:55:00Z"), "mail.messageId", "complaint-2"),
    load("ses/complaint_several_recipients.json"),
    load("ses/bounce_suppressed.json"),
    load("ses/bounce_account_suppression_list.json"),
]  # fmt: skip


def record(ledger: Ledger, events: list[Any], settings: Settings) -> None:
    for event in events:
        for feedback in feedback_in(event):
            ledger.record(decide(feedback, settings), NOW)


def outcome(client: "DynamoDBClient") -> Outcome:
    """The states and the entries of the index, without `rev`; and which rows there are."""
    states = {key: _without_rev(item) for key, item in items_in(client, TABLE, "STATE").items()}
    entries = items_in(client, TABLE, "S#").items()
    suppressed = {key: _without_rev(item) for key, item in entries if "scope_shard" in item}
    return states, suppressed, set(items_in(client, TABLE, "E#"))


def _without_rev(item: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in item.items() if name != "rev"}


@pytest.fixture(scope="module")
def expected(settings: Settings, boto3_session: boto3.Session) -> Outcome:
    """What the story leaves when it comes once and in order."""
    with mock_aws():
        client = boto3_session.client("dynamodb")
        create_tables(client)
        record(Ledger(client, TABLE, settings), STORY, settings)
        return outcome(client)


def test_the_story_suppresses_in_every_scope_once(expected: Outcome) -> None:
    _, suppressed, rows = expected
    scopes = sorted(sk for _, sk in suppressed)
    assert scopes.count("S#environment:staging") == 3
    assert scopes.count("S#message_stream:marketing") == 1
    assert scopes.count("S#global") == 6
    assert len(rows) == 24 + 2 + 3 + 2 + 3 + 3 + 2


@pytest.mark.parametrize("seed", range(2))
def test_doubled_and_shuffled_the_story_leaves_the_same_ledger(
    seed: int, expected: Outcome, dynamodb: "DynamoDBClient", ledger: Ledger, settings: Settings
) -> None:
    chance = random.Random(seed)
    events = STORY + chance.choices(STORY, k=len(STORY) // 2)
    chance.shuffle(events)
    record(ledger, events, settings)
    assert outcome(dynamodb) == expected


@pytest.mark.parametrize("when", ["before-call", "after-call"])
@pytest.mark.parametrize("seed", range(1))
def test_a_crash_at_any_call_heals_when_the_event_is_redelivered(
    seed: int,
    when: Literal["before-call", "after-call"],
    expected: Outcome,
    dynamodb: "DynamoDBClient",
    ledger: Ledger,
    settings: Settings,
) -> None:
    chance = random.Random(seed)
    later = chance.sample(STORY, k=len(STORY))
    for event in chance.sample(STORY, k=len(STORY)):
        with crash_at(dynamodb, chance.randrange(5), when), suppress(Crash):
            record(ledger, [event], settings)
    record(ledger, later, settings)
    assert outcome(dynamodb) == expected


@pytest.mark.parametrize("when", ["before-call", "after-call"])
@pytest.mark.parametrize("number", range(4))
@pytest.mark.parametrize("event", [BOUNCE, COMPLAINT, SOFT], ids=["bounce", "complaint", "soft"])
def test_an_event_that_crashed_leaves_what_it_would_have_left(
    event: Any,
    number: int,
    when: Literal["before-call", "after-call"],
    dynamodb: "DynamoDBClient",
    ledger: Ledger,
    settings: Settings,
) -> None:
    other = changed(changed(event, "mail.destination", ["x@example.net"]), "mail.messageId", "other")
    for path in ("bounce.bouncedRecipients", "complaint.complainedRecipients"):
        if path.partition(".")[0] in event:
            other = changed(other, f"{path}.0.emailAddress", "x@example.net")
    record(ledger, [other], settings)
    with crash_at(dynamodb, number, when), suppress(Crash):
        record(ledger, [event], settings)
    record(ledger, [event], settings)
    states, entries, rows = outcome(dynamodb)
    assert len(states) == len(rows) == 2
    assert len(entries) in (0, 2)
