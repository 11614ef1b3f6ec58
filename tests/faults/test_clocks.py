"""Wrong clocks, ours or the reporter's: a wrong time neither suppresses nor reinstates anybody."""

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from ses_feedback.decision.decide import decide
from ses_feedback.decision.override import reinstatement
from ses_feedback.errors import Unreadable
from ses_feedback.events.document import Document
from ses_feedback.events.feedback import Feedback
from ses_feedback.events.read import read_feedback
from ses_feedback.ledger.table import Ledger
from ses_feedback.scope import GLOBAL
from ses_feedback.settings.file import Settings
from ses_feedback.timestamp import to_text
from tests.samples import NOW, changed, load

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

pytestmark = pytest.mark.records

BOUNCE, OLIVER = load("story/04_production_hard_bounce.json"), "oliver.hayes@example.net"
ABSURD = ("0001-01-01T00:00:00.000Z", "9999-12-31T23:59:59.999Z", "2010-12-31T23:59:59Z", "1970-01-01T00:00:00Z")
"""The first and the last year that Python supports, the last moment before SES, and a clock that was never set."""


def read(event: Any, now: datetime = NOW) -> list[Feedback]:
    feedbacks = read_feedback(Document(event), now)
    assert isinstance(feedbacks, list)
    return feedbacks


@pytest.mark.parametrize("moment", [*ABSURD, to_text(NOW + timedelta(days=2))])
def test_a_mail_sent_at_an_impossible_time_goes_to_the_dead_letters(moment: str) -> None:
    with pytest.raises(Unreadable):
        read(changed(BOUNCE, "mail.timestamp", moment))


@pytest.mark.parametrize("moment", [*ABSURD[1:2], to_text(NOW + timedelta(days=2))])
def test_feedback_of_the_future_goes_to_the_dead_letters(moment: str) -> None:
    with pytest.raises(Unreadable):
        read(changed(BOUNCE, "bounce.timestamp", moment))


@pytest.mark.parametrize("days", [-1, 1])
def test_our_own_clock_off_by_a_day_changes_no_state(
    days: int, ledger: Ledger, settings: Settings, dynamodb: "DynamoDBClient"
) -> None:
    wrong = NOW + timedelta(days=days, minutes=-20 if days == 1 else 0)
    for feedback in read(BOUNCE, NOW):
        right = ledger.record(decide(feedback, settings), NOW)
        again = ledger.record(decide(feedback, settings), wrong)
    assert (right.decision.effect, again.is_new) == (right.decision.effect, False)
    assert dict(ledger.suppressed(GLOBAL, NOW)).keys() == {OLIVER}
    assert dict(ledger.suppressed(GLOBAL, wrong)).keys() == {OLIVER}


def test_a_bounce_of_a_mail_that_a_fast_clock_dated_ahead_yields_to_a_reinstatement_a_day_later(
    ledger: Ledger, settings: Settings
) -> None:
    ahead = changed(BOUNCE, "mail.timestamp", to_text(NOW + timedelta(hours=23)))
    for feedback in read(ahead):
        ledger.record(decide(feedback, settings), NOW)
    ledger.apply(reinstatement(OLIVER, NOW + timedelta(days=1), "qa", "asked for"))
    assert dict(ledger.suppressed(GLOBAL, NOW + timedelta(days=1))) == {}


def test_a_bounce_of_an_old_mail_does_not_undo_a_later_reinstatement(ledger: Ledger, settings: Settings) -> None:
    ledger.apply(reinstatement(OLIVER, NOW, "qa", "asked for"))
    late = changed(BOUNCE, "mail.timestamp", to_text(NOW - timedelta(days=1)))
    for feedback in read(late):
        ledger.record(decide(feedback, settings), NOW)
    assert dict(ledger.suppressed(GLOBAL, NOW)) == {}


@pytest.mark.parametrize("event", ["ses/event_bounce.json", "ses/event_complaint.json", "ses/event_delivery.json"])
@pytest.mark.parametrize("moment", [*ABSURD, "yesterday", "", "2026-02-30T00:00:00Z", "1e400", None, 7, [], {}])
def test_any_time_is_recorded_or_refused_and_never_an_error(event: str, moment: Any, settings: Settings) -> None:
    loaded = load(event)
    for place in ("mail.timestamp", f"{loaded['eventType'].lower()}.timestamp"):
        try:
            feedbacks = read(changed(loaded, place, moment), datetime(2026, 11, 20, 10, tzinfo=UTC))
        except Unreadable:
            continue
        assert all("2011" <= feedback.sent_at[:4] <= "2026" for feedback in feedbacks)
        assert all(decide(feedback, settings) for feedback in feedbacks)
