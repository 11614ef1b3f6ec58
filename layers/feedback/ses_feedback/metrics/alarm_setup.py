"""Brings CloudWatch's alarms in line with what is wanted; idempotent."""

from collections.abc import Iterable
from itertools import batched
from typing import TYPE_CHECKING, Any

from ses_feedback.metrics.rate_alarms import mark, prefix

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch import CloudWatchClient


def bring_in_line(cloudwatch: "CloudWatchClient", stack_id: str, wanted: Iterable[dict[str, Any]]) -> dict[str, int]:
    """Puts every wanted alarm, and deletes those that this stack made and no longer wants; answers how many of each.

    `cloudwatch` is boto3's client. Raises botocore's errors.
    """
    wanted = list(wanted)
    for alarm in wanted:
        cloudwatch.put_metric_alarm(**alarm)
    names = {alarm["AlarmName"] for alarm in wanted}
    surplus = [name for name in _own(cloudwatch, stack_id) if name not in names]
    for batch in batched(surplus, 100, strict=False):
        cloudwatch.delete_alarms(AlarmNames=list(batch))
    return {"Alarms": len(wanted), "Deleted": len(surplus)}


def _own(cloudwatch: "CloudWatchClient", stack_id: str) -> list[str]:
    """The alarms that carry this stack's mark; the template's own have its names, but no mark."""
    pages = cloudwatch.get_paginator("describe_alarms").paginate(
        AlarmNamePrefix=prefix(stack_id.split("/")[1]), AlarmTypes=["MetricAlarm"]
    )
    alarms = (alarm for page in pages for alarm in page["MetricAlarms"])
    return [alarm["AlarmName"] for alarm in alarms if alarm.get("AlarmDescription", "").endswith(mark(stack_id))]
