"""Cold starts of the built functions under Lambda's own runtime client, beside one that only makes the clients.

The runtime client asks a Runtime API for its first event once the handler is imported, as in Lambda; here that API is
this process. What Lambda does before (a sandbox, the layer's download) is in neither side.
"""

import os
import re
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.figures import Figure, Part, at_most
from benchmarks.texts import ROOT
from ses_feedback_cli.demo import stack

_RUNS = 5

_FUNCTIONS = (
    *("ProcessFeedback", "PublishAlerts", "RouteAlerts", "WatchArchive"),
    *("ReceiveFeedback", "PublishFeedback", "PostWebhook"),
)
"""Not those that run once a deployment or once a day."""

_PLACES = dict.fromkeys(
    ("DEAD_LETTERS_URL", "FEEDBACK_QUEUE_URL", "ALERT_QUEUE_URL", "WEBHOOK_QUEUE_URL"), "http://127.0.0.1/"
)
_ENVIRONMENT = _PLACES | {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_DEFAULT_REGION": "eu-central-1",
    "AWS_REGION": "eu-central-1",
    "TABLE_NAME": "ledger",
    "ALERT_TABLE_NAME": "alerts",
    "ALERTS_TOPIC_ARN": "arn:aws:sns:eu-central-1:111122223333:alerts",
    "ALERT_SENDER": "alerts@example.com",
    "ALERT_WINDOW_SECONDS": "300",
    "LEAST_SENDS": "100",
    "BASIC_AUTH_SECRET": "https",
    "TOPIC_ARNS": "arn:aws:sns:eu-central-1:222233334444:another-account",
    "ALLOW_SHA1": "false",
    "MAX_AGE_SECONDS": "3600",
    "OPERATIONS_TOPIC_ARN": "arn:aws:sns:eu-central-1:111122223333:operations",
    "EVENT_BUS_NAME": "ses-feedback",
    "WEBHOOK_URL": "https://app.example.com/feedback",
    "WEBHOOK_ALLOW_PRIVATE": "false",
    "WEBHOOK_SECRET": "webhook",
    "TOPIC_PREFIX": "arn:aws:sns:eu-central-1:111122223333:",
    "POWERTOOLS_METRICS_NAMESPACE": "SESFeedback",
    "POWERTOOLS_SERVICE_NAME": "ses-feedback",
    "AWS_LAMBDA_FUNCTION_NAME": "function",
    "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "512",
    "PYTHONDONTWRITEBYTECODE": "1",  # Lambda's /opt cannot be written
}

_EXPLANATION = """\
From the start of the process to the runtime client's request for the first event: what Lambda calls *init*. Beside
each function one that only makes the same boto3 clients. Functions that run once a deployment or once a day are left
out. Lambda's own part (the sandbox, the download) is in neither."""


def measure() -> Part:
    built = stack.build(ROOT, ROOT / "build" / "bench")
    weight = sum(file.stat().st_size for file in (built / "FeedbackLayer").rglob("*") if file.is_file()) / 1e6
    figures = [_figure(built, name) for name in _FUNCTIONS]
    figures.append(Figure("layer, unzipped", f"{weight:.1f} MB", "≤ 14 MB", weight <= 14))
    return Part("Cold starts", _EXPLANATION, figures)


def _figure(built: Path, name: str) -> Figure:
    """The medians of runs in turn."""
    layer = os.pathsep.join([str(built / "FeedbackLayer" / "python"), str(built / "SettingsLayer")])
    source = (built / name / "app.py").read_text(encoding="utf-8")
    clients = sorted({*re.findall(r'\bclient\("(\w+)"', source), *_HIDDEN_CLIENTS.get(name, ())})
    with TemporaryDirectory() as bare:
        (Path(bare) / "app.py").write_text(_bare_function(clients), encoding="utf-8")
        runs = [(_init(built / name, layer), _init(Path(bare), "")) for _ in range(_RUNS)]
    ours, least = (statistics.median(seconds) for seconds in zip(*runs, strict=True))
    return at_most(f"{name} ({', '.join(clients)})", ours / least, 1.25, f"{1000 * ours:.0f} / {1000 * least:.0f} ms")


_HIDDEN_CLIENTS = {"RouteAlerts": ("dynamodb", "sesv2", "sns", "sqs")}
"""Where app.py makes them in another way."""


def _bare_function(clients: list[str]) -> str:
    made = "\n".join(f'boto3.client("{client}")' for client in clients)
    return f"import boto3\n{made}\n\ndef handler(event, context):\n    return event\n"


def _init(folder: Path, path: str) -> float:
    """Seconds until the runtime client asks for the first event."""
    with _runtime_api() as api:
        environment = (
            os.environ
            | _ENVIRONMENT
            | {
                "PYTHONPATH": path,
                "LAMBDA_TASK_ROOT": str(folder),
                "AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{api.server_port}",
            }
        )
        started = time.perf_counter()
        process = subprocess.Popen(
            [sys.executable, "-m", "awslambdaric", "app.handler"],
            cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip
        try:
            api.handle_request()
            seconds = time.perf_counter() - started
        finally:
            process.kill()
            output, _ = process.communicate()
    if api.asked != ["/2018-06-01/runtime/invocation/next"]:
        raise SystemExit(f"{folder.name} did not start: {api.asked} {output.decode()}")
    return seconds


class _RuntimeApi(HTTPServer):
    """Hears the first request of the runtime client and never answers it."""

    timeout = 60

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Ear)
        self.asked: list[str] = []


class _Ear(BaseHTTPRequestHandler):
    server: _RuntimeApi

    def do_GET(self) -> None:
        self.server.asked.append(self.path)

    def do_POST(self) -> None:
        self.server.asked.append(f"{self.path} {self.rfile.read(int(self.headers['Content-Length'])).decode()}")

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def _runtime_api() -> Iterator[_RuntimeApi]:
    with _RuntimeApi() as api:
        yield api
