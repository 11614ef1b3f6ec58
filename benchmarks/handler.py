"""The whole of `process_feedback` for batches of ten, beside the requests that it makes, made by boto3 alone."""

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass, field
from importlib import import_module, reload
from pathlib import Path
from tempfile import TemporaryDirectory
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

import boto3
from botocore.session import Session
from moto import mock_aws

from benchmarks.endpoint import call_of
from benchmarks.figures import Figure, Part, at_most
from benchmarks.texts import ROOT, queue_bodies
from ses_feedback import aws_client
from tests.conftest import REGION, TABLE, create_tables

_BATCHES, _ROUNDS, _MILLISECONDS = 20, 5, 5

_VARIABLES = {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_DEFAULT_REGION": REGION,
    "AWS_LAMBDA_FUNCTION_NAME": "function",
    "TABLE_NAME": TABLE,
    "ALERT_SENDER": "alerts@example.com",
    "DEAD_LETTERS_URL": "http://127.0.0.1/",
    "POWERTOOLS_METRICS_NAMESPACE": "SESFeedback",
    "POWERTOOLS_SERVICE_NAME": "ses-feedback",
}

_CONTEXT = SimpleNamespace(
    function_name="function",
    memory_limit_in_mb=512,
    invoked_function_arn=f"arn:aws:lambda:{REGION}:111122223333:function:function",
    aws_request_id="request",
    get_remaining_time_in_millis=lambda: 30_000,
)

_EXPLANATION = f"""\
Batches of ten records for addresses without a history, half of them bounces; DynamoDB is an endpoint in another
process that answers at once. Beside the handler the requests that it makes, with the same parameters, by boto3 alone.
The last line is the time of a batch where each request takes {_MILLISECONDS} ms."""


@dataclass(slots=True)
class _Requests:
    """The requests to DynamoDB in their order, and what was answered to each."""

    made: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    answers: dict[str, tuple[int, str]] = field(default_factory=dict)

    def listen(self, session: Any) -> None:
        session.register("provide-client-params.dynamodb", self._made)
        session.register("before-call.dynamodb", self._called)
        session.register("after-call.dynamodb", self._answered)

    def _made(self, params: dict[str, Any], model: Any, **_: Any) -> None:
        self.made.append((model.name, params))

    def _called(self, params: dict[str, Any], context: dict[str, Any], **_: Any) -> None:
        context["call"] = call_of(params["headers"]["X-Amz-Target"], json.loads(params["body"]))

    def _answered(self, http_response: Any, context: dict[str, Any], **_: Any) -> None:
        self.answers.setdefault(context["call"], (http_response.status_code, http_response.content.decode()))


def measure() -> Part:
    """What the function logs is written to nowhere, as Lambda's own pipe would take it."""
    variables = patch.dict(os.environ, _VARIABLES)  # and the endpoint's, which other parts must not see
    with variables, Path(os.devnull).open("w", encoding="utf-8") as nowhere, redirect_stdout(nowhere):
        return _measure()


def _measure() -> Part:
    sys.path[:0] = [str(ROOT / "layers" / "settings"), str(ROOT / "functions" / "process_feedback")]
    batches = list(_batches(queue_bodies(10 * _BATCHES)))
    requests = _recorded(batches)
    with TemporaryDirectory() as folder:
        answers = Path(folder) / "answers.json"
        answers.write_text(json.dumps(requests.answers), encoding="utf-8")
        with _endpoint(answers, 0) as url:
            handler, bare = _handler(url), _bare(url)
            rounds = [
                (_seconds(time.process_time, handler, batches), _seconds(time.process_time, bare, [requests.made]))
                for _ in range(_ROUNDS)
            ]
        with _endpoint(answers, _MILLISECONDS) as url:
            slow = _seconds(time.perf_counter, _handler(url), batches) / _BATCHES
    ratio = statistics.median(ours / least for ours, least in rounds)
    ours, least = (1000 * statistics.median(seconds) / _BATCHES for seconds in zip(*rounds, strict=True))
    per_record = len(requests.made) / (10 * _BATCHES)
    return Part(
        "The handler of a batch",
        _EXPLANATION,
        [
            at_most("handler ÷ its boto3 calls, processor time", ratio, 1.3, f"{ours:.1f} / {least:.1f} ms a batch"),
            Figure("requests for a recipient, of the mix", f"{per_record:.2f}", "≤ 2", per_record <= 2),
            Figure(f"a batch where each request takes {_MILLISECONDS} ms", f"{1000 * slow:.0f} ms"),
        ],
    )


def _batches(bodies: Sequence[str]) -> Iterator[dict[str, Any]]:
    record = json.loads((ROOT / "events" / "sqs_bounce.json").read_text(encoding="utf-8"))["Records"][0]
    for start in range(0, len(bodies), 10):
        numbered = enumerate(bodies[start : start + 10], start)
        yield {"Records": [record | {"messageId": f"message-{number}", "body": body} for number, body in numbered]}


def _recorded(batches: Sequence[dict[str, Any]]) -> _Requests:
    """What the handler asks of a new ledger, and what moto answers."""
    requests = _Requests()
    with mock_aws():
        create_tables(boto3.client("dynamodb"))
        requests.listen(_new_session())
        handler = _handler(None)
        for batch in batches:
            handler(batch)
    return requests


def _handler(url: str | None) -> Callable[[dict[str, Any]], object]:
    """The function as Lambda loads it, its clients pointed at an endpoint."""
    if url:
        os.environ["AWS_ENDPOINT_URL"] = url
        _new_session()
    app = reload(sys.modules["app"]) if "app" in sys.modules else import_module("app")

    def answer(batch: dict[str, Any]) -> object:
        result = app.handler(batch, _CONTEXT)
        if result != {"batchItemFailures": []}:
            raise SystemExit(f"the handler answered {result}")
        return result

    return answer


def _new_session() -> Session:
    """The session that the function's clients are made from, from now on."""
    functions: Any = aws_client
    functions._session.cache_clear()
    session: Session = functions._session()
    return session


def _bare(url: str) -> Callable[[Sequence[tuple[str, dict[str, Any]]]], object]:
    client = boto3.client("dynamodb", endpoint_url=url)

    def make(requests: Sequence[tuple[str, dict[str, Any]]]) -> None:
        for name, params in requests:
            client._make_api_call(name, params)  # type: ignore[attr-defined]

    return make


def _seconds[T](clock: Callable[[], float], work: Callable[[T], object], inputs: Sequence[T]) -> float:
    started = clock()
    for one in inputs:
        work(one)
    return clock() - started


@contextmanager
def _endpoint(answers: Path, milliseconds: float) -> Iterator[str]:
    command = [sys.executable, "-m", "benchmarks.endpoint", str(answers), str(milliseconds)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield f"http://127.0.0.1:{int(process.stdout.readline())}"
        finally:
            process.kill()
