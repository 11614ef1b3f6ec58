"""The row of an event says what was decided, and stays small whatever the event says."""

from copy import replace
from typing import Any

import pytest

from ses_feedback.decision.decide import Decision, decide
from ses_feedback.event_row import EventRow
from ses_feedback.events.sender import FROM, Sender
from ses_feedback.ledger.rows import event_row
from ses_feedback.settings.file import Settings
from ses_feedback.vocabulary import Urgency
from tests.samples import feedback_in, load

BOUNCE = load("story/04_production_hard_bounce.json")


def decided(event: Any, settings: Settings, **changes: Any) -> Decision:
    return decide(replace(feedback_in(event)[0], **changes), settings)


def size_of(row: EventRow) -> int:
    """As DynamoDB weighs an item: names and values in UTF-8, numbers as about half of their digits."""
    item = row.to_item() | {"pk": f"A#{row.recipient}", "sk": f"E#{row.event_id}"}
    return sum(len(name) + len(str(value).encode()) for name, value in item.items())


@pytest.mark.parametrize("letter", ["x", "é", "\U0001f600"])
def test_a_row_stays_under_one_kilobyte_however_long_its_texts(letter: str, settings: Settings) -> None:
    texts = dict.fromkeys(
        ("status", "diagnostic", "message_id", "subject", "source", "bounce_type")
        + ("bounce_sub_type", "complaint_feedback_type", "complaint_sub_type"),
        letter * 5000,
    )
    senders = (Sender(letter * 5000, FROM),)
    decision = decided(BOUNCE, settings, tags={"ses:configuration-set": [letter * 5000]}, senders=senders, **texts)
    row = event_row(decision, Urgency.AT_ONCE, 730)
    assert size_of(row) <= 1024


def test_a_long_subject_leaves_room_for_the_servers_reply(settings: Settings) -> None:
    row = event_row(decided(BOUNCE, settings, subject="s" * 500, diagnostic="d" * 500), Urgency.AT_ONCE, 730)
    assert row.subject == "s" * 120
    assert len(row.diagnostic or "") > 250


def test_a_very_long_address_still_leaves_room_for_what_an_alert_needs(settings: Settings) -> None:
    row = event_row(decided(BOUNCE, settings, recipient="a" * 628 + "@example.net"), Urgency.AT_ONCE, 730)
    assert row.message_id is not None


@pytest.mark.parametrize(
    "name", ["story/04_production_hard_bounce", "ses/bounce_multiline_diagnostic", "story/05_production_complaint"]
)
def test_an_ordinary_row_keeps_its_texts_whole(name: str, settings: Settings) -> None:
    decision = decided(
        load(f"{name}.json"), settings, source="s3://ses-feedback-archive-111122223333/2026/11/x.gz@4711"
    )
    row = event_row(decision, Urgency.AT_ONCE, 730)
    feedback = decision.feedback
    assert (row.diagnostic, row.subject, row.origin) == (
        feedback.diagnostic,
        feedback.subject,
        feedback.source,
    )


def test_an_empty_text_is_not_stored(settings: Settings) -> None:
    assert event_row(decided(BOUNCE, settings, subject=""), None, 730).subject is None


def test_a_row_expires_with_its_history(settings: Settings) -> None:
    row = event_row(decided(BOUNCE, settings), None, 10)
    assert row.expires_at == 1795165866 + 10 * 24 * 3600
