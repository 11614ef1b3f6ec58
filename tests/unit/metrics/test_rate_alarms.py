"""Alarms on the rates of each environment: what they would say of a series of hours, and whose they are."""

import re
from typing import Any

import boto3
import pytest

from ses_feedback.metrics.alarm_setup import bring_in_line
from ses_feedback.metrics.rate_alarms import RATE_LIMITS, alarms, rate
from ses_feedback.metrics.tally import Slice, Tally
from ses_feedback.settings.file import Settings
from tests.conftest import REGION

STACK = f"arn:aws:cloudformation:{REGION}:111122223333:stack/ses-feedback/1a2b"
type Series = dict[int, float]


def evaluated(expression: str, sends: Series, failed: Series) -> Series:
    """CloudWatch's metric math on points by hour, as far as these alarms use it: IF as a filter, FILL, arithmetic.

    docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html: a point stands only where every
    series has one, and IF without a third argument drops those where the condition does not hold.
    """
    form = re.fullmatch(r"IF\(sends >= (\d+), 100 \* FILL\(failed, 0\) / sends\)", expression)
    assert form is not None, expression
    return {hour: 100 * failed.get(hour, 0) / sent for hour, sent in sends.items() if sent >= int(form[1])}


@pytest.mark.parametrize(
    ("sends", "failed", "found"),
    [
        ({1: 1000}, {1: 50}, {1: 5.0}),
        ({1: 1000}, {}, {1: 0.0}),
        ({1: 99}, {1: 99}, {}),
        ({1: 100}, {1: 10}, {1: 10.0}),
        ({}, {1: 40}, {}),
        ({1: 1000, 2: 10}, {1: 1, 2: 10}, {1: 0.1}),
    ],
    ids=["at the line", "none failed", "too few", "just enough", "no archive", "calm hour after"],
)
def test_the_rate_has_no_point_where_too_few_were_sent(sends: Series, failed: Series, found: Series) -> None:
    assert evaluated(rate(100), sends, failed) == found


def test_every_environment_has_an_alarm_on_both_rates_from_where_ses_reviews(settings: Settings) -> None:
    found = {alarm["AlarmName"]: alarm["Threshold"] for alarm in alarms(settings, STACK, 100)}
    assert found == {
        f"ses-feedback-rates-{environment}-{what}": percent
        for environment in ("dev", "staging", "production")
        for what, percent in (("bounces", 5.0), ("complaints", 0.1))
    }


def test_alarms_look_at_metrics_that_the_functions_write(settings: Settings) -> None:
    tally = Tally(settings)
    tally.counts[Slice("environment", "dev")].update(["sends", *(line.metric for line in RATE_LIMITS)])
    written = {(one.dimension, name) for one, counts in tally.counts.items() for name in counts}
    asked = {
        (query["MetricStat"]["Metric"]["Dimensions"][0]["Name"], query["MetricStat"]["Metric"]["MetricName"])
        for alarm in alarms(settings, STACK, 100)
        for query in alarm["Metrics"]
        if "MetricStat" in query
    }
    assert asked == written


@pytest.fixture
def cloudwatch(aws: None) -> Any:
    return boto3.client("cloudwatch", region_name=REGION)


def names(cloudwatch: Any) -> set[str]:
    return {alarm["AlarmName"] for alarm in cloudwatch.describe_alarms()["MetricAlarms"]}


def test_applying_twice_leaves_the_same_alarms(cloudwatch: Any, settings: Settings) -> None:
    wanted = list(alarms(settings, STACK, 100))
    assert [bring_in_line(cloudwatch, STACK, wanted) for _ in range(2)] == [{"Alarms": 6, "Deleted": 0}] * 2
    assert names(cloudwatch) == {alarm["AlarmName"] for alarm in wanted}


def test_the_alarms_of_a_removed_environment_are_deleted(cloudwatch: Any, settings: Settings) -> None:
    wanted = list(alarms(settings, STACK, 100))
    bring_in_line(cloudwatch, STACK, wanted)
    assert bring_in_line(cloudwatch, STACK, wanted[2:]) == {"Alarms": 4, "Deleted": 2}


def test_deleting_the_stack_deletes_its_own_alarms_only(cloudwatch: Any, settings: Settings) -> None:
    bring_in_line(cloudwatch, STACK, alarms(settings, STACK, 100))
    bring_in_line(
        cloudwatch, STACK.replace("1a2b", "3c4d"), list(alarms(settings, STACK.replace("1a2b", "3c4d"), 100))[:1]
    )
    own = {"Namespace": "AWS/SES", "MetricName": "Reputation.BounceRate", "Statistic": "Average", "Period": 3600}
    more = {"EvaluationPeriods": 1, "Threshold": 0.05, "ComparisonOperator": "GreaterThanOrEqualToThreshold"}
    cloudwatch.put_metric_alarm(AlarmName="ses-feedback-rates-Account-bounces", **own, **more)
    bring_in_line(cloudwatch, STACK, [])
    assert names(cloudwatch) == {"ses-feedback-rates-Account-bounces", "ses-feedback-rates-dev-bounces"}
