"""post_webhook, as its queue calls it."""

import json
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

import boto3
import pytest
from standardwebhooks.webhooks import Webhook

from tests.conftest import REGION
from tests.handlers.conftest import Context, Load
from tests.https_server import Answer, HttpsServer
from tests.samples import load

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

SECRET = "abcd" * 12


@pytest.fixture
def application(tmp_path: Path) -> Iterator[HttpsServer]:
    with HttpsServer(tmp_path, "localhost") as server:
        yield server


@pytest.fixture
def module(function: Load, sqs: "SQSClient", application: HttpsServer, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    boto3.client("secretsmanager", region_name=REGION).create_secret(Name="webhook", SecretString=SECRET)
    url = f"https://localhost:{application.port}/feedback"
    variables = {"WEBHOOK_URL": url, "WEBHOOK_ALLOW_PRIVATE": "true", "WEBHOOK_SECRET": "webhook"}
    variables["WEBHOOK_QUEUE_URL"] = sqs.create_queue(QueueName="webhooks")["QueueUrl"]
    for name, value in (variables | {"SSL_CERT_FILE": str(application.authority)}).items():
        monkeypatch.setenv(name, value)
    return function("post_webhook")


def test_an_event_is_posted_exactly_as_queued(module: ModuleType, context: Context, application: HttpsServer) -> None:
    event = load("sqs_webhook.json")
    assert module.handler(event, context) == {"batchItemFailures": []}
    [request] = application.requests
    assert request.body.decode() == event["Records"][0]["body"]
    assert Webhook(SECRET).verify(request.body, request.headers) == json.loads(request.body)


def test_an_event_that_was_not_accepted_is_retried(
    module: ModuleType, context: Context, application: HttpsServer, sqs: "SQSClient"
) -> None:
    application.answers = [Answer(500)]
    queue, event = module.env.webhook_queue_url, load("sqs_webhook.json")
    sqs.send_message(QueueUrl=queue, MessageBody=event["Records"][0]["body"])
    [message] = sqs.receive_message(QueueUrl=queue)["Messages"]
    event["Records"][0] |= {"receiptHandle": message["ReceiptHandle"]}
    failed = [{"itemIdentifier": event["Records"][0]["messageId"]}]
    assert module.handler(event, context) == {"batchItemFailures": failed}
