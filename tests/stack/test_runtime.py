"""Every function as it was built, under Lambda's own runtime client and emulator, as `sam local invoke` runs it."""

import json
import os
import platform
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from ses_feedback_cli.demo.local_aws import free_port
from ses_feedback_cli.demo.stack import project_root
from tests.https_server import HttpsServer
from tests.local_invoke import OF_ANOTHER, is_right
from tests.sam_local import SAMPLES, variables_by_sam
from tests.stack.driver import Driver

ROOT = project_root()
BUILT = ROOT / "build" / "test" / "sam"


@contextmanager
def function(name: str, environment: dict[str, str]) -> Iterator[str]:
    """The built function under the emulator, with these variables; returns the URL to post events to."""
    machine = "arm64" if platform.machine() in ("arm64", "aarch64") else "x86_64"
    emulator = next((ROOT / ".venv-sam").glob(f"lib/*/site-packages/samcli/local/rapid/aws-lambda-rie-{machine}"))
    address = f"127.0.0.1:{free_port()}"
    command = [str(emulator), "--runtime-interface-emulator-address", address]
    command += ["--runtime-api-address", f"127.0.0.1:{free_port()}"]
    own = {"PATH": os.environ["PATH"], "LAMBDA_TASK_ROOT": str(BUILT / name), "AWS_LAMBDA_FUNCTION_NAME": name}
    own |= {"PYTHONPATH": os.pathsep.join([*environment.get("PYTHONPATH", "").split(), _layers()])}
    own |= {"PYTHONDONTWRITEBYTECODE": "1"}  # leaves the built folders as they would be deployed
    process = subprocess.Popen(
        [*command, sys.executable, "-m", "awslambdaric", "app.handler"], cwd=BUILT / name, env=environment | own
    )
    try:
        _wait_for(address)
        yield f"http://{address}/2015-03-31/functions/function/invocations"
    finally:
        process.terminate()
        process.wait(10)


def _layers() -> str:
    """What Lambda unpacks to /opt; the package comes from the built layer, not from the checkout."""
    return os.pathsep.join([str(BUILT / "FeedbackLayer" / "python"), str(BUILT / "SettingsLayer")])


def _variables(name: str, driver: Driver) -> dict[str, str]:
    """The environment that the deployed function has."""
    functions = driver.stack.aws.client("lambda").list_functions()["Functions"]
    deployed = next(f for f in functions if f"-{name}-" in f["FunctionName"])
    return {key: str(value) for key, value in deployed["Environment"]["Variables"].items()}


def _wait_for(address: str) -> None:
    for _ in range(100):
        try:
            urllib.request.urlopen(f"http://{address}/", timeout=1).close()
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.05)
    raise TimeoutError(address)


def invoke(name: str, event: Path | dict[str, Any], driver: Driver, **variables: str) -> Any:
    environment = driver.stack.aws.environment | _variables(name, driver) | variables
    with function(name, environment) as url:
        return answer_at(url, event)


def answer_at(url: str, event: Path | dict[str, Any]) -> Any:
    body = event.read_bytes() if isinstance(event, Path) else json.dumps(event).encode()
    with urllib.request.urlopen(url, data=body, timeout=60) as answer:
        return json.load(answer)


@pytest.mark.usefixtures("driver")
@pytest.mark.parametrize("name", sorted(SAMPLES))
def test_without_a_stack_every_sample_is_answered_by_a_dry_run_and_another_ones_by_an_error(name: str) -> None:
    with function(name, variables_by_sam()[name]) as url:
        for sample in (*SAMPLES[name], OF_ANOTHER[name]):
            answer = answer_at(url, ROOT / "events" / sample)
            assert is_right(name, sample, answer), (sample, answer)


@pytest.mark.parametrize(
    ("event", "answer"),
    [
        ("sns_delivery.json", {"recorded": 1, "delivery": 1}),
        ("sns_subscription_confirmation.json", {"dropped": 1}),
        ("sqs_bounce.json", {"batchItemFailures": []}),
        ("sqs_batch_with_malformed.json", {"batchItemFailures": []}),
        ("eventbridge_complaint.json", {"recorded": 1, "complaint": 1}),
    ],
)
def test_process_feedback_accepts_every_trigger(driver: Driver, event: str, answer: dict[str, Any]) -> None:
    assert invoke("ProcessFeedback", driver.events / event, driver) == answer


def test_watch_archive_accepts_a_plain_s3_event(driver: Driver) -> None:
    event = json.loads((driver.events / "s3_object_created.json").read_text(encoding="utf-8"))
    bucket, archived = driver.stack.outputs["ArchiveBucket"], next((driver.events / "archive").glob("*.gz"))
    driver.stack.aws.client("s3").put_object(Bucket=bucket, Key="other/a b.gz", Body=archived.read_bytes())
    event["Records"][0]["s3"]["bucket"]["name"] = bucket
    event["Records"][0]["s3"]["object"]["key"] = "other/a+b.gz"
    counts = invoke("WatchArchive", event, driver)
    assert (counts["Complaint"], counts["Bounce"], counts["broken"], counts["Send"]) == (3, 2, 1, 180)


def test_watch_archive_drops_the_test_event(driver: Driver) -> None:
    assert invoke("WatchArchive", driver.events / "s3_test_event.json", driver) == {}


def test_publish_alerts_accepts_a_stream_event(driver: Driver) -> None:
    sqs, sns = driver.stack.aws.client("sqs"), driver.stack.aws.client("sns")
    url = sqs.create_queue(QueueName="who-listens-to-alerts")["QueueUrl"]
    queue = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    sns.subscribe(TopicArn=driver.stack.outputs["AlertsTopic"], Protocol="sqs", Endpoint=queue)
    invoke("PublishAlerts", driver.events / "dynamodb_stream_alert.json", driver)
    (message,) = sqs.receive_message(QueueUrl=url, WaitTimeSeconds=5)["Messages"]
    assert "marta.lind@example.org" in message["Body"]


def test_route_alerts_accepts_an_alert_from_its_queue(driver: Driver) -> None:
    answer = invoke("RouteAlerts", driver.events / "sqs_alert.json", driver)
    assert answer == {"batchItemFailures": []}


def test_publish_feedback_accepts_a_stream_event(driver: Driver) -> None:
    assert invoke("PublishFeedback", driver.events / "dynamodb_stream_alert.json", driver) is None


def test_post_webhook_accepts_an_event_from_its_queue(driver: Driver, application: HttpsServer) -> None:
    trust = {"SSL_CERT_FILE": str(application.authority)}
    answer = invoke("PostWebhook", driver.events / "sqs_webhook.json", driver, **trust)
    assert answer == {"batchItemFailures": []}
    posted = [request for request in application.requests if b"marta.lind@example.org" in request.body]
    assert posted[-1].headers["webhook-id"] == "7a1411778681fe4fb7febf84-3"
