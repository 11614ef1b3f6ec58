"""What all tests share: repeatable examples, the shipped settings, and an AWS that costs nothing."""

import functools
import os
import threading
from collections import defaultdict
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import boto3
import botocore.loaders
import botocore.session
import pytest
import typer.main
import typer.testing
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from moto import mock_aws
from moto.core.botocore_stubber import BotocoreStubber
from moto.sqs.models import SQSBackend

from ses_feedback import aws_client
from ses_feedback.dead_letters import DeadLetters
from ses_feedback.ledger.table import Ledger
from ses_feedback.settings.file import Settings
from tests.samples import shipped_settings

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_sqs import SQSClient

hypothesis_settings.register_profile(
    "gate",
    derandomize=True,
    deadline=None,
    max_examples=40,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
hypothesis_settings.load_profile("gate")

REGION = "eu-central-1"

# What tests would work out again and again, the same each time: AWS's descriptions of its services, for each session
# of boto3, and the options of the command line, for each command.
botocore.session.create_loader = functools.cache(botocore.loaders.create_loader)
typer.testing._get_command = functools.cache(typer.main.get_command)  # type: ignore[attr-defined]


_answer, _one_at_a_time = BotocoreStubber.__call__, threading.RLock()


def _answer_one(self: BotocoreStubber, *args: Any, **kwargs: Any) -> Any:
    """DynamoDB performs each request whole; moto's threads would meet between a condition and its write."""
    with _one_at_a_time:
        return _answer(self, *args, **kwargs)


BotocoreStubber.__call__ = _answer_one  # type: ignore[method-assign]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """How long the tests of each part took: `unit 60 s · handlers 20 s`. A worker beside counts as well."""
    seconds: dict[str, float] = defaultdict(float)
    for reports in terminalreporter.stats.values():
        for report in reports:
            if isinstance(report, pytest.TestReport):
                seconds[report.nodeid.split("/")[1]] += report.duration
    terminalreporter.write_line(
        " · ".join(f"{part} {spent:.0f} s" for part, spent in sorted(seconds.items(), key=lambda item: -item[1]))
    )


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """In CI a skipped test fails the run: what should have run must have run."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if os.environ.get("CI") and reporter is not None and reporter.stats.get("skipped"):
        reporter.write_line("Tests were skipped, and in CI none may be.", red=True)
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


_receive = SQSBackend.receive_message

TABLE, ALERT_TABLE, ALERT_SENDER = "ledger", "alerts", "alerts@example.com"


@pytest.fixture(scope="session")
def settings() -> Settings:
    """`layers/settings/feedback.toml` as it ships."""
    return shipped_settings()


@pytest.fixture(scope="session")
def boto3_session() -> boto3.Session:
    """One for all tests, since it reads AWS's service descriptions once: most of what a client costs."""
    return boto3.Session("testing", "testing", region_name=REGION)


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch, boto3_session: boto3.Session) -> Iterator[None]:
    """moto in place of AWS, empty at the start of each test."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.setenv(name, "testing")
    for name in ("AWS_PROFILE", "AWS_ENDPOINT_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    monkeypatch.setattr(SQSBackend, "receive_message", _receive_at_once)
    with mock_aws():
        monkeypatch.setattr(boto3, "DEFAULT_SESSION", boto3_session)
        monkeypatch.setattr(aws_client, "_session", lambda: boto3_session._session)
        yield


def _receive_at_once(self: SQSBackend, queue_name: str, count: int, _wait_seconds: int, *more: Any) -> Any:
    """A long poll that does not wait: within a test nobody else sends."""
    return _receive(self, queue_name, count, 0, *more)


@pytest.fixture
def dynamodb(aws: None) -> "DynamoDBClient":
    """DynamoDB with the two tables of the template, empty."""
    client = boto3.client("dynamodb", region_name=REGION)
    create_tables(client)
    return client


@pytest.fixture
def ledger(dynamodb: "DynamoDBClient", settings: Settings) -> Ledger:
    return Ledger(dynamodb, TABLE, settings, ALERT_SENDER)


@pytest.fixture
def sqs(aws: None) -> "SQSClient":
    return boto3.client("sqs", region_name=REGION)


@pytest.fixture
def feedback_queue(sqs: "SQSClient") -> str:
    return sqs.create_queue(QueueName="feedback")["QueueUrl"]


@pytest.fixture
def dead_letters_queue(sqs: "SQSClient") -> str:
    return sqs.create_queue(QueueName="dead-letters")["QueueUrl"]


@pytest.fixture
def dead_letters(sqs: "SQSClient", dead_letters_queue: str) -> DeadLetters:
    return DeadLetters(sqs, dead_letters_queue, "a_function")


def create_tables(client: "DynamoDBClient") -> None:
    create_ledger(client, TABLE)
    _create(client, ALERT_TABLE)


def create_ledger(client: "DynamoDBClient", table: str) -> None:
    _create(client, table, index=("scope_shard", "since_address"))


def _create(client: "DynamoDBClient", name: str, index: tuple[str, str] | None = None) -> None:
    keys: dict[str, Any] = {"KeySchema": _schema("pk", "sk")}
    if index:
        found = {"IndexName": "suppressed", "KeySchema": _schema(*index), "Projection": {"ProjectionType": "ALL"}}
        keys["GlobalSecondaryIndexes"] = [found]
    client.create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[
            {"AttributeName": attribute, "AttributeType": "S"} for attribute in ("pk", "sk", *(index or ()))
        ],
        **keys,
    )


def _schema(partition: str, sort: str) -> list[dict[str, str]]:
    return [{"AttributeName": partition, "KeyType": "HASH"}, {"AttributeName": sort, "KeyType": "RANGE"}]
