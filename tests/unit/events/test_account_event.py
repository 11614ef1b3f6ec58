"""Events about the account are alerts: once, at once, to who must know, in plain words."""

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from ses_feedback.alerts.alert import alert_from
from ses_feedback.attribute_values import plain
from ses_feedback.decision.decide import decide
from ses_feedback.decision.urgency import urgency
from ses_feedback.events.document import Document, NoFeedback
from ses_feedback.events.feedback import Feedback
from ses_feedback.events.read import read_feedback
from ses_feedback.ledger.items import key
from ses_feedback.ledger.table import Ledger
from ses_feedback.settings.file import Settings
from ses_feedback.vocabulary import EVERY_TEAM, AccountEvent, Kind, Urgency
from tests.alerts import part, received
from tests.conftest import TABLE
from tests.samples import NOW, changed, load, opened

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

ACCOUNT = "arn:aws:ses:eu-central-1:111122223333:"
STOPPED = "eventbridge_sending_disabled.json"


def read(event: Any) -> list[Feedback] | NoFeedback:
    [document] = opened(event)
    assert isinstance(document, Document), document
    return read_feedback(document, NOW)


def one(event: Any) -> Feedback:
    found = read(event)
    assert isinstance(found, list), found
    return found[0]


@pytest.mark.parametrize(
    ("name", "what"),
    [
        (STOPPED, AccountEvent.SENDING_DISABLED),
        ("sqs_eventbridge_sending_disabled.json", AccountEvent.SENDING_DISABLED),
        ("eventbridge_sending_enabled.json", AccountEvent.SENDING_ENABLED),
        ("eventbridge_advisor_open.json", AccountEvent.FINDING_OPEN),
        ("eventbridge_advisor_resolved.json", AccountEvent.FINDING_RESOLVED),
        ("eventbridge_rate_alarm.json", AccountEvent.RATE_HIGH),
    ],
)
def test_every_account_event_notifies_at_once(name: str, what: AccountEvent, settings: Settings) -> None:
    feedback = one(load(name))
    assert (feedback.kind, feedback.recipient, feedback.account_event) == (Kind.ACCOUNT, None, what)
    assert urgency(decide(feedback, settings), NOW, "alerts@example.com") is Urgency.AT_ONCE


def test_what_one_page_calls_closed_and_another_resolved_is_one_thing() -> None:
    event = changed(load("eventbridge_advisor_open.json"), "detail-type", "Advisor Recommendation Status Closed")
    assert one(event).account_event is AccountEvent.FINDING_RESOLVED


def test_a_type_that_ses_adds_later_notifies_all_the_same() -> None:
    event = changed(load(STOPPED), "detail-type", "Sending Limits Lowered")
    assert one(event).account_event is AccountEvent.OTHER


@pytest.mark.parametrize("path", ["id", "version"])
def test_another_envelope_does_not_make_another_event(path: str) -> None:
    assert one(changed(load(STOPPED), path, "other")).event_id == one(load(STOPPED)).event_id


@pytest.mark.parametrize("path", ["time", "resources.0", "detail.data.record.cause"])
def test_another_time_or_resource_or_cause_is_another_event(path: str) -> None:
    assert one(changed(load(STOPPED), path, "2026-11-20T08:00:00Z")).event_id != one(load(STOPPED)).event_id


@pytest.mark.parametrize(
    ("name", "resource", "team", "matched"),
    [
        (STOPPED, "tenant/paper-lantern/tn-1", EVERY_TEAM, "default"),
        (STOPPED, "configuration-set/ses-feedback-staging", "qa", "configuration set ses-feedback-staging"),
        (STOPPED, "identity/dev@example.com", "developers", "address dev@example.com (resource ARN)"),
        (
            "eventbridge_advisor_open.json",
            "identity/example.com",
            "customer_service",
            "domain example.com (resource ARN)",
        ),
        ("eventbridge_advisor_open.json", "tenant/paper-lantern/tn-1", "customer_service", "default"),
    ],
)
def test_who_is_notified_depends_on_what_is_named(
    name: str, resource: str, team: str, matched: str, settings: Settings
) -> None:
    route = decide(one(changed(load(name), "resources", [ACCOUNT + resource])), settings).route
    assert (route.team, route.matched == matched or matched == "default") == (team, True)


def test_an_alarm_notifies_the_team_of_its_environment(settings: Settings) -> None:
    route = decide(one(load("eventbridge_rate_alarm.json")), settings).route
    assert (route.environment, route.team, route.matched) == ("staging", "qa", "alarm of staging")


@pytest.mark.parametrize(
    ("before", "after", "what"),
    [
        ("ALARM", "OK", AccountEvent.RATE_CALM),
        ("INSUFFICIENT_DATA", "OK", None),
        ("OK", "INSUFFICIENT_DATA", None),
        ("INSUFFICIENT_DATA", "ALARM", AccountEvent.RATE_HIGH),
    ],
)
def test_an_alarm_notifies_when_it_begins_and_when_it_ends(
    before: str, after: str, what: AccountEvent | None
) -> None:
    event = changed(load("eventbridge_rate_alarm.json"), "detail.previousState.value", before)
    found = read(changed(event, "detail.state.value", after))
    assert (found[0].account_event if isinstance(found, list) else None) is what


def test_an_api_call_seen_by_cloudtrail_is_not_an_account_event() -> None:
    [found] = opened(changed(load(STOPPED), "detail-type", "AWS API Call via CloudTrail"))
    assert isinstance(found, NoFeedback)
    assert found.reason == "cloudtrail"


def test_an_event_that_arrives_twice_is_one_row_with_one_alert(
    ledger: Ledger, dynamodb: "DynamoDBClient", settings: Settings
) -> None:
    feedback = one(load(STOPPED))
    news = [ledger.record(decide(feedback, settings), NOW).is_new for _ in range(2)]
    row = dynamodb.get_item(TableName=TABLE, Key=key(str(feedback.resource), f"E#{feedback.event_id}"))["Item"]
    assert news == [True, False]
    assert alert_from(plain(row)).account_event is AccountEvent.SENDING_DISABLED


def test_a_replay_notifies_nobody(settings: Settings) -> None:
    late = NOW + timedelta(days=2)
    assert urgency(decide(one(load(STOPPED)), settings), late, "alerts@example.com") is None


def test_the_mail_says_what_it_means_and_what_to_do(ledger: Ledger, dynamodb: "DynamoDBClient") -> None:
    feedback = one(load(STOPPED))
    ledger.record(decide(feedback, ledger._settings), NOW)
    row = dynamodb.get_item(TableName=TABLE, Key=key(str(feedback.resource), f"E#{feedback.event_id}"))["Item"]
    mail = received(alert_from(plain(row)))
    text = " ".join(part(mail, "plain").split())
    assert mail["Subject"] == "[all environments] Sending stopped: tenant paper-lantern"
    assert all(
        words in text for words in ("every attempt to send fails", "AWS Support Center", "A reputation finding")
    )
    assert "get-reputation-entity" in text
