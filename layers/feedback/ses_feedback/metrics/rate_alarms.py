"""The alarms on the rates of each environment: what CloudWatch is asked for, from the settings.

A template cannot loop over the settings' environments, so a custom resource makes these alarms (`configure_alarms`).
A name says whose alarm it is; the team of that environment is notified of it by EventBridge (`account_event`).
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

from ses_feedback.settings.file import Settings

NAMESPACE = "SESFeedback"
PERIOD_SECONDS = 6 * 3600
"""Long enough that bounces, which come later than their mails, fall into the period of their sends."""


class RateLimit(NamedTuple):
    """`percent`: from where SES reviews an account. https://docs.aws.amazon.com/ses/latest/dg/faqs-enforcement.html"""

    what: str
    metric: str
    percent: float


RATE_LIMITS = (RateLimit("bounces", "bounces_for_rate", 5.0), RateLimit("complaints", "complaints_for_rate", 0.1))


def prefix(stack: str) -> str:
    """How the names of a stack's alarms on rates begin; the rule and the role in template.yaml rely on it."""
    return f"{stack}-rates-"


def mark(stack_id: str) -> str:
    """What an alarm's description ends with, so that a stack deletes only its own alarms."""
    return f"Made by {stack_id}."


def alarms(settings: Settings, stack_id: str, least_sends: int) -> Iterator[dict[str, Any]]:
    """Arguments of PutMetricAlarm, two alarms for each environment."""
    stack = stack_id.split("/")[1]
    for environment in settings.environments:
        for limit in RATE_LIMITS:
            yield {
                "AlarmName": f"{prefix(stack)}{environment}-{limit.what}",
                "AlarmDescription": (
                    f"{limit.percent:g}% or more of what {environment} sent within six hours came back as"
                    f" {limit.what}, of at least {least_sends} mails. {mark(stack_id)}"
                ),
                "Metrics": [
                    {
                        "Id": "rate",
                        "Expression": rate(least_sends),
                        "Label": f"{limit.what} of {environment}, percent",
                    },
                    _sum("sends", "sends", stack, environment),
                    _sum("failed", limit.metric, stack, environment),
                ],
                "EvaluationPeriods": 1,
                "Threshold": limit.percent,
                "ComparisonOperator": "GreaterThanOrEqualToThreshold",
                "TreatMissingData": "ignore",  # too few mails say nothing: the alarm stays as it was
            }


def rate(least_sends: int) -> str:
    """Metric math: percent of the sends, with no point where there were too few.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html (IF as a filter, FILL)
    """
    return f"IF(sends >= {least_sends}, 100 * FILL(failed, 0) / sends)"


def _sum(id_: str, metric: str, stack: str, environment: str) -> dict[str, Any]:
    dimensions = [{"Name": "environment", "Value": environment}, {"Name": "service", "Value": stack}]
    counted = {"Namespace": NAMESPACE, "MetricName": metric, "Dimensions": dimensions}
    return {
        "Id": id_,
        "MetricStat": {"Metric": counted, "Period": PERIOD_SECONDS, "Stat": "Sum"},
        "ReturnData": False,
    }
