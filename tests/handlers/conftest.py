"""The functions as Lambda loads them: fresh, with their environment, and AWS behind them (moto)."""

import json
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, tzinfo
from http.server import BaseHTTPRequestHandler, HTTPServer
from importlib.util import module_from_spec, spec_from_file_location
from types import ModuleType
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import boto3
import pytest

from tests.conftest import ALERT_SENDER, ALERT_TABLE, REGION, TABLE
from tests.samples import NOW, ROOT, SHIPPED

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_sns import SNSClient
    from mypy_boto3_sqs import SQSClient

type Load = Callable[[str], ModuleType]


@dataclass
class Context:
    """What Lambda tells a function about its invocation."""

    function_name: str = "function"
    memory_limit_in_mb: int = 512
    invoked_function_arn: str = f"arn:aws:lambda:{REGION}:111122223333:function:function"
    aws_request_id: str = "request-1"
    log_stream_name: str = "stream-1"

    def get_remaining_time_in_millis(self) -> int:
        return 30_000


class CloudFormation(HTTPServer):
    """Hears the answers of custom resources; refuses so many of them first."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Ear)
        self.answers, self.refusals = list[dict[str, Any]](), 0

    def event(self, kind: str, stack: str) -> dict[str, Any]:
        """A request to a custom resource of a stack: Create, Update or Delete."""
        return {
            "RequestType": kind,
            "ResponseURL": f"http://127.0.0.1:{self.server_port}/answer",
            "StackId": stack,
            "RequestId": "request-1",
            "LogicalResourceId": "SesSettings",
        }


class _Ear(BaseHTTPRequestHandler):
    server: CloudFormation

    def do_PUT(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        is_refused = self.server.refusals > 0
        if is_refused:
            self.server.refusals -= 1
        else:
            self.server.answers.append(json.loads(body))
        self.send_response(500 if is_refused else 200)
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        pass


class At(datetime):
    """A clock that stands at the time of the sample events."""

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
        return NOW.astimezone(tz)


@pytest.fixture
def cloudformation() -> Iterator[CloudFormation]:
    with CloudFormation() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def context() -> Context:
    return Context()


@pytest.fixture
def sns(aws: None) -> "SNSClient":
    return boto3.client("sns", region_name=REGION)


@pytest.fixture
def alerts_topic(sns: "SNSClient") -> str:
    return sns.create_topic(Name="alerts")["TopicArn"]


@pytest.fixture
def alert_queue(sqs: "SQSClient") -> str:
    return sqs.create_queue(QueueName="alerts")["QueueUrl"]


def load_app(name: str, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """`functions/<name>/app.py` anew, with the variables that the environment has."""
    spec = spec_from_file_location(f"{name}_app", ROOT / "functions" / name / "app.py")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    monkeypatch.setitem(sys.modules, spec.name, module)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def function(
    dynamodb: "DynamoDBClient",
    feedback_queue: str,
    dead_letters_queue: str,
    alerts_topic: str,
    alert_queue: str,
    monkeypatch: pytest.MonkeyPatch,
) -> Load:
    """Loads `functions/<name>/app.py` anew."""
    variables = {
        "TABLE_NAME": TABLE,
        "DEAD_LETTERS_URL": dead_letters_queue,
        "FEEDBACK_QUEUE_URL": feedback_queue,
        "ALERTS_TOPIC_ARN": alerts_topic,
        "ALERT_TABLE_NAME": ALERT_TABLE,
        "ALERT_QUEUE_URL": alert_queue,
        "ALERT_WINDOW_SECONDS": "0",
        "LEAST_SENDS": "100",
        "ALERT_SENDER": ALERT_SENDER,
        "TOPIC_PREFIX": alerts_topic.removesuffix("alerts"),
        "POWERTOOLS_SERVICE_NAME": f"ses-feedback-{uuid4()}",  # a logger of its own, on the output of this test
        "POWERTOOLS_METRICS_NAMESPACE": "SESFeedback",
    }
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    monkeypatch.syspath_prepend(SHIPPED.parent)
    monkeypatch.setattr("ses_feedback.handlers.process_feedback.datetime", At)

    def load(name: str) -> ModuleType:
        module = load_app(name, monkeypatch)
        if hasattr(module, "datetime"):
            monkeypatch.setattr(module, "datetime", At)
        return module

    return load
