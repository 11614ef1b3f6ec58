"""A mail that was forwarded and bounced there: evidence about the address that was written to, found under both."""

from typing import TYPE_CHECKING, Any

import pytest

from ses_feedback.alerts.alert import alert_from
from ses_feedback.alerts.mail import compose
from ses_feedback.attribute_values import plain
from ses_feedback.decision.decide import decide
from ses_feedback.event_row import EventRow
from ses_feedback.ledger.table import Ledger
from ses_feedback.scope import GLOBAL
from ses_feedback.settings.file import Settings
from ses_feedback.vocabulary import Effect, Urgency
from ses_feedback.webhook.event import FeedbackData, application_event
from tests.conftest import TABLE
from tests.samples import NOW, changed, feedback_in, load
from tests.stores import calls_of, items_in

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

JANE, FINAL, JOE = "jane@example.com", "j.doe@example.net", "joe@example.com"
BOUNCE = changed(load("story/04_production_hard_bounce.json"), "bounce.bouncedRecipients.0.emailAddress", FINAL)
FORWARDED = changed(BOUNCE, "mail.destination", [f"Jane <{JANE}>"])


def record(event: Any, ledger: Ledger, settings: Settings) -> None:
    for feedback in feedback_in(event):
        ledger.record(decide(feedback, settings), NOW)


@pytest.fixture
def row(ledger: Ledger, settings: Settings) -> EventRow:
    """The row under the address that was written to, once the mail bounced where it was forwarded to."""
    record(FORWARDED, ledger, settings)
    [row] = ledger.events(JANE)
    return row


def test_what_we_can_stop_writing_to_is_suppressed(row: EventRow, ledger: Ledger) -> None:
    assert list(dict(ledger.suppressed(GLOBAL, NOW))) == [JANE]
    assert (row.address, row.final_recipient, row.effect) == (JANE, FINAL, Effect.SUPPRESSED)
    assert not ledger.state(FINAL).registers


def test_the_event_is_found_under_the_final_address_too_and_says_whom_it_is_about(
    row: EventRow, ledger: Ledger
) -> None:
    [copy] = ledger.events(FINAL)
    assert (copy.event_id, copy.original_recipient, copy.recipient) == (row.event_id, JANE, FINAL)
    assert (copy.effect, copy.scope, copy.until) == (Effect.NONE, None, None)


def test_the_team_and_the_application_are_notified_once_and_of_both(
    row: EventRow, dynamodb: "DynamoDBClient"
) -> None:
    [told] = [item for item in items_in(dynamodb, TABLE, "E#").values() if "alert" in item]
    assert told["alert"] == Urgency.DIGEST
    mail = compose("qa", [alert_from(told)], sender="a@example.com", to=["b@example.com"], now=NOW)
    text = mail.get_body(("plain",))
    assert text is not None
    assert all(words in text.get_content() for words in (f"--- {JANE}", f"Forwarded to   {FINAL}", f"why {JANE}"))
    rows = [EventRow.from_item(item) for item in items_in(dynamodb, TABLE, "E#").values()]
    [event] = filter(None, (application_event(stored, NOW) for stored in rows))
    said = event["data"]
    assert isinstance(said, FeedbackData)
    assert (said.address, said.final_recipient) == (JANE, FINAL)


def test_a_redelivery_changes_nothing(
    row: EventRow, dynamodb: "DynamoDBClient", ledger: Ledger, settings: Settings
) -> None:
    before = items_in(dynamodb, TABLE)
    record(FORWARDED, ledger, settings)
    assert items_in(dynamodb, TABLE) == before


def test_only_a_forwarded_mail_costs_one_more_request(
    dynamodb: "DynamoDBClient", ledger: Ledger, settings: Settings
) -> None:
    numbers: list[int] = []
    for event in (changed(BOUNCE, "mail.destination", [FINAL]), FORWARDED):
        with calls_of(dynamodb) as calls:
            record(changed(event, "mail.messageId", f"mail-{len(numbers)}"), ledger, settings)
        numbers.append(len(calls))
    assert numbers == [3, 4]


def test_where_a_mail_had_several_recipients_the_final_address_is_suppressed(
    ledger: Ledger, settings: Settings
) -> None:
    record(changed(BOUNCE, "mail.destination", [JANE, JOE]), ledger, settings)
    assert list(dict(ledger.suppressed(GLOBAL, NOW))) == [FINAL]
    assert not ledger.events(JANE)


@pytest.mark.parametrize("odd", ["", "undisclosed recipients:;", f"{'x' * 2000}@example.com"])
def test_a_destination_that_is_not_an_address_is_not_taken_for_one(
    odd: str, ledger: Ledger, settings: Settings
) -> None:
    record(changed(BOUNCE, "mail.destination", [odd]), ledger, settings)
    assert list(dict(ledger.suppressed(GLOBAL, NOW))) == [FINAL]


def test_a_complaint_at_the_final_address_stops_mail_to_the_one_that_was_written_to(
    ledger: Ledger, settings: Settings
) -> None:
    complaint = changed(load("story/05_production_complaint.json"), "mail.destination", [JANE])
    record(complaint, ledger, settings)
    assert list(dict(ledger.suppressed(GLOBAL, NOW))) == [JANE]


def test_a_row_of_the_version_before_is_about_its_recipient() -> None:
    stored = plain(load("dynamodb_stream_alert.json")["Records"][0]["dynamodb"]["NewImage"])
    row = EventRow.from_item(stored)
    assert (row.address, row.final_recipient) == (stored["recipient"], None)
