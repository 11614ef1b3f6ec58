"""What an event costs: cold start of each built function, microseconds in the core, requests to DynamoDB.

`make bench` builds the functions first; run it on a machine that does nothing else.
"""

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import boto3
from moto import mock_aws

from ses_feedback.archive.reader import Record, read_archive
from ses_feedback.decision.decide import decide
from ses_feedback.events.document import Document
from ses_feedback.events.read import read_feedback
from ses_feedback.events.transport import open_text
from ses_feedback.ledger.table import Ledger
from ses_feedback.metrics.tally import MailRoutes, Tally, counter_of_mails
from ses_feedback.settings.file import Settings, load_settings
from ses_feedback_cli.demo import stack
from tests.transform import transformed

ROOT = Path(__file__).resolve().parent.parent
FUNCTIONS = (
    *("ProcessFeedback", "PublishAlerts", "RouteAlerts", "WatchArchive"),
    *("ReceiveFeedback", "PublishFeedback", "PostWebhook", "ConfigureAlarms"),
)
PLACES = dict.fromkeys(("DEAD_LETTERS_URL", "FEEDBACK_QUEUE_URL", "ALERT_QUEUE_URL"), "http://127.0.0.1/")
ENVIRONMENT = PLACES | {
    "AWS_DEFAULT_REGION": "eu-central-1",
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
    "WEBHOOK_QUEUE_URL": "http://127.0.0.1/",
    "WEBHOOK_URL": "https://app.example.com/feedback",
    "WEBHOOK_ALLOW_PRIVATE": "false",
    "WEBHOOK_SECRET": "webhook",
    "TOPIC_PREFIX": "arn:aws:sns:eu-central-1:111122223333:",
    "POWERTOOLS_METRICS_NAMESPACE": "SESFeedback",
    "POWERTOOLS_SERVICE_NAME": "ses-feedback",
    "PYTHONDONTWRITEBYTECODE": "1",  # Lambda's /opt cannot be written: every cold start compiles
}


def main() -> None:
    built = stack.build(ROOT, ROOT / "build" / "bench")
    weight = sum(file.stat().st_size for file in (built / "FeedbackLayer").rglob("*") if file.is_file())
    print(f"layer, unzipped                      {weight / 1e6:8.1f} MB")
    for name in FUNCTIONS:
        print(f"cold import of {name:22}{1000 * _cold_start(built, name):8.0f} ms, boto3 not counted")
    settings = load_settings(ROOT / "layers" / "settings" / "feedback.toml")
    body = json.loads((ROOT / "events" / "sqs_bounce.json").read_text(encoding="utf-8"))["Records"][0]["body"]
    print(f"read, classify, route one bounce     {1e6 * _fastest(lambda: _judge(body, settings)):8.0f} µs")
    print(f"archive, one event of 3 KB           {1e6 * _archive():8.0f} µs")
    print(f"archive, one event and its count     {1e6 * _counted_archive(settings):8.0f} µs")
    for what, requests in _requests(settings).items():
        print(f"requests: {what:27}{requests:8d}")


def _cold_start(built: Path, name: str) -> float:
    """Seconds that the handler's module takes to import in a new process, the median of seven."""
    code = "import boto3, time; start = time.perf_counter(); import app; print(time.perf_counter() - start)"
    path = os.pathsep.join([str(built / "FeedbackLayer" / "python"), str(ROOT / "layers" / "settings")])
    environment = os.environ | ENVIRONMENT | {"PYTHONPATH": path}
    command = [sys.executable, "-c", code]
    runs = [subprocess.check_output(command, cwd=built / name, env=environment) for _ in range(7)]
    return statistics.median(map(float, runs))


def _fastest(work: Callable[[], object]) -> float:
    """Seconds per call, the best of twenty rounds of a hundred."""
    rounds = []
    for _ in range(20):
        started = time.perf_counter()
        for _ in range(100):
            work()
        rounds.append((time.perf_counter() - started) / 100)
    return min(rounds)


def _judge(body: str, settings: Settings) -> None:
    for opened in open_text(body):
        if isinstance(opened, Document) and isinstance(reports := read_feedback(opened, datetime.now(UTC)), list):
            for feedback in reports:
                decide(feedback, settings)


def _archive() -> float:
    data = next((ROOT / "events" / "archive").glob("*.gz")).read_bytes()
    return min(_time_archive(data) for _ in range(20))


def _time_archive(data: bytes) -> float:
    started = time.perf_counter()
    count = sum(1 for _ in read_archive([data]))
    return (time.perf_counter() - started) / count


def _counted_archive(settings: Settings) -> float:
    """Seconds per event, read and counted for its sender."""
    data = next((ROOT / "events" / "archive").glob("*.gz")).read_bytes()
    return min(_time_counted(data, counter_of_mails(Tally(settings), MailRoutes(settings))) for _ in range(20))


def _time_counted(data: bytes, count: Callable[[str, dict[str, Any]], None]) -> float:
    started, number = time.perf_counter(), 0
    for entry in read_archive([data]):
        number += 1
        if isinstance(entry, Record):
            count(str(entry.content.get("eventType")), entry.content)
    return (time.perf_counter() - started) / number


def _requests(settings: Settings) -> dict[str, int]:
    """Requests of `Ledger.record` for an address without history, and for a copy."""
    names = {
        "hard bounce": "story/04_production_hard_bounce.json",
        "the same once more": "story/04_production_hard_bounce.json",
        "soft bounce": "story/02_staging_soft_bounce.json",
        "complaint": "story/05_production_complaint.json",
        "sender's fault": "story/09_production_reputation_block.json",
        "delivery": "story/06_production_delivery.json",
    }
    counts = {}
    table = transformed(ROOT / "template.yaml")["Resources"]["LedgerTable"]["Properties"]
    shape = {
        name: table[name] for name in ("AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes", "BillingMode")
    }
    with mock_aws():
        client = boto3.client("dynamodb", region_name="eu-central-1")
        client.create_table(TableName="ledger", **shape)
        calls: list[str] = []
        client.meta.events.register("before-call.dynamodb", lambda model, **_: calls.append(model.name))
        ledger = Ledger(client, "ledger", settings)
        for what, name in names.items():
            calls.clear()
            for opened in open_text((ROOT / "events" / name).read_text(encoding="utf-8")):
                if isinstance(opened, Document) and isinstance(
                    reports := read_feedback(opened, datetime.now(UTC)), list
                ):
                    ledger.record(decide(reports[0], settings), datetime.now(UTC))
            counts[what] = len(calls)
    return counts


if __name__ == "__main__":
    main()
