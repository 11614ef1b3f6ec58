"""The alarms that configure_alarms would make."""

from typing import Any

from ses_feedback.metrics.rate_alarms import alarms
from ses_feedback.settings.file import load_settings


def answer(event: dict[str, Any], env: Any) -> dict[str, Any]:
    """`would_put`: the arguments of CloudWatch's PutMetricAlarm; none if the stack is deleted."""
    is_end = event["RequestType"] == "Delete"
    wanted = [] if is_end else list(alarms(load_settings(), event["StackId"], env.least_sends))
    return {"would_put": wanted, "would_delete": "all other alarms of this stack on rates"}
