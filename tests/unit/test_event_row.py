"""One value for what ledger, alerts, webhook and `why` know of an event, whichever version wrote it."""

from copy import replace
from typing import Any

import pytest

from ses_feedback.attribute_values import attributes, plain
from ses_feedback.decision.decide import decide
from ses_feedback.decision.fact import Fact
from ses_feedback.decision.override import suppression_of
from ses_feedback.decision.suppression import Suppression
from ses_feedback.errors import Unreadable
from ses_feedback.event_row import NAMES, WORDS, EventRow, Preferences
from ses_feedback.ledger.rows import event_row, override_row
from ses_feedback.scope import GLOBAL
from ses_feedback.settings.file import Settings
from ses_feedback.vocabulary import AccountEvent, Action, Effect, Kind, Reason, Urgency
from tests.samples import NOW, feedback_in, load

ITEM = {
    "event_id": "e1",
    "kind": "bounce",
    "effect": "none",
    "occurred_at": "2026-11-20T09:00:00.000Z",
    "environment": "production",
    "message_stream": "transactional",
    "expires_at": 1795165866,
}


def test_a_row_is_read_back_as_it_was_stored(settings: Settings) -> None:
    [feedback] = feedback_in(load("story/09_production_reputation_block.json"))
    row = event_row(decide(feedback, settings), Urgency.AT_ONCE, 730)
    assert EventRow.from_item(plain(attributes(row.to_item()))) == row


def test_what_is_absent_is_none_and_is_not_stored() -> None:
    row = EventRow.from_item(ITEM)
    assert (row.reason, row.subject, row.rank) == (None, None, None)
    assert row.to_item() == ITEM


def test_words_of_the_vocabulary_are_its_members() -> None:
    assert {
        "alert": Urgency,
        "kind": Kind,
        "effect": Effect,
        "account_event": AccountEvent,
        "reason": Reason,
        "action": Action,
    } == WORDS
    assert isinstance(EventRow.from_item(ITEM).kind, Kind)


def test_what_a_later_version_wrote_is_read_as_far_as_it_is_known() -> None:
    row = EventRow.from_item(ITEM | {"kind": "something_new", "weather": "fine"})
    assert row.to_item() == ITEM | {"kind": "something_new"}


def test_a_row_that_lacks_a_field_is_named_with_what_it_lacks() -> None:
    damaged = {name: value for name, value in ITEM.items() if name not in ("kind", "effect")}
    with pytest.raises(Unreadable, match="the row of the event e1 lacks kind, effect"):
        EventRow.from_item(damaged)


def test_no_field_is_forgotten_by_what_writes_rows(settings: Settings) -> None:
    [block] = feedback_in(load("story/09_production_reputation_block.json"))
    absent = dict[str, Any]((name, "x") for name, value in block._asdict().items() if value is None)
    reply = (
        "421 [203.0.113.9] blocked using zen.spamhaus.org, see https://x.example/delist, try again in 1 hour - gsmtp"
    )
    wanted = Preferences(unsubscribe_all=False, topics={"news": "OptIn"})
    decision = decide(
        replace(block, **absent | {"diagnostic": reply, "status": "4.7.1", "preferences": wanted}), settings
    )
    held = Suppression(GLOBAL, Fact("user_unknown"), NOW.isoformat(), NOW.isoformat(), "x")
    override = suppression_of("jane@example.net", NOW, "ops", "asked by telephone", days=5)
    rows = (
        event_row(replace(decision, suppression=held), Urgency.DIGEST, 730),
        event_row(decide(replace(block, header_message_id="x"), settings), None, 730),
        override_row(override, held, 730),
    )
    filled = {name for row in rows for name in row.to_item()}
    assert set(NAMES) - filled == {"copy", "replayed"}  # the ledger marks these
