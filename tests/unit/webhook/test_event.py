"""What the application is told is what the ledger holds, in the form that is documented."""

import json
from dataclasses import fields
from datetime import timedelta
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from ses_feedback.attribute_values import plain
from ses_feedback.decision import urgency
from ses_feedback.decision.decide import decide
from ses_feedback.event_row import EventRow
from ses_feedback.ledger.rows import event_row
from ses_feedback.settings.file import Settings
from ses_feedback.webhook.event import LIVE_DAYS, FeedbackData, application_event, to_json
from tests.samples import EVENTS, NOW, RAW, ROOT, feedback_in, load
from tests.webhook_schema import FILE, schema

STORY = sorted(f"story/{path.name}" for path in EVENTS.glob("story/*.json"))
TOLD = [
    name
    for name in STORY + RAW
    if not any(word in name for word in ("received", "succeeded", "send", "open", "click", "_delivery."))
]


def row(**fields: Any) -> EventRow:
    """A row as the ledger's stream reports it, some of its fields changed; None takes one away."""
    item = plain(load("dynamodb_stream_alert.json")["Records"][0]["dynamodb"]["NewImage"]) | fields
    return EventRow.from_item({name: value for name, value in item.items() if value is not None})


def told(**fields: Any) -> dict[str, Any]:
    found = application_event(row(**fields), NOW)
    assert found is not None
    return dict(json.loads(to_json(found)))


def test_a_row_is_told_with_its_facts() -> None:
    sample = load("sqs_webhook.json")["Records"][0]["body"]
    assert told() == json.loads(sample)


def test_a_replayed_event_is_told_to_nobody_however_young_it_is() -> None:
    assert application_event(row(replayed="yes"), NOW) is None


@pytest.mark.parametrize("name", TOLD)
def test_every_kind_of_event_fits_the_published_schema(name: str, settings: Settings) -> None:
    validator = Draft202012Validator(json.loads(FILE.read_text(encoding="utf-8")))
    for feedback in feedback_in(load(name)):
        found = application_event(
            event_row(decide(feedback, settings), None, 730), feedback_time(feedback.occurred_at)
        )
        assert found is not None
        validator.validate(json.loads(to_json(found)))


def feedback_time(text: str) -> Any:
    return type(NOW).fromisoformat(text)


def test_the_published_schema_is_that_of_the_source() -> None:
    """After a change: `python -m tests.webhook_schema`, and think of `schema_version`."""
    assert json.loads(FILE.read_text(encoding="utf-8")) == schema()


def test_every_field_is_explained_in_the_docs() -> None:
    page = (ROOT / "docs" / "webhook.md").read_text(encoding="utf-8")
    assert [field.name for field in fields(FeedbackData) if f"`{field.name}`" not in page] == []


def test_a_better_copy_of_an_event_has_an_id_of_its_own() -> None:
    first, better = told(rank=1), told(rank=4)
    assert first["data"]["event_id"] == better["data"]["event_id"]
    assert first["id"] != better["id"]
    assert told(rank=4)["id"] == better["id"]


@pytest.mark.parametrize(("age", "is_told"), [(23, True), (25, False)])
def test_a_replay_of_an_old_event_is_told_to_nobody(age: int, is_told: bool) -> None:
    found = row()
    moment = feedback_time(found.occurred_at) + timedelta(hours=age)
    assert (application_event(found, moment) is not None) == is_told


def test_a_replay_of_a_young_event_is_told_to_nobody() -> None:
    assert application_event(row(replayed="yes"), NOW) is None


def test_the_application_hears_as_long_as_the_teams_do() -> None:
    assert LIVE_DAYS == urgency.LIVE_DAYS


@pytest.mark.parametrize("kind", ["operator", "ses_list"])
def test_what_operators_do_is_no_feedback(kind: str) -> None:
    assert application_event(row(kind=kind), NOW) is None


def test_what_is_about_no_recipient_is_told_to_nobody() -> None:
    assert application_event(row(recipient=None), NOW) is None


def test_a_kind_of_a_later_version_is_told_all_the_same() -> None:
    assert told(kind="something_new")["type"] == "feedback.something_new"
