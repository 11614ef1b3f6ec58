"""SES as the deployment left it: identities and configuration sets, by the custom resource."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from typer.testing import CliRunner

from ses_feedback_cli.demo import story
from ses_feedback_cli.demo.stack import STACK_NAME
from ses_feedback_cli.main import app
from tests.stack.driver import Driver

DOMAIN = story.DOMAIN


class Answers(BaseHTTPRequestHandler):
    """CloudFormation's ear."""

    heard: list[dict[str, Any]] = []  # noqa: RUF012, one test at a time

    def do_PUT(self) -> None:
        self.heard.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def cloudformation() -> Iterator[str]:
    server = HTTPServer(("127.0.0.1", 0), Answers)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/answer"
    server.shutdown()
    thread.join()
    server.server_close()


def topics_of(driver: Driver, identity: str) -> set[str | None]:
    client = driver.stack.aws.client("ses")
    found = client.get_identity_notification_attributes(Identities=[identity])["NotificationAttributes"][identity]
    return {found.get("BounceTopic"), found.get("ComplaintTopic")}


def identities(driver: Driver, monkeypatch: pytest.MonkeyPatch, *command: str) -> tuple[int, list[dict[str, Any]]]:
    for name, value in driver.stack.aws.environment.items():
        monkeypatch.setenv(name, value)
    result = CliRunner().invoke(app, ["identities", *command, "--json"])
    return result.exit_code, [json.loads(line) for line in result.stdout.splitlines()]


def request(driver: Driver, kind: str, url: str) -> dict[str, Any]:
    """What CloudFormation sends to the function, and the function's answer."""
    client = driver.stack.aws.client("cloudformation")
    [found] = [
        one
        for one in client.describe_stack_resources(StackName=STACK_NAME)["StackResources"]
        if one["LogicalResourceId"] == "ConfigureIdentities"
    ]
    event = {
        "RequestType": kind,
        "ResponseURL": url,
        "StackId": client.describe_stacks(StackName=STACK_NAME)["Stacks"][0]["StackId"],
        "RequestId": "request-1",
        "LogicalResourceId": "SesSettings",
        "PhysicalResourceId": "ses-feedback-SesSettings",
    }
    driver.stack.aws.client("lambda").invoke(FunctionName=found["PhysicalResourceId"], Payload=json.dumps(event))
    return Answers.heard.pop()


def test_the_deployment_points_verified_identities_at_the_stack(driver: Driver) -> None:
    assert (
        topics_of(driver, DOMAIN) == topics_of(driver, "dev@example.com") == {driver.stack.outputs["FeedbackTopic"]}
    )
    assert "changed" in driver.stack.outputs["SesSummary"]


def test_the_deployment_creates_the_configuration_sets_of_the_settings(driver: Driver) -> None:
    client = driver.stack.aws.client("sesv2")
    found = client.get_configuration_set_event_destinations(ConfigurationSetName="ses-feedback-marketing")
    told = {one["Name"]: one for one in found["EventDestinations"]}
    assert set(told) == {"ses-feedback-sns", "ses-feedback-firehose"}
    assert told["ses-feedback-sns"]["SnsDestination"]["TopicArn"] == driver.stack.outputs["FeedbackTopic"]


def test_after_the_deployment_nothing_is_left_to_plan(driver: Driver, monkeypatch: pytest.MonkeyPatch) -> None:
    status, rows = identities(driver, monkeypatch, "plan")
    assert (status, [row for row in rows if "do" in row]) == (0, [])


def test_what_somebody_removed_is_shown_by_plan_and_restored_by_apply(
    driver: Driver, monkeypatch: pytest.MonkeyPatch
) -> None:
    driver.stack.aws.client("ses").set_identity_notification_topic(Identity=DOMAIN, NotificationType="Bounce")
    status, rows = identities(driver, monkeypatch, "plan")
    assert (status, [row["key"] for row in rows if "do" in row]) == (1, ["bounce"])
    assert identities(driver, monkeypatch, "apply")[0] == 0
    assert topics_of(driver, DOMAIN) == {driver.stack.outputs["FeedbackTopic"]}


def test_deleting_the_stack_restores_what_was_set_before(driver: Driver, cloudformation: str) -> None:
    assert request(driver, "Delete", cloudformation)["Status"] == "SUCCESS"
    assert topics_of(driver, DOMAIN) == {None}
    answer = request(driver, "Create", cloudformation)
    assert (answer["Status"], answer["Data"]["Refused"], answer["Data"]["Left"]) == ("SUCCESS", "0", "0")
    assert topics_of(driver, DOMAIN) == {driver.stack.outputs["FeedbackTopic"]}


def test_a_stack_that_does_not_exist_is_an_error(driver: Driver, monkeypatch: pytest.MonkeyPatch) -> None:
    assert identities(driver, monkeypatch, "plan", "--stack", "nowhere") == (2, [])
