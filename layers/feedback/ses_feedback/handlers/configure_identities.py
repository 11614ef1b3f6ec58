"""SES brought in line with the settings when the stack is deployed, and put back as it was when it is deleted."""

import time
from collections.abc import Mapping
from typing import Any

from botocore.config import Config
from botocore.exceptions import ClientError

from ses_feedback.aws_client import client
from ses_feedback.custom_resource import Result
from ses_feedback.errors import InvalidSettings, OutOfTime
from ses_feedback.ses_setup.apply import carry_out, in_words
from ses_feedback.ses_setup.plan import changes, plan, restoring_plan
from ses_feedback.ses_setup.report import Outcome, Report, report
from ses_feedback.ses_setup.ses import SETTLING_SECONDS, SesIdentities, pace
from ses_feedback.ses_setup.target import StackOffer, stack_name
from ses_feedback.settings.file import Settings, load_settings

SPARE_SECONDS = 150
"""Of the function's time: three attempts of the last call, and four to answer CloudFormation."""

NO_NUMBERS = {"Changed": 0, "Refused": 0, "Left": 0, "Problems": 0}

# An update that fails for want of a permission is rolled back by this very function, which would fail again.
NEVER: tuple[str, ...] = ()
ON_CREATION: tuple[str, ...] = ("Create",)
ON_CREATION_AND_UPDATE: tuple[str, ...] = ("Create", "Update")


def deploy(event: Mapping[str, Any], offer: StackOffer, milliseconds_left: int, *, only_plan: bool) -> Result:
    """Looks, plans and carries out; what goes wrong is judged here. With `only_plan` nothing is changed, but what was
    applied before is put back: at the change to it, while the function still may (template.yaml), or at the end.
    """
    ses = open_ses(time.monotonic() + milliseconds_left / 1000 - SPARE_SECONDS)
    is_end = event["RequestType"] == "Delete" or (only_plan and _applied_before(event))
    command = finishing_command(event)
    try:
        result = _bring_in_line(ses, offer, load_settings(), command, is_end=is_end, only_plan=only_plan)
        summary, numbers, failing = result.summary, result.numbers, ON_CREATION if result.is_denied else NEVER
    except Exception as error:
        summary, numbers, failing = cause(error, command), NO_NUMBERS, may_fail(error)
    return Result(summary, numbers, {"Summary": summary}, failing)


def _applied_before(event: Mapping[str, Any]) -> bool:
    return bool(event.get("OldResourceProperties", {}).get("Mode") == "apply")


def open_ses(deadline: float) -> SesIdentities:
    """`deadline`: when to stop, by `time.monotonic`."""
    config = Config(connect_timeout=5, read_timeout=20, retries={"total_max_attempts": 3, "mode": "standard"})
    return SesIdentities(
        ses=client("ses", config=config),
        sesv2=client("sesv2", config=config),
        sns=client("sns", config=config),
        kms=client("kms", config=config),
        cloudformation=client("cloudformation", config=config),
        seconds_a_call=pace(),
        deadline=deadline,
        settling=SETTLING_SECONDS,
    )


def _bring_in_line(
    ses: SesIdentities, offer: StackOffer, settings: Settings, command: str, *, is_end: bool, only_plan: bool
) -> Report:
    state, offer = ses.look(settings, offer)
    steps = (restoring_plan if is_end else plan)(settings, offer, state)
    only_planned = only_plan and not is_end
    outcome = Outcome() if only_planned else carry_out(changes(steps), ses, offer)
    return report(steps, outcome, command, only_planned=only_planned)


def finishing_command(event: Mapping[str, Any]) -> str:
    return f"ses-feedback identities apply --stack {stack_name(event['StackId'])}"


def may_fail(error: Exception) -> tuple[str, ...]:
    """The requests that an error fails: rolling back mends settings that cannot be read, but not a lack of time."""
    match error:
        case InvalidSettings():
            return ON_CREATION_AND_UPDATE
        case OutOfTime():
            return NEVER
    return ON_CREATION


def cause(error: Exception, command: str) -> str:
    """What CloudFormation shows: what went wrong and, where possible, what to do."""
    match error:
        case OutOfTime():
            return f"there was no time to read SES: run `{command}`"
        case ClientError():
            return in_words(error)
        case InvalidSettings():
            return str(error)
    return f"{type(error).__name__}: {error}"
