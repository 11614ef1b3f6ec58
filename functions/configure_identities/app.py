"""Brings SES in line with the settings whenever the stack is deployed, and puts back what it found at the end."""

import os
import time
from typing import Any

import boto3
from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext
from botocore.config import Config
from botocore.exceptions import ClientError

from ses_feedback.custom_resource import FAILED, SUCCESS, answer
from ses_feedback.errors import InvalidSettings, OutOfTime
from ses_feedback.ses_setup.apply import carry_out, in_words
from ses_feedback.ses_setup.plan import changes, plan, restoring_plan
from ses_feedback.ses_setup.report import Outcome, Report, report
from ses_feedback.ses_setup.ses import SECONDS_A_CALL, SesIdentities
from ses_feedback.ses_setup.target import StackOffer, stack_name
from ses_feedback.settings.file import load_settings

SPARE_SECONDS = 150  # of the function's time: three tries of the last call, and four of the answer to CloudFormation

logger = Logger()
config = Config(connect_timeout=5, read_timeout=20, retries={"total_max_attempts": 3, "mode": "standard"})
ses, sesv2 = boto3.client("ses", config=config), boto3.client("sesv2", config=config)
sns, cloudformation = boto3.client("sns", config=config), boto3.client("cloudformation", config=config)
PACE = 0 if "AWS_ENDPOINT_URL" in os.environ else SECONDS_A_CALL  # an emulator counts no calls
NUMBERS = {"Changed": 0, "Refused": 0, "Left": 0, "Problems": 0}

# An update that fails for want of a permission is rolled back by this very function, which would fail again.
NEVER: tuple[str, ...] = ()
ON_CREATION: tuple[str, ...] = ("Create",)
ON_CREATION_AND_UPDATE: tuple[str, ...] = ("Create", "Update")


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: LambdaContext) -> None:
    """Always answers CloudFormation, and a deletion always with success: a stack must neither hang nor be stuck."""
    try:
        told = configure(event, context)
        summary, numbers, failing = told.summary, told.numbers, ON_CREATION if told.is_denied else NEVER
    except Exception as error:
        summary, numbers, failing = cause(error, event), NUMBERS, may_fail(error)
    status = FAILED if event["RequestType"] in failing else SUCCESS
    logger.info("SES configured", request=event["RequestType"], status=status, numbers=numbers)  # and no addresses
    answer(event, status, summary, data_of(summary, numbers), context.log_stream_name)


def configure(event: dict[str, Any], context: LambdaContext) -> Report:
    """Looks, plans and carries out. With MODE `plan` nothing is changed, but put back at the end of the stack."""
    is_end = event["RequestType"] == "Delete"
    deadline = time.monotonic() + context.get_remaining_time_in_millis() / 1000 - SPARE_SECONDS
    edge = SesIdentities(ses, sesv2, sns, cloudformation, time.monotonic, time.sleep, PACE, deadline)
    settings = load_settings()
    found, target = edge.look(settings, target_of(event["StackId"]))
    steps = (restoring_plan if is_end else plan)(settings, target, found)
    only_plan = os.environ["MODE"] == "plan" and not is_end
    outcome = Outcome() if only_plan else carry_out(changes(steps), edge, target)
    return report(steps, outcome, command(event), only_planned=only_plan)


def may_fail(error: Exception) -> tuple[str, ...]:
    """The requests that an error fails: rolling back mends settings that cannot be read, and no lack of time."""
    match error:
        case InvalidSettings():
            return ON_CREATION_AND_UPDATE
        case OutOfTime():
            return NEVER
    return ON_CREATION


def cause(error: Exception, event: dict[str, Any]) -> str:
    """What CloudFormation shows: what went wrong, and where one can, what to do."""
    match error:
        case OutOfTime():
            return f"there was no time to read SES: run `{command(event)}`"
        case ClientError():
            return in_words(error)
        case InvalidSettings():
            return str(error)
    return f"{type(error).__name__}: {error}"


def target_of(stack: str) -> StackOffer:
    return StackOffer(
        stack=stack,
        topic=os.environ["FEEDBACK_TOPIC_ARN"],
        stream=os.environ["ARCHIVE_STREAM_ARN"],
        stream_role=os.environ["ARCHIVE_STREAM_ROLE_ARN"],
        queue=os.environ["FEEDBACK_QUEUE_ARN"],
        dead_letters=os.environ["DEAD_LETTERS_ARN"],
        per_environment=os.environ["TOPIC_PER_ENVIRONMENT"] == "true",
    )


def command(event: dict[str, Any]) -> str:
    return f"ses-feedback identities apply --stack {stack_name(event['StackId'])}"


def data_of(summary: str, numbers: dict[str, int]) -> dict[str, str]:
    return {"Summary": summary} | {name: str(number) for name, number in numbers.items()}
