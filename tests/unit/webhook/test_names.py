"""The names that mail services and django-anymail have for an event."""

import json
from typing import Any

import pytest
from anymail.signals import EventType, RejectReason

from ses_feedback.event_row import EventRow
from ses_feedback.vocabulary import Effect, Kind, Reason
from ses_feedback.webhook.names import event_type, names_of, reject_reason


def row(kind: Kind, effect: Effect = Effect.NONE, **fields: Any) -> EventRow:
    return EventRow(
        event_id="e", kind=kind, effect=effect, occurred_at="", environment="", message_stream="", **fields
    )


def said(event: EventRow) -> tuple[list[str], str, str | None]:
    return names_of(event), event_type(event), reject_reason(event)


def constants(of: type) -> set[Any]:
    return {value for name, value in vars(of).items() if name.isupper()}


@pytest.mark.parametrize("kind", Kind)
@pytest.mark.parametrize("reason", [None, *Reason])
def test_anymail_knows_every_word_that_is_said(kind: Kind, reason: Reason | None) -> None:
    event = row(kind, reason=reason)
    assert event_type(event) in constants(EventType)
    assert reject_reason(event) in constants(RejectReason) | {None}


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        (row(Kind.BOUNCE, reason=Reason.USER_UNKNOWN), (["email.bounced"], "bounced", "bounced")),
        (row(Kind.BOUNCE, reason=Reason.DOMAIN_INVALID), (["email.bounced"], "bounced", "invalid")),
        (row(Kind.BOUNCE, reason=Reason.NETWORK_ERROR), (["email.bounced"], "bounced", "timed_out")),
        (row(Kind.BOUNCE, reason=Reason.REPUTATION_BLOCK), (["email.bounced"], "bounced", "blocked")),
        (row(Kind.BOUNCE), (["email.bounced"], "bounced", "bounced")),
        (row(Kind.BOUNCE, reason=Reason.AUTOREPLY), ([], "autoresponded", None)),
        (row(Kind.BOUNCE, reason=Reason.SES_SUPPRESSED), (["email.suppressed"], "rejected", "bounced")),
        (
            row(Kind.BOUNCE, reason=Reason.SES_SUPPRESSED, bounce_sub_type="UnsubscribedRecipient"),
            (["email.suppressed"], "rejected", "unsubscribed"),
        ),
        (row(Kind.COMPLAINT, complaint_feedback_type="abuse"), (["email.complained"], "complained", "spam")),
        (row(Kind.COMPLAINT, complaint_feedback_type="Not_Spam"), ([], "unknown", None)),
        (row(Kind.DELIVERY_DELAY, reason=Reason.MAILBOX_FULL), (["email.delivery_delayed"], "deferred", None)),
        (row(Kind.REJECT), (["email.rejected"], "rejected", "blocked")),
        (row(Kind.RENDERING_FAILURE), (["email.failed"], "failed", None)),
    ],
)
def test_an_event_is_called_what_others_call_it(event: EventRow, expected: Any) -> None:
    assert said(event) == expected


@pytest.mark.parametrize(
    ("effect", "names"),
    [
        (Effect.SUPPRESSED, ["email.bounced", "suppression.added"]),
        (Effect.CLEARED, ["email.bounced", "suppression.removed"]),
        (Effect.COUNTED, ["email.bounced"]),
    ],
)
def test_what_it_did_to_the_suppression_is_named_too(effect: Effect, names: list[str]) -> None:
    assert names_of(row(Kind.BOUNCE, effect)) == names


@pytest.mark.parametrize(
    ("unsubscribe_all", "topics", "expected"),
    [
        (True, {}, "unsubscribed"),
        (False, {"news": "OptOut"}, "unsubscribed"),
        (None, {"news": "OptOut", "offers": "OptIn"}, "subscribed"),
        (False, {}, "unknown"),
    ],
)
def test_a_change_of_subscription_is_one_or_the_other(
    unsubscribe_all: bool | None, topics: dict[str, str], expected: str
) -> None:
    wanted = json.dumps({"unsubscribe_all": unsubscribe_all, "topics": topics})
    assert event_type(row(Kind.SUBSCRIPTION, preferences=wanted)) == expected
    assert event_type(row(Kind.SUBSCRIPTION)) == "unknown"
