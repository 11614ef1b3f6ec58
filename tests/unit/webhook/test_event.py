"""What is published for the application is what the ledger holds, in the documented form."""

import json
from dataclasses import fields
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from ses_feedback.address import rules_in
from ses_feedback.attribute_values import plain
from ses_feedback.decision.decide import decide
from ses_feedback.decision.fact import Fact
from ses_feedback.decision.override import (
    Override,
    put_on_ses_list,
    reinstatement,
    suppression_of,
    unlisted_by_ses,
)
from ses_feedback.decision.suppression import Suppression
from ses_feedback.errors import Unreadable
from ses_feedback.event_row import EventRow
from ses_feedback.ledger.rows import event_row, override_row
from ses_feedback.scope import GLOBAL
from ses_feedback.settings.file import Settings
from ses_feedback.timestamp import to_datetime
from ses_feedback.webhook.event import FeedbackData, SuppressionData, application_event, to_json
from tests.samples import EVENTS, NOW, RAW, ROOT, feedback_in, load
from tests.webhook_schema import FILE, schema

JANE = "jane@example.org"
STORY = sorted(f"story/{path.name}" for path in EVENTS.glob("story/*.json"))
PUBLISHED = [
    name
    for name in STORY + RAW
    if not any(word in name for word in ("received", "succeeded", "send", "open", "click", "_delivery."))
]


def row(**fields: Any) -> EventRow:
    """A row as the ledger's stream reports it, some of its fields changed; None takes one away."""
    item = plain(load("dynamodb_stream_alert.json")["Records"][0]["dynamodb"]["NewImage"]) | fields
    return EventRow.from_item({name: value for name, value in item.items() if value is not None})


def published(**fields: Any) -> dict[str, Any]:
    event = application_event(row(**fields), NOW)
    assert event is not None
    return dict(json.loads(to_json(event)))


def test_a_row_is_published_with_its_facts() -> None:
    sample = load("sqs_webhook.json")["Records"][0]["body"]
    assert published() == json.loads(sample)


@pytest.mark.parametrize(
    "wrong", [{"team": None}, {"sent_at": None}, {"rank": None}, {"rank": "3"}, {"occurred_at": 5}, {"scope": ["x"]}]
)
def test_a_row_that_breaks_the_published_schema_is_not_published(wrong: dict[str, Any]) -> None:
    with pytest.raises(Unreadable):
        published(**wrong)


def test_a_replayed_event_is_not_published_however_young_it_is() -> None:
    assert application_event(row(replayed="yes"), NOW) is None


@pytest.mark.parametrize("name", PUBLISHED)
def test_every_kind_of_event_fits_the_published_schema_and_those_of_earlier_versions(
    name: str, settings: Settings
) -> None:
    validators = [
        Draft202012Validator(json.loads(path.read_text(encoding="utf-8")))
        for path in (FILE, *sorted(Path(__file__).parent.glob("version_1_*.schema.json")))
    ]
    for feedback in feedback_in(load(name)):
        stored = event_row(decide(feedback, settings), None, 730)
        event = application_event(stored, to_datetime(feedback.occurred_at))
        assert event is not None
        for validator in validators:
            validator.validate(json.loads(to_json(event)))


def test_the_published_schema_is_that_of_the_source() -> None:
    """After a change: `python -m tests.webhook_schema`, and think of `schema_version`."""
    assert json.loads(FILE.read_text(encoding="utf-8")) == schema()


def test_every_field_is_explained_in_the_docs() -> None:
    page = (ROOT / "docs" / "webhook.md").read_text(encoding="utf-8")
    named = [*fields(FeedbackData), *fields(SuppressionData)]
    assert [field.name for field in named if f"`{field.name}`" not in page] == []


def test_a_better_copy_of_an_event_has_its_own_id() -> None:
    first, better = published(rank=1), published(rank=4)
    assert first["data"]["event_id"] == better["data"]["event_id"]
    assert first["id"] != better["id"]
    assert published(rank=4)["id"] == better["id"]


@pytest.mark.parametrize(("age", "is_live"), [(23, True), (25, False)])
def test_an_event_older_than_a_day_is_not_published(age: int, is_live: bool) -> None:
    moment = to_datetime(row().occurred_at) + timedelta(hours=age)
    assert (application_event(row(), moment) is not None) == is_live


def overridden(override: Override, suppressed: Suppression | None = None) -> dict[str, Any]:
    event = application_event(override_row(override, suppressed, 730), NOW)
    assert event is not None
    said: dict[str, Any] = json.loads(to_json(event))
    Draft202012Validator(json.loads(FILE.read_text(encoding="utf-8"))).validate(said)
    return said


def test_what_an_operator_suppresses_is_told_without_who_and_why() -> None:
    override = suppression_of(JANE, NOW, "arn:aws:iam::111122223333:user/ana", "asked by phone", days=7)
    said = overridden(override, Suppression(GLOBAL, Fact.operator(7), "", "2026-11-27T10:00:00.000Z", ""))
    assert (said["type"], said["names"]) == ("suppression.added", ["suppression.added"])
    assert said["data"] == {
        "event_id": override.event_id,
        "address": JANE,
        "kind": "operator",
        "effect": "suppressed",
        "occurred_at": "2026-11-20T10:00:00.000Z",
        "scope": "global",
        "until": "2026-11-27T10:00:00.000Z",
    }


@pytest.mark.parametrize(("stream", "scope"), [("*", "global"), ("marketing", "message_stream:marketing")])
def test_what_is_reinstated_is_told_with_its_scope(stream: str, scope: str) -> None:
    said = overridden(reinstatement(JANE, NOW, "ana", "called", stream))
    assert (said["type"], said["data"]["scope"]) == ("suppression.removed", scope)


def test_what_left_the_list_of_ses_is_told_and_what_we_put_there_is_not() -> None:
    assert overridden(unlisted_by_ses(JANE, NOW))["type"] == "suppression.removed"
    assert application_event(override_row(put_on_ses_list(JANE, NOW), None, 730), NOW) is None


def test_a_rule_is_told_by_its_pattern() -> None:
    [rule] = rules_in("*@example.com")
    assert overridden(suppression_of(rule, NOW, "ana", "left"))["data"]["address"] == "*@example.com"


def test_an_import_is_told_to_nobody() -> None:
    assert application_event(row(kind="imported"), NOW) is None


def test_an_event_has_the_names_that_others_give_it() -> None:
    said = published()
    assert said["names"] == ["email.complained", "suppression.added"]
    assert (said["data"]["event_type"], said["data"]["reject_reason"]) == ("complained", "spam")


def test_an_event_without_a_recipient_is_not_published() -> None:
    assert application_event(row(recipient=None), NOW) is None


def test_a_kind_from_a_later_version_is_published_all_the_same() -> None:
    assert published(kind="something_new")["type"] == "feedback.something_new"
