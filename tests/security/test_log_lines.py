"""No function writes an address, a subject or a remote server's reply into its log, whatever goes wrong."""

import json
import logging
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from ses_feedback.webhook.post import WebhookAddress
from tests.conftest import ALERT_SENDER, REGION, TABLE
from tests.handlers.conftest import Context, Load
from tests.samples import load, shipped_settings
from tests.security.canaries import CANARY, SAMPLES, archive_of_canaries, canaries_in, with_canaries
from tests.ses_rig import STACK, Rig
from tests.sns import TOPIC, http_request, message, signed
from tests.stores import crash_at

REFUSAL = ClientError(
    {"Error": {"Code": "MessageRejected", "Message": f"Address is not verified: {CANARY}@example.com"}}, "Call"
)
"""As SES words it: with the address."""


@dataclass
class Logged(Context):
    log_stream_name: str = "stream-1"

    def get_remaining_time_in_millis(self) -> int:
        return 900_000


@dataclass
class Log:
    """All that Lambda would write into a function's log group: its output, its loggers, and what it raises."""

    capsys: pytest.CaptureFixture[str]
    caplog: pytest.LogCaptureFixture

    def of(self, call: Callable[[], Any]) -> str:
        raised = ""
        try:
            call()
        except Exception:
            raised = traceback.format_exc()
        heard = self.capsys.readouterr()
        return f"{heard.out}{heard.err}{self.caplog.text}{raised}".lower()


@pytest.fixture
def log(capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture) -> Log:
    caplog.set_level(logging.WARNING)  # Lambda's own level for all loggers but Powertools'
    return Log(capsys, caplog)


def run(module: ModuleType, event: Any) -> Callable[[], Any]:
    return lambda: module.handler(event, Logged())


def in_a_batch(*bodies: str) -> dict[str, Any]:
    [record] = load("sqs_bounce.json")["Records"][:1]
    return {"Records": [record | {"messageId": f"m-{n}", "body": body} for n, body in enumerate(bodies)]}


def test_the_samples_hold_canaries_where_people_are_named() -> None:
    assert json.dumps(canaries_in("ses/event_bounce.json")).count(CANARY) > 5
    assert sum(CANARY in json.dumps(canaries_in(name)) for name in SAMPLES) > 40
    assert archive_of_canaries()


def test_a_canary_that_sings_is_heard(log: Log) -> None:
    assert CANARY in log.of(lambda: logging.getLogger("any").warning("to %s@example.com", CANARY))
    assert CANARY in log.of(lambda: print(f"{CANARY.upper()}@example.com"))
    assert CANARY in log.of(lambda: dict[str, int]()[f"{CANARY}@example.com"])


@pytest.mark.parametrize("name", SAMPLES)
def test_process_feedback_records_every_sample_and_names_nobody(name: str, function: Load, log: Log) -> None:
    event = canaries_in(name)
    said = log.of(run(function("process_feedback"), event if "sqs_" in name else in_a_batch(json.dumps(event))))
    assert "recorded" in said or "dropped" in said
    assert CANARY not in said


@pytest.mark.parametrize(
    "name", ["sns_bounce.json", "eventbridge_complaint.json", "sns_bounce_event_publishing.json"]
)
def test_process_feedback_names_nobody_in_what_it_cannot_read(name: str, function: Load, log: Log) -> None:
    text = json.dumps(canaries_in(name))
    odd = [text[: len(text) // 2], text.replace("@", "\\ud800@"), text.replace("@", "@@"), f"[{text}", f'"{CANARY}"']
    said = log.of(run(function("process_feedback"), in_a_batch(*odd)))
    assert "dead letters" in said
    assert CANARY not in said


@pytest.mark.parametrize("is_batch", [True, False])
def test_process_feedback_names_nobody_when_the_ledger_fails(is_batch: bool, function: Load, log: Log) -> None:
    module, event = function("process_feedback"), canaries_in("sns_bounce.json")
    with crash_at(module.intake._ledger._client, 0, "before-call"):
        said = log.of(run(module, in_a_batch(json.dumps(event)) if is_batch else event))
    assert "crash" in said
    assert CANARY not in said


@pytest.mark.parametrize("name", ["publish_alerts", "publish_feedback"])
def test_the_readers_of_the_stream_name_nobody_when_nothing_is_accepted(
    name: str, function: Load, log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    boto3.client("events", region_name=REGION).create_event_bus(Name="feedback")
    monkeypatch.setenv("EVENT_BUS_NAME", "feedback")
    module, event = function(name), canaries_in("dynamodb_stream_alert.json")
    assert CANARY not in log.of(run(module, event))
    with crash_at(module.sns if name == "publish_alerts" else module.eventbridge, 0, "before-call"):
        said = log.of(run(module, event))
    assert "crash" in said
    assert CANARY not in said


@pytest.mark.parametrize("error", [None, REFUSAL, RuntimeError("no connection")])
def test_route_alerts_names_nobody_whether_its_mail_is_accepted_or_not(
    error: Exception | None, function: Load, log: Log
) -> None:
    boto3.client("sesv2", region_name=REGION).create_email_identity(EmailIdentity=ALERT_SENDER)
    module = function("route_alerts")
    alert = json.dumps(canaries_in("sqs_alert.json")["Records"][0]["body"])
    team = json.loads(json.loads(alert))["team"]
    event = in_a_batch(json.loads(alert), json.dumps({"flush": team, "at": None}), f'"{CANARY}@example.com"')
    with crash_at(module.dispatch._sender._ses, 0 if error else 99, "before-call", error):
        said = log.of(run(module, event))
    assert ("they are retried" if error else '"alerts sent"') in said
    assert CANARY not in said


def test_watch_archive_names_nobody_from_whole_or_broken_records(function: Load, log: Log) -> None:
    [record] = load("s3_object_created.json")["Records"]
    s3 = boto3.client("s3", region_name=REGION)
    bucket, key = record["s3"]["bucket"]["name"], record["s3"]["object"]["key"]
    s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
    module, event = function("watch_archive"), {"Records": [record]}
    for body in (archive_of_canaries(), f"{CANARY}@example.com".encode(), archive_of_canaries()[:5000]):
        s3.put_object(Bucket=bucket, Key=key.replace("%3D", "="), Body=body)
        said = log.of(run(module, event))
        assert said
        assert CANARY not in said


def test_receive_feedback_names_nobody_and_no_password(
    function: Load, log: Log, alerts_topic: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = json.dumps({"username": CANARY, "password": CANARY})
    boto3.client("secretsmanager", region_name=REGION).create_secret(Name="https", SecretString=secret)
    variables = {"BASIC_AUTH_SECRET": "https", "TOPIC_ARNS": TOPIC, "ALLOW_SHA1": "false", "MAX_AGE_SECONDS": "3600"}
    for name, value in (variables | {"OPERATIONS_TOPIC_ARN": alerts_topic}).items():
        monkeypatch.setenv(name, value)
    module = function("receive_feedback")
    request = http_request(signed(message(Message=f"to {CANARY}@example.com")))
    odd = [request, request | {"body": f"{CANARY}@example.com"}, request | {"headers": {"authorization": CANARY}}]
    said = log.of(lambda: [module.handler(event, Context()) for event in odd])
    assert said.count('"message":"refused"') == len(odd)
    assert CANARY not in said


def test_post_webhook_names_nobody_when_the_application_refuses_events(
    function: Load, log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    boto3.client("secretsmanager", region_name=REGION).create_secret(Name="webhook", SecretString="abcd" * 12)
    queue = boto3.client("sqs", region_name=REGION).create_queue(QueueName="webhooks")["QueueUrl"]
    variables = {"WEBHOOK_URL": f"https://127.0.0.1:1/{CANARY}", "WEBHOOK_ALLOW_PRIVATE": "false"}
    for name, value in (variables | {"WEBHOOK_QUEUE_URL": queue, "WEBHOOK_SECRET": "webhook"}).items():
        monkeypatch.setenv(name, value)
    module = function("post_webhook")
    assert isinstance(module.delivery._address, WebhookAddress)
    event = canaries_in("sqs_webhook.json")
    event["Records"] += in_a_batch(f'{{"to": "{CANARY}@example.com"}}', with_canaries("jo@example.com"))["Records"]
    said = log.of(run(module, event))
    assert said
    assert CANARY not in said


@pytest.mark.parametrize("error", [None, REFUSAL, RuntimeError("no connection")])
def test_back_up_names_nobody_whose_rows_it_writes_or_fails_to_write(
    error: Exception | None, function: Load, log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    function("process_feedback").handler(canaries_in("sns_bounce.json"), Context())
    s3 = boto3.client("s3", region_name=REGION)
    s3.create_bucket(Bucket="backups", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
    arn = boto3.client("dynamodb", region_name=REGION).describe_table(TableName=TABLE)["Table"]["TableArn"]
    variables = {"BACKUP_BUCKET": "backups", "BACKUP_METHOD": "parts", "BACKUP_LISTING": "true", "BACKUP_KEY_ARN": ""}
    for name, value in (variables | {"TABLE_ARN": arn}).items():
        monkeypatch.setenv(name, value)
    module = function("back_up")
    if error:
        monkeypatch.setattr(module.writing._s3, "put_object", refusing(RuntimeError("S3 is away")))
    said = log.of(run(module, {}))
    assert ("s3 is away" if error else "backed up") in said
    assert CANARY not in said


@pytest.mark.parametrize("kind", ["Create", "Update", "Delete"])
@pytest.mark.parametrize("error", [None, REFUSAL])
def test_configure_identities_names_no_address_though_addresses_are_its_subject(
    kind: str, error: Exception | None, function: Load, log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    rig, told = Rig(), list[str]()
    rig.fake.verify(f"{CANARY}@example.com")
    rig.surround(monkeypatch)
    module = function("configure_identities")
    monkeypatch.setattr("ses_feedback.custom_resource.answer", lambda *said: told.append(said[1]))
    if error:
        monkeypatch.setattr("ses_feedback.handlers.configure_identities.load_settings", refusing(error))
    assert CANARY not in log.of(run(module, {"RequestType": kind, "StackId": STACK}))
    assert told


def test_configure_alarms_names_no_address_of_a_team(
    function: Load, log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    module, told = function("configure_alarms"), list[str]()
    monkeypatch.setattr("ses_feedback.custom_resource.answer", lambda *said: told.append(said[1]))
    said = log.of(run(module, {"RequestType": "Create", "StackId": STACK}))
    addresses = [address for team in shipped_settings().teams.values() for address in team.email]
    assert told == ["SUCCESS"]
    assert addresses
    assert not [address for address in addresses if address in said]


def refusing(error: Exception) -> Callable[..., Any]:
    def refuse(*_: Any, **__: Any) -> None:
        raise error

    return refuse
