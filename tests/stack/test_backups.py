"""The deployed function backs up the deployed ledger, and the command restores it into another table."""

import json

import pytest
from typer.testing import CliRunner

from ses_feedback_cli.main import app
from tests.conftest import create_ledger
from tests.stack.driver import Driver


def test_the_deployed_ledger_is_backed_up_and_restored(driver: Driver, monkeypatch: pytest.MonkeyPatch) -> None:
    driver.publish(driver.load("ses/event_bounce.json"), driver.load("story/05_production_complaint.json"))
    driver.settle()
    functions = driver.stack.aws.client("cloudformation").describe_stack_resources(StackName="ses-feedback")
    [name] = [r["PhysicalResourceId"] for r in functions["StackResources"] if r["LogicalResourceId"] == "BackUp"]
    answer = driver.stack.aws.client("lambda").invoke(FunctionName=name, Payload=b"{}")
    backup = json.load(answer["Payload"])
    assert backup["manifest"].startswith(f"s3://{driver.stack.outputs['BackupBucket']}/")

    create_ledger(driver.stack.aws.client("dynamodb"), "restored")
    for variable, value in driver.stack.aws.environment.items():
        monkeypatch.setenv(variable, value)
    result = CliRunner().invoke(app, ["restore", backup["manifest"], "--table", "restored", "--json"])
    assert json.loads(result.stdout)["restored"] == {"states_new": backup["states"], "events_new": backup["events"]}
    assert backup["events"] >= 2
