"""Who must know, and how soon; and the row that says it."""

from dataclasses import fields, replace
from datetime import timedelta
from typing import Any

import pytest

from ses_feedback.alerts.alert import Alert, alert_from
from ses_feedback.attribute_values import attributes, plain
from ses_feedback.decision.decide import Decision, decide
from ses_feedback.decision.urgency import urgency
from ses_feedback.errors import Unreadable
from ses_feedback.events.feedback import Feedback
from ses_feedback.ledger.rows import event_row
from ses_feedback.settings.file import Settings
from ses_feedback.vocabulary import Effect, Kind, Urgency
from tests.samples import NOW, changed, feedback_in, load

SENDER = "alerts@example.com"
BOUNCE = load("story/04_production_hard_bounce.json")


def decided(event: Any, settings: Settings, **changes: Any) -> Decision:
    return decide(replace(feedback_in(event)[0], **changes), settings)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("story/04_production_hard_bounce", Urgency.DIGEST),
        ("story/02_staging_soft_bounce", Urgency.DIGEST),
        ("story/05_production_complaint", Urgency.AT_ONCE),
        ("ses/complaint_several_recipients", Urgency.AT_ONCE),
        ("ses/complaint_not_spam", Urgency.DIGEST),
        ("ses/complaint_account_suppression_list", Urgency.DIGEST),
        ("story/07_production_dmarc_rejection", Urgency.AT_ONCE),
        ("story/09_production_reputation_block", Urgency.AT_ONCE),
        ("ses/event_reject", Urgency.AT_ONCE),
        ("ses/event_rendering_failure", Urgency.AT_ONCE),
        ("story/08_production_out_of_office", None),
        ("story/06_production_delivery", None),
        ("ses/event_send", None),
        ("ses/event_open", None),
        ("ses/event_subscription", None),
    ],
)
def test_each_report_is_as_urgent_as_it_is(name: str, expected: Urgency | None, settings: Settings) -> None:
    assert urgency(decided(load(f"{name}.json"), settings), NOW, SENDER) is expected


def test_what_is_older_than_a_day_alerts_nobody(settings: Settings) -> None:
    decision = decided(BOUNCE, settings)
    assert urgency(decision, NOW + timedelta(hours=23), SENDER) is Urgency.DIGEST
    assert urgency(decision, NOW + timedelta(hours=24), SENDER) is None


def test_feedback_on_our_own_alerts_alerts_nobody(settings: Settings) -> None:
    assert urgency(decided(BOUNCE, settings, sender=SENDER), NOW, SENDER) is None


def test_feedback_without_a_recipient_alerts_nobody(settings: Settings) -> None:
    decision = decided(load("ses/event_reject.json"), settings, recipient=None)
    assert urgency(decision, NOW, SENDER) is None


def test_an_alert_says_what_its_row_says(settings: Settings) -> None:
    decision = replace(decided(BOUNCE, settings), effect=Effect.COUNTED)
    alert = alert_from(plain(attributes(event_row(decision, Urgency.DIGEST, 730))))
    assert (alert.kind, alert.effect, alert.alert) == (Kind.BOUNCE, Effect.COUNTED, Urgency.DIGEST)
    assert (alert.recipient, alert.team) == ("oliver.hayes@example.net", "customer_service")
    assert alert.diagnostic == decision.feedback.diagnostic


@pytest.mark.parametrize("row", [{}, {"kind": "bounce"}, {"kind": "teleport"}, {"alert": "sometime"}, {"kind": []}])
def test_what_is_no_alert_is_unreadable(row: dict[str, Any]) -> None:
    with pytest.raises(Unreadable):
        alert_from(row)


@pytest.mark.parametrize("field", [field.name for field in fields(Alert)])
@pytest.mark.parametrize("value", [5, ["x"], {"x": 1}, True])
def test_a_field_that_is_no_text_is_unreadable(field: str, value: Any, settings: Settings) -> None:
    row = event_row(decided(BOUNCE, settings), Urgency.DIGEST, 730)
    with pytest.raises(Unreadable):
        alert_from(row | {field: value})


def size_of(row: dict[str, Any], feedback: Feedback) -> int:
    """As DynamoDB weighs an item: names and values in UTF-8, numbers as about half of their digits."""
    keys = {"pk": f"A#{feedback.recipient}", "sk": f"E#{feedback.event_id}"}
    return sum(len(name) + len(str(value).encode()) for name, value in (row | keys).items())


@pytest.mark.parametrize("letter", ["x", "é", "\U0001f600"])
def test_a_row_stays_under_one_kilobyte_however_long_its_texts(letter: str, settings: Settings) -> None:
    texts = dict.fromkeys(
        ("status", "diagnostic", "message_id", "sender", "subject", "source", "bounce_type")
        + ("bounce_sub_type", "complaint_feedback_type", "complaint_sub_type"),
        letter * 5000,
    )
    decision = decided(BOUNCE, settings, tags={"ses:configuration-set": [letter * 5000]}, **texts)
    row = event_row(decision, Urgency.AT_ONCE, 730)
    assert size_of(row, decision.feedback) <= 1024


def test_a_long_subject_leaves_room_for_the_servers_reply(settings: Settings) -> None:
    row = event_row(decided(BOUNCE, settings, subject="s" * 500, diagnostic="d" * 500), Urgency.AT_ONCE, 730)
    assert row["subject"] == "s" * 120
    assert len(row["diagnostic"]) > 250


def test_a_very_long_address_still_leaves_room_for_what_an_alert_needs(settings: Settings) -> None:
    row = event_row(decided(BOUNCE, settings, recipient="a" * 628 + "@example.net"), Urgency.AT_ONCE, 730)
    assert alert_from(row).message_id is not None


@pytest.mark.parametrize(
    "name", ["story/04_production_hard_bounce", "ses/bounce_multiline_diagnostic", "story/05_production_complaint"]
)
def test_an_ordinary_row_keeps_its_texts_whole(name: str, settings: Settings) -> None:
    decision = decided(
        load(f"{name}.json"), settings, source="s3://ses-feedback-archive-111122223333/2026/11/x.gz@4711"
    )
    row = event_row(decision, Urgency.AT_ONCE, 730)
    feedback = decision.feedback
    assert (row.get("diagnostic"), row["subject"], row["origin"]) == (
        feedback.diagnostic,
        feedback.subject,
        feedback.source,
    )


def test_a_row_has_no_empty_and_no_absent_values(settings: Settings) -> None:
    assert None not in event_row(decided(changed(BOUNCE, "mail.tags", {}), settings), None, 730).values()


def test_a_row_expires_with_its_history(settings: Settings) -> None:
    row = event_row(decided(BOUNCE, settings), None, 10)
    assert row["expires_at"] == 1795165866 + 10 * 24 * 3600


def test_an_own_alert_alerts_nobody_however_its_sender_is_written_in_the_template(settings: Settings) -> None:
    assert urgency(decided(BOUNCE, settings, sender=SENDER), NOW, "Alerts@Example.COM") is None
