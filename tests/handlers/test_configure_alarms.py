"""configure_alarms, as CloudFormation calls it: it always answers, and never blocks a deletion."""

from types import ModuleType
from typing import Any

import boto3
import pytest

from ses_feedback import aws_client
from ses_feedback.custom_resource import TIMEOUT_SECONDS, TRIES
from tests.conftest import REGION
from tests.handlers.conftest import Context, Load

STACK = f"arn:aws:cloudformation:{REGION}:111122223333:stack/ses-feedback/1a2b"


class Answers(list[tuple[str, str]]):
    def take(self, _event: dict[str, Any], status: str, reason: str, *_: Any) -> None:
        self.append((status, reason))


@pytest.fixture
def module(function: Load) -> ModuleType:
    return function("configure_alarms")


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> Answers:
    answers = Answers()
    monkeypatch.setattr("ses_feedback.custom_resource.answer", answers.take)
    return answers


def call(module: ModuleType, kind: str) -> None:
    module.handler({"RequestType": kind, "StackId": STACK}, Context())


def fail(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any) -> None:
        raise RuntimeError("not allowed")

    monkeypatch.setattr("ses_feedback.metrics.alarm_setup.bring_in_line", refuse)


def test_alarms_are_created_and_deleted_with_the_stack(module: ModuleType, answers: Answers) -> None:
    cloudwatch = boto3.client("cloudwatch", region_name=REGION)
    call(module, "Create")
    assert len(cloudwatch.describe_alarms()["MetricAlarms"]) == 6
    call(module, "Delete")
    assert cloudwatch.describe_alarms()["MetricAlarms"] == []
    assert [status for status, _ in answers] == ["SUCCESS", "SUCCESS"]


@pytest.mark.parametrize(("kind", "status"), [("Create", "FAILED"), ("Update", "FAILED"), ("Delete", "SUCCESS")])
def test_a_failure_is_answered_and_does_not_block_a_deletion(
    kind: str, status: str, module: ModuleType, answers: Answers, monkeypatch: pytest.MonkeyPatch
) -> None:
    fail(monkeypatch)
    call(module, kind)
    assert answers == [(status, "RuntimeError: not allowed")]


def test_a_cloudwatch_that_hangs_leaves_time_for_the_answer(
    module: ModuleType, answers: Answers, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of the 120 s in template.yaml; a deletion that is never answered is stuck."""
    configs, open_client = list[Any](), aws_client.client

    def note(name: Any, *, config: Any) -> Any:
        configs.append(config)
        return open_client(name, config=config)

    monkeypatch.setattr(aws_client, "client", note)
    call(module, "Delete")
    [config] = configs
    hanging = config.retries["total_max_attempts"] * (config.connect_timeout + config.read_timeout)
    assert hanging + TRIES * TIMEOUT_SECONDS < 120
