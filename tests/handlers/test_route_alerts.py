"""route_alerts, as the alert queue calls it."""

import json
import time
from copy import replace
from dataclasses import asdict
from email import message_from_bytes, policy
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from ses_feedback.alerts.alert import Alert
from ses_feedback.vocabulary import EVERY_TEAM, Kind, Urgency
from ses_feedback_cli.dead_letters.dead_letter import ToQueue, dead_letter_from
from tests.alerts import alert as digest_alert
from tests.conftest import ALERT_SENDER, ALERT_TABLE, REGION
from tests.handlers.conftest import Context, Load
from tests.stores import items_in, messages_in

if TYPE_CHECKING:
    from types import ModuleType

    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_sqs import SQSClient


def alert(number: int, team: str = "qa", urgency: Urgency = Urgency.DIGEST) -> Alert:
    return replace(digest_alert(number, urgency), team=team)


def batch(*contents: Any) -> dict[str, Any]:
    """As SQS hands them over; the record ids are `m-0`, `m-1` …"""
    bodies = [content if isinstance(content, str) else json.dumps(_json(content)) for content in contents]
    return {"Records": [{"messageId": f"m-{number}", "body": body} for number, body in enumerate(bodies)]}


def _json(content: Any) -> Any:
    if isinstance(content, Alert):
        return {name: value for name, value in asdict(content).items() if value is not None}
    return content


FLUSH_QA = {"flush": "qa", "at": None}


class Mails:
    """What SES was asked to send."""

    def __init__(self, module: "ModuleType") -> None:
        self.refused, self._sent = False, list[dict[str, Any]]()
        module.dispatch._sender._ses.meta.events.register("provide-client-params.*.SendEmail", self._note)

    def _note(self, params: dict[str, Any], **_: Any) -> None:
        if self.refused:
            raise RuntimeError("SES is down")
        self._sent.append(params)

    @property
    def receivers(self) -> list[str]:
        return [address for params in self._sent for address in params["Destination"]["ToAddresses"]]

    @property
    def texts(self) -> list[str]:
        mails = [message_from_bytes(params["Content"]["Raw"]["Data"], policy=policy.default) for params in self._sent]
        return [str(body.get_content()) for mail in mails if (body := mail.get_body(("plain",)))]


@pytest.fixture
def module(function: Load) -> "ModuleType":
    boto3.client("sesv2", region_name=REGION).create_email_identity(EmailIdentity=ALERT_SENDER)
    return function("route_alerts")


@pytest.fixture
def mails(module: "ModuleType") -> Mails:
    return Mails(module)


def test_alerts_that_are_not_urgent_wait(module: "ModuleType", mails: Mails, context: Context) -> None:
    assert module.handler(batch(alert(1), alert(2)), context) == {"batchItemFailures": []}
    assert mails.receivers == []


def test_waiting_alerts_are_sent_in_one_mail_by_their_flush(
    module: "ModuleType", mails: Mails, context: Context, sqs: "SQSClient", alert_queue: str
) -> None:
    module.handler(batch(*(alert(number) for number in range(3))), context)
    [flush] = messages_in(sqs, alert_queue)
    assert module.handler(batch(flush["Body"]), context) == {"batchItemFailures": []}
    assert mails.receivers == ["qa@example.com"]
    assert all(f"reader-{number}@example.net" in mails.texts[0] for number in range(3))


def test_an_urgent_alert_is_sent_at_once_with_those_that_wait(
    module: "ModuleType", mails: Mails, context: Context
) -> None:
    module.handler(batch(alert(1)), context)
    module.handler(batch(alert(2, urgency=Urgency.AT_ONCE)), context)
    assert mails.receivers == ["qa@example.com"]
    assert "reader-1@example.net" in mails.texts[0]


def test_every_team_gets_its_own_mail(module: "ModuleType", mails: Mails, context: Context) -> None:
    alerts = [alert(number, team, Urgency.AT_ONCE) for number, team in enumerate(("qa", "marketing", "developers"))]
    module.handler(batch(*alerts), context)
    assert sorted(mails.receivers) == ["developers@example.com", "marketing@example.com", "qa@example.com"]
    assert all(text.count("@example.net") >= 1 for text in mails.texts)


def test_every_team_is_notified_once_that_sending_stopped(
    module: "ModuleType", mails: Mails, context: Context
) -> None:
    stopped = replace(alert(1, EVERY_TEAM, Urgency.AT_ONCE), kind=Kind.ACCOUNT, recipient=None, resource="account 1")
    for _ in range(2):
        assert module.handler(batch(stopped), context) == {"batchItemFailures": []}
    teams = ("customer-service", "developers", "marketing", "qa")
    assert sorted(mails.receivers) == [f"{team}@example.com" for team in teams]


def test_a_copy_of_an_alert_notifies_nobody(module: "ModuleType", mails: Mails, context: Context) -> None:
    for _ in range(3):
        module.handler(batch(alert(1, urgency=Urgency.AT_ONCE)), context)
    module.handler(batch(FLUSH_QA), context)
    assert len(mails.receivers) == 1


def test_a_flush_with_nothing_pending_sends_nothing(module: "ModuleType", mails: Mails, context: Context) -> None:
    assert module.handler(batch(FLUSH_QA), context) == {"batchItemFailures": []}
    assert mails.receivers == []


def test_a_storm_is_one_mail(module: "ModuleType", mails: Mails, context: Context) -> None:
    for start in range(0, 500, 100):
        module.handler(batch(*(alert(number) for number in range(start, start + 100))), context)
    module.handler(batch(FLUSH_QA), context)
    assert len(mails.texts) == 1
    assert "500" in mails.texts[0]


def test_a_team_that_could_not_be_notified_is_notified_when_its_messages_are_redelivered(
    module: "ModuleType", mails: Mails, context: Context
) -> None:
    event = batch(alert(1, urgency=Urgency.AT_ONCE), FLUSH_QA)
    mails.refused = True
    answer = module.handler(event, context)
    assert answer == {"batchItemFailures": [{"itemIdentifier": "m-0"}, {"itemIdentifier": "m-1"}]}
    mails.refused = False
    assert module.handler(event, context) == {"batchItemFailures": []}
    assert mails.receivers == ["qa@example.com"]


def test_a_team_that_cannot_be_notified_does_not_delay_the_others(
    module: "ModuleType", mails: Mails, context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse_qa(team: str, *rest: Any) -> str:
        if team == "qa":
            raise RuntimeError("refused")
        return real(team, *rest)  # type: ignore[no-any-return]

    real = module.dispatch._sender.notify
    monkeypatch.setattr(module.dispatch._sender, "notify", refuse_qa)
    event = batch(alert(1, "qa", Urgency.AT_ONCE), alert(2, "developers", Urgency.AT_ONCE))
    assert module.handler(event, context) == {"batchItemFailures": [{"itemIdentifier": "m-0"}]}
    assert mails.receivers == ["developers@example.com"]


def test_if_another_flush_holds_the_lease_one_more_is_scheduled(
    module: "ModuleType", mails: Mails, context: Context, sqs: "SQSClient", alert_queue: str
) -> None:
    now = time.time()
    module.dispatch._outbox.take("qa", now)
    assert module.handler(batch(alert(1, urgency=Urgency.AT_ONCE)), context) == {"batchItemFailures": []}
    [flush] = messages_in(sqs, alert_queue)
    module.dispatch._outbox.release("qa", now, is_done=False)
    module.handler(batch(flush["Body"]), context)
    assert mails.receivers == ["qa@example.com"]


def test_a_flush_that_was_given_up_tells_what_pends_once_it_is_redriven(
    module: "ModuleType", mails: Mails, context: Context, sqs: "SQSClient", alert_queue: str
) -> None:
    """`dead-letters redrive` sends the same body to the queue again; the window still names that flush."""
    module.handler(batch(alert(1)), context)
    [flush] = messages_in(sqs, alert_queue)
    given_up = {"DeadLetterQueueSourceArn": "arn:aws:sqs:eu-central-1:111122223333:AlertQueue"}
    dead_letter = dead_letter_from({"MessageId": "1", "Body": flush["Body"], "Attributes": given_up})
    assert isinstance(dead_letter.destination, ToQueue)
    assert str(dead_letter.destination) == "AlertQueue"
    for _ in range(2):
        module.handler(batch(dead_letter.destination.body), context)
        assert mails.receivers == ["qa@example.com"]


@pytest.mark.parametrize(
    ("body", "cause"),
    [
        ("hello", "not JSON"),
        ("[]", "neither an alert nor a flush"),
        ("{}", "the row of the event without an id lacks"),
        ('{"flush": "nobody"}', "the settings have no team 'nobody'"),
        ('{"flush": ["qa"]}', "the settings have no team"),
        (json.dumps(_json(alert(1)) | {"team": "sales"}), "the settings have no team 'sales'"),
        (json.dumps(_json(alert(1)) | {"recipient": 5}), "not a text"),
    ],
)
def test_what_is_not_an_alert_goes_to_the_dead_letters_and_the_rest_is_sent(
    body: str, cause: str, module: "ModuleType", mails: Mails, context: Context, sqs: "SQSClient",
    dead_letters_queue: str,
) -> None:  # fmt: skip
    answer = module.handler(batch(body, alert(2, urgency=Urgency.AT_ONCE)), context)
    assert answer == {"batchItemFailures": []}
    assert mails.receivers == ["qa@example.com"]
    [letter] = messages_in(sqs, dead_letters_queue)
    assert letter["Body"] == body
    assert cause in letter["MessageAttributes"]["Cause"].get("StringValue", "")


def test_an_alert_that_was_sent_is_marked_and_no_longer_pending(
    module: "ModuleType", mails: Mails, context: Context, dynamodb: "DynamoDBClient"
) -> None:
    module.handler(batch(alert(1, urgency=Urgency.AT_ONCE)), context)
    assert [sk for _, sk in items_in(dynamodb, ALERT_TABLE, "S#")] == ["S#event-00001"]
    assert items_in(dynamodb, ALERT_TABLE, "P#") == {}


def test_logs_hold_no_address(capsys: pytest.CaptureFixture[str], function: Load, context: Context) -> None:
    module = function("route_alerts")
    boto3.client("sesv2").create_email_identity(EmailIdentity=ALERT_SENDER)
    module.handler(batch(alert(1, urgency=Urgency.AT_ONCE), alert(2, team="nobody")), context)
    logged = capsys.readouterr()
    assert '"alerts sent"' in logged.out
    assert "@" not in logged.out + logged.err


def test_logs_hold_no_address_when_ses_refuses(
    capsys: pytest.CaptureFixture[str], function: Load, context: Context
) -> None:
    answer = function("route_alerts").handler(batch(alert(1, urgency=Urgency.AT_ONCE)), context)
    logged = capsys.readouterr()
    assert answer == {"batchItemFailures": [{"itemIdentifier": "m-0"}]}
    assert '"refusals":["email: MessageRejected"]' in logged.out
    assert "@" not in logged.out + logged.err
