"""A world on moto for the tests of this folder: see world.py."""

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import boto3
import pytest

from tests.conftest import ALERT_SENDER, REGION
from tests.faults.injector import Injector
from tests.faults.parts import PARTS
from tests.faults.world import World
from tests.handlers.conftest import Load, alert_queue, alerts_topic, context, function, sns

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_sns import SNSClient
    from mypy_boto3_sqs import SQSClient

__all__ = ["alert_queue", "alerts_topic", "context", "function", "sns"]

_NOTED = ("SendEmail", "PutEvents")
_HERE = Path(__file__).parent


def pytest_configure(config: pytest.Config) -> None:
    for name, part in PARTS.items():
        config.addinivalue_line("markers", f"{name}: {part.what}")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Every test here belongs to one part of `make torture`: without its marker, it would never run at full size."""
    for item in items:
        is_tortured = item.path.is_relative_to(_HERE) and item.path.name != "test_figures.py"
        if is_tortured and len(PARTS.keys() & {marker.name for marker in item.iter_markers()}) != 1:
            raise pytest.UsageError(f"{item.nodeid} needs the marker of one part: {', '.join(PARTS)}")


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """Thousands of records fail here on purpose, and each logs a traceback."""
    logging.disable()
    yield
    logging.disable(logging.NOTSET)


@pytest.fixture
def world(
    dynamodb: "DynamoDBClient",
    sqs: "SQSClient",
    sns: "SNSClient",
    feedback_queue: str,
    dead_letters_queue: str,
    alert_queue: str,
    alerts_topic: str,
    function: Load,
    boto3_session: boto3.Session,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[World]:
    """Fixtures' own clients are made before the injector, so that it sees only the functions' calls."""
    heard = sqs.create_queue(QueueName="heard-of-alerts")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=heard, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    sns.subscribe(TopicArn=alerts_topic, Protocol="sqs", Endpoint=arn, Attributes={"RawMessageDelivery": "true"})
    boto3.client("sesv2", region_name=REGION).create_email_identity(EmailIdentity=ALERT_SENDER)
    queues = {
        "feedback": feedback_queue,
        "dead-letters": dead_letters_queue,
        "alerts": alert_queue,
        "archive": sqs.create_queue(QueueName="archive")["QueueUrl"],
        "heard": heard,
        "webhooks": sqs.create_queue(QueueName="webhooks")["QueueUrl"],
    }
    injector = Injector()
    world = World(dynamodb, sqs, queues, function, injector)
    monkeypatch.setattr("ses_feedback.alerts.dispatch.time.time", world.clock.time)
    for operation in _NOTED:
        boto3_session.events.register(f"provide-client-params.*.{operation}", world.note_on_its_way, operation)
    try:
        with injector.installed(boto3_session):
            yield world
    finally:
        for operation in _NOTED:
            boto3_session.events.unregister(f"provide-client-params.*.{operation}", unique_id=operation)
