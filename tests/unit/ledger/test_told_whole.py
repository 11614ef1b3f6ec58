"""What else a mail tells (tags, its own Message-ID, what a subscriber wants) is kept with the event, in bounds."""

import json
from typing import Any

import pytest

from ses_feedback.alerts.alert import alert_from
from ses_feedback.alerts.mail import compose
from ses_feedback.alerts.words import preferences_words, tags_words
from ses_feedback.decision.decide import decide
from ses_feedback.event_row import EventRow
from ses_feedback.ledger.rows import event_row
from ses_feedback.settings.file import Settings
from ses_feedback.vocabulary import Urgency
from ses_feedback.webhook.event import application_event, to_json
from tests.samples import NOW, changed, load, one

BOUNCE, SUBSCRIPTION = load("story/04_production_hard_bounce.json"), load("ses/event_subscription.json")
OPEN, CLICK = load("ses/event_open.json"), load("ses/event_click.json")
OWN_ID = "<order-248@shop.example.com>"


def row_of(event: Any, settings: Settings) -> EventRow:
    return event_row(decide(one(event), settings), Urgency.DIGEST, 730)


def data_in(event: Any, settings: Settings) -> dict[str, Any]:
    published = application_event(row_of(event, settings), NOW)
    assert published is not None
    return dict(json.loads(to_json(published))["data"])


def with_tags(tags: Any) -> Any:
    return changed(BOUNCE, "mail.tags", tags)


def test_the_senders_own_tags_are_kept_and_those_of_ses_are_not(settings: Settings) -> None:
    event = with_tags({"ses:source-ip": ["192.0.2.1"], "SES:x": ["1"], "campaign": ["november", "x"], "plan": "free"})
    row = row_of(event, settings)
    assert row.message_tags == {"campaign": ["november", "x"], "plan": ["free"]}
    assert tags_words(row) == "campaign=november, campaign=x, plan=free"
    assert data_in(event, settings)["tags"] == row.message_tags


@pytest.mark.parametrize("letter", ["x", "é", "\U0001f600", '"', "\\", "\ud800"])
def test_tags_stay_small_and_readable_however_many_and_long_they_are(letter: str, settings: Settings) -> None:
    tags = {"first": ["1"], "long": [letter * 5000], **{f"tag{n}{letter}": [letter * 9] for n in range(200)}}
    row = row_of(with_tags(tags), settings)
    assert row.tags is not None
    assert len(row.tags.encode()) <= 160
    assert row.message_tags["first"] == ["1"]
    assert "long" not in row.message_tags


def test_a_mail_shows_hostile_tags_as_text(settings: Settings) -> None:
    event = with_tags({"x": ["<script>alert(1)</script>\r\nBcc: all@example.com\u202e"]})
    alert = alert_from(row_of(changed(event, "mail.commonHeaders.messageId", "<b>\r\nX: y"), settings).to_item())
    mail = compose("qa", [alert], sender="a@example.com", to=["b@example.com"], now=NOW)
    bodies = [part.get_content() for part in mail.walk() if not part.is_multipart()]
    assert all("x=" in body for body in bodies)
    assert not any(bad in body for body in bodies for bad in ("\u202e", "\nBcc:", "\nX: y"))
    assert "<script>" not in bodies[1]
    assert "Bcc" not in mail


def test_the_mails_own_message_id_is_kept_unless_ses_made_it(settings: Settings) -> None:
    event = changed(BOUNCE, "mail.commonHeaders", {"messageId": OWN_ID})
    row = row_of(event, settings)
    assert row.header_message_id == data_in(event, settings)["header_message_id"] == OWN_ID
    made = f"<{BOUNCE['mail']['messageId']}@eu-central-1.amazonses.com>"
    assert row_of(changed(event, "mail.commonHeaders.messageId", made), settings).header_message_id is None
    listed = changed(BOUNCE, "mail.headers", [{"name": "Message-Id", "value": OWN_ID}])
    assert row_of(changed(listed, "mail.commonHeaders", {}), settings).header_message_id == OWN_ID


def test_a_message_id_that_does_not_fit_is_left_out(settings: Settings) -> None:
    event = changed(BOUNCE, "mail.commonHeaders", {"messageId": f"<{'x' * 500}@example.com>"})
    assert row_of(event, settings).header_message_id is None


def test_a_change_of_subscription_says_what_the_subscriber_wants(settings: Settings) -> None:
    data, row = data_in(SUBSCRIPTION, settings), row_of(SUBSCRIPTION, settings)
    topics = {"monthly-picks": "OptOut", "signed-copies": "OptIn"}
    assert data["contact_list"] == "paper-lantern-readers"
    assert data["preferences"] == row.topic_preferences == {"unsubscribe_all": False, "topics": topics}
    assert preferences_words(row) == "paper-lantern-readers: monthly-picks OptOut, signed-copies OptIn"
    everything = changed(SUBSCRIPTION, "subscription.newTopicPreferences.unsubscribeAll", True)
    assert preferences_words(row_of(everything, settings)) == "paper-lantern-readers: nothing at all"


@pytest.mark.parametrize(
    ("unsubscribes", "words"), [(True, "nothing at all"), (False, "all of it"), (None, "not said")]
)
def test_of_a_list_without_topics_only_the_whole_is_wanted_or_not(
    unsubscribes: bool | None, words: str, settings: Settings
) -> None:
    wishes: dict[str, Any] = {"unsubscribeAll": unsubscribes, "topicSubscriptionStatus": []}
    row = row_of(changed(SUBSCRIPTION, "subscription.newTopicPreferences", wishes), settings)
    assert preferences_words(row) == f"paper-lantern-readers: {words}"


@pytest.mark.parametrize(
    "odd",
    [None, "x", [], {}, {"unsubscribeAll": "maybe"}, {"topicSubscriptionStatus": ["x", {"topicName": 5}, {}]}],
)
def test_odd_preferences_do_not_cost_the_event(odd: Any, settings: Settings) -> None:
    row = row_of(changed(SUBSCRIPTION, "subscription.newTopicPreferences", odd), settings)
    assert row.topic_preferences in (None, {"unsubscribe_all": None, "topics": {}})


def test_preferences_stay_small_however_many_topics_there_are(settings: Settings) -> None:
    topics = [{"topicName": f"topic{n}", "subscriptionStatus": "OptIn"} for n in range(500)]
    event = changed(SUBSCRIPTION, "subscription.newTopicPreferences.topicSubscriptionStatus", topics)
    preferences = row_of(event, settings).preferences
    assert preferences is not None
    assert len(preferences.encode()) <= 400


@pytest.mark.parametrize(("event", "place"), [(OPEN, "open"), (CLICK, "click")])
def test_an_open_or_a_click_says_whether_a_program_did_it(event: Any, place: str) -> None:
    assert one(changed(event, f"{place}.isBotEvent", "Likely")).is_bot_event == "Likely"
    assert one(event).is_bot_event == event[place].get("isBotEvent")


def test_a_row_of_the_version_before_has_none_of_it() -> None:
    row = EventRow.from_item(
        {"event_id": "x", "kind": "bounce", "effect": "none", "occurred_at": "t", "environment": "e"}
        | {"message_stream": "s"}
    )
    assert (row.message_tags, row.topic_preferences, tags_words(row), preferences_words(row)) == ({}, None, "", "")
