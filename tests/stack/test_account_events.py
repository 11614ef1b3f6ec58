"""What EventBridge carries, through the deployed stack: rules, queue, ledger, mails; and alarms of environments."""

import json
import uuid
from datetime import UTC, datetime
from typing import Any

from ses_feedback_cli.demo.stack import STACK_NAME
from ses_feedback_cli.simulate.publisher import _act_for_ses
from tests.samples import load
from tests.stack.driver import Driver

TEAMS = ("developers", "qa", "customer-service", "marketing")


def put_event(driver: Driver, event: dict[str, Any]) -> None:
    """As the service itself does: nobody else may use its source."""
    client = driver.stack.aws.client("events")
    client.meta.events.register("before-sign.events.PutEvents", _act_for_ses, unique_id="act-for-ses")
    entry = {
        "Source": event["source"],
        "DetailType": event["detail-type"],
        "Detail": json.dumps(event["detail"]),
        "Resources": event["resources"],
        "Time": datetime.now(UTC),
    }
    assert client.put_events(Entries=[entry])["FailedEntryCount"] == 0


def test_sending_that_stopped_reaches_every_team_once(driver: Driver) -> None:
    tenant, event = f"lantern-{uuid.uuid4().hex[:8]}", load("eventbridge_sending_disabled.json")
    event["resources"] = [f"arn:aws:ses:eu-central-1:111122223333:tenant/{tenant}/tn-1"]
    put_event(driver, event)
    driver.settle()
    told = [team for team in TEAMS for mail in driver.mails(f"{team}@example.com") if tenant in json.dumps(mail)]
    assert told == list(TEAMS)


def test_an_api_call_seen_by_cloudtrail_is_not_let_in(driver: Driver) -> None:
    mark, event = uuid.uuid4().hex, load("eventbridge_sending_disabled.json")
    event["detail-type"], event["resources"] = "AWS API Call via CloudTrail", [mark]
    put_event(driver, event)
    driver.settle()
    assert driver.dead_letters(mark) == []
    assert not any(mark in json.dumps(mail) for team in TEAMS for mail in driver.mails(f"{team}@example.com"))


def test_an_alarm_of_this_stack_reaches_the_team_of_its_environment_alone(driver: Driver) -> None:
    mark, event = uuid.uuid4().hex, load("eventbridge_rate_alarm.json")
    event["detail"]["alarmName"] = f"{STACK_NAME}-rates-staging-bounces"
    event["detail"]["state"]["reason"] = mark
    put_event(driver, event)
    driver.settle()
    told = [team for team in TEAMS for mail in driver.mails(f"{team}@example.com") if mark in json.dumps(mail)]
    assert told == ["qa"]


def test_every_environment_has_its_alarms(driver: Driver) -> None:
    found = driver.stack.aws.client("cloudwatch").describe_alarms(AlarmNamePrefix=f"{STACK_NAME}-rates-")
    names = {alarm["AlarmName"].removeprefix(f"{STACK_NAME}-rates-") for alarm in found["MetricAlarms"]}
    wanted = {f"{name}-{what}" for name in ("dev", "staging", "production") for what in ("bounces", "complaints")}
    assert names == wanted | {"Account-bounces", "Account-complaints"}
