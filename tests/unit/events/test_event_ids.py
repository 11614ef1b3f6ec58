"""One event has one id, whatever its way; two events have two."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.samples import changed, feedback_in, load, one, without

type Change = Callable[[Any], Any]

BOUNCE = load("ses/event_bounce.json")
COMPLAINT = load("ses/event_complaint.json")


def as_identity(event: Any) -> Any:
    """The same event as an identity notification reports it."""
    return without(without(event, "mail.tags"), "eventType") | {"notificationType": event["eventType"]}


SAME: dict[str, Change] = {
    "another dialect": as_identity,
    "another feedbackId": lambda event: changed(event, "bounce.feedbackId", "other"),
    "another spelling of the time": lambda event: changed(event, "bounce.timestamp", "2026-11-20T08:02:12 +0000"),
    "another time of the report": lambda event: changed(event, "bounce.timestamp", "2026-11-20T09:00:00Z"),
    "another spelling of the recipient": lambda event: changed(
        event, "bounce.bouncedRecipients.0.emailAddress", "QA <QA.READER.17@example.net>"
    ),
    "another diagnostic": lambda event: changed(event, "bounce.bouncedRecipients.0.diagnosticCode", "other"),
    "no headers": lambda event: without(event, "mail.headers"),
}
OTHER: dict[str, Change] = {
    "another mail": lambda event: changed(event, "mail.messageId", "other"),
    "another recipient": lambda event: changed(event, "bounce.bouncedRecipients.0.emailAddress", "b@example.net"),
    "another type": lambda event: changed(event, "bounce.bounceType", "Transient"),
    "another subtype": lambda event: changed(event, "bounce.bounceSubType", "NoEmail"),
    "another kind": lambda event: changed(event, "eventType", "Send"),
}


@pytest.mark.parametrize("change", SAME.values(), ids=SAME)
def test_the_id_of_an_event_ignores(change: Change) -> None:
    assert one(change(BOUNCE)).event_id == one(BOUNCE).event_id


@pytest.mark.parametrize("change", OTHER.values(), ids=OTHER)
def test_the_id_of_an_event_distinguishes(change: Change) -> None:
    assert one(change(BOUNCE)).event_id != one(BOUNCE).event_id


def test_events_with_nothing_but_their_kind_are_distinguished() -> None:
    send = load("ses/event_send.json")
    ids = {one(changed(send, "eventType", kind)).event_id for kind in ("Send", "Reject", "Rendering Failure")}
    assert len(ids) == 3


@pytest.mark.parametrize("field", ["complaintFeedbackType", "complaintSubType"])
def test_complaints_of_two_types_are_two_events(field: str) -> None:
    assert one(changed(COMPLAINT, f"complaint.{field}", "other")).event_id != one(COMPLAINT).event_id


def test_each_recipient_of_a_report_has_its_own_id() -> None:
    ids = {found.event_id for found in feedback_in(load("ses/complaint_several_recipients.json"))}
    assert len(ids) == 3


def test_the_two_paths_of_the_storys_bounce_give_one_id() -> None:
    ways = [load(f"story/{name}.json") for name in ("04_production_hard_bounce", "12_production_hard_bounce_again")]
    assert len({one(event).event_id for event in ways}) == 1


@pytest.mark.parametrize(
    ("name", "place"),
    [("event_delivery_delay", "deliveryDelay"), ("event_open", "open"), ("event_click", "click")],
)
def test_repeated_events_are_distinguished_by_their_time(name: str, place: str) -> None:
    event = load(f"ses/{name}.json")
    again = changed(event, f"{place}.timestamp", "2026-11-20T08:59:59Z")
    same = changed(event, f"{place}.timestamp", event[place]["timestamp"].replace("Z", "+00:00"))
    assert one(again).event_id != one(event).event_id == one(same).event_id


def test_two_links_clicked_at_the_same_moment_are_two_events() -> None:
    event = load("ses/event_click.json")
    assert one(changed(event, "click.link", "https://example.com/other")).event_id != one(event).event_id


def test_a_delay_and_the_bounce_after_it_are_two_events() -> None:
    assert one(load("ses/event_delivery_delay.json")).event_id != one(BOUNCE).event_id


def test_an_event_without_its_mails_id_is_distinguished_by_its_feedback_id() -> None:
    event = without(BOUNCE, "mail.messageId")
    assert one(changed(event, "bounce.feedbackId", "other")).event_id != one(event).event_id


def test_parts_do_not_run_into_one_another() -> None:
    event = changed(BOUNCE, "bounce.bounceType", "PermanentGeneral")
    assert one(changed(event, "bounce.bounceSubType", "")).event_id != one(BOUNCE).event_id
