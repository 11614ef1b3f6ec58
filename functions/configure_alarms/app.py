"""Makes the alarms on the rates of each environment, as the settings name them, and deletes them with the stack."""

from collections.abc import Mapping
from typing import Annotated, Any, NamedTuple

from ses_feedback.custom_resource import Invocation, Result, respond
from ses_feedback.entry import entry
from ses_feedback.environment import read_environment


class Environment(NamedTuple):
    powertools_service_name: Annotated[str, "AWS::StackName"]
    least_sends: Annotated[int, "RateAlarmLeastSends"]


@entry("ConfigureAlarms", Environment)
def handler(event: dict[str, Any], context: Invocation) -> None:
    """Always answers CloudFormation, and a deletion always with success: a stack must neither hang nor be stuck."""
    respond(event, context, configure)


def configure(event: Mapping[str, Any], _context: Invocation) -> Result:
    from botocore.config import Config

    from ses_feedback.aws_client import client  # here, as all that may fail to load: see custom_resource
    from ses_feedback.metrics.alarm_setup import bring_in_line
    from ses_feedback.metrics.rate_alarms import alarms
    from ses_feedback.settings.file import load_settings

    config = Config(connect_timeout=5, read_timeout=10, retries={"total_max_attempts": 4, "mode": "standard"})
    cloudwatch = client("cloudwatch", config=config)  # one that hangs must leave time for the answer
    if event["RequestType"] == "Delete":
        wanted = []
    else:
        env = read_environment(Environment, "ConfigureAlarms")
        wanted = list(alarms(load_settings(), event["StackId"], env.least_sends))
    numbers = bring_in_line(cloudwatch, event["StackId"], wanted)
    return Result(f"{numbers['Alarms']} alarms are in place, {numbers['Deleted']} were deleted", numbers)
