"""What CloudWatch counted of the stack's mail, by environment and message stream."""

from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from ses_feedback.settings.file import Settings

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch import CloudWatchClient

NAMESPACE = "SESFeedback"
COUNTED = ("sends", "deliveries", "bounces", "complaints", "suppressed", "bounces_for_rate", "complaints_for_rate")
"""docs/monitoring.md says what each of them counts."""

_A_DAY = 86_400
_AT_ONCE = 500
"""GetMetricData takes no more metrics at once."""


def counts(
    cloudwatch: "CloudWatchClient", service: str, settings: Settings, now: datetime, days: int
) -> dict[str, dict[str, dict[str, int]]]:
    """By dimension (`environment`, `message_stream`), value and metric: how many in the last days of UTC, today
    included. `service`: the stack's name. Raises botocore's errors.
    """
    names = {"environment": settings.environments, "message_stream": _streams(settings)}
    found = {dimension: {name: dict.fromkeys(COUNTED, 0) for name in values} for dimension, values in names.items()}
    places = [(d, name, metric) for d, values in names.items() for name in values for metric in COUNTED]
    queries = [_query(number, service, *place) for number, place in enumerate(places)]
    start = datetime.combine(now.date(), time(), now.tzinfo) - timedelta(days=days - 1)
    for first in range(0, len(queries), _AT_ONCE):
        pages = cloudwatch.get_paginator("get_metric_data").paginate(
            MetricDataQueries=queries[first : first + _AT_ONCE], StartTime=start, EndTime=now
        )
        for result in (result for page in pages for result in page["MetricDataResults"]):
            dimension, name, metric = places[int(result["Id"].removeprefix("m"))]
            found[dimension][name][metric] += int(sum(result["Values"]))
    return found


def _streams(settings: Settings) -> set[str]:
    return {*settings.message_streams, settings.default.message_stream}


def _query(number: int, service: str, dimension: str, name: str, metric: str) -> Any:
    dimensions = [{"Name": dimension, "Value": name}, {"Name": "service", "Value": service}]
    counted = {"Namespace": NAMESPACE, "MetricName": metric, "Dimensions": dimensions}
    return {"Id": f"m{number}", "MetricStat": {"Metric": counted, "Period": _A_DAY, "Stat": "Sum"}}
