"""Makes the alarms on the rates of each environment, as the settings name them, and takes them away at the end."""

import os
from typing import Any

import boto3
from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext
from botocore.config import Config

from ses_feedback.custom_resource import FAILED, SUCCESS, answer
from ses_feedback.metrics.alarm_setup import bring_in_line
from ses_feedback.metrics.rate_alarms import alarms
from ses_feedback.settings.file import load_settings

logger = Logger()
config = Config(connect_timeout=5, read_timeout=10, retries={"total_max_attempts": 4, "mode": "standard"})
cloudwatch = boto3.client("cloudwatch", config=config)  # one that hangs must leave time for the answer
LEAST_SENDS = int(os.environ["LEAST_SENDS"])


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: LambdaContext) -> None:
    """Always answers CloudFormation, and a deletion always with success: a stack must neither hang nor be stuck."""
    is_end, numbers = event["RequestType"] == "Delete", {"Alarms": 0, "Deleted": 0}
    try:
        wanted = [] if is_end else list(alarms(load_settings(), event["StackId"], LEAST_SENDS))
        numbers = bring_in_line(cloudwatch, event["StackId"], wanted)
        status, reason = SUCCESS, f"{numbers['Alarms']} alarms stand, {numbers['Deleted']} were deleted"
    except Exception as error:
        logger.exception("the alarms could not be brought in line")
        status, reason = SUCCESS if is_end else FAILED, f"{type(error).__name__}: {error}"
    logger.info("alarms", request=event["RequestType"], status=status, numbers=numbers)
    answer(event, status, reason, {name: str(number) for name, number in numbers.items()}, context.log_stream_name)
