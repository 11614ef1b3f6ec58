"""The answer that a custom resource owes to CloudFormation, whatever happens.

docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref-responses.html: one PUT of at most 4,096 bytes to the
event's ResponseURL; a stack that gets none waits for an hour. So this module imports the standard library alone, and
the work imports everything else after it was called: a layer that cannot be loaded is answered too.
"""

import json
import os
import time
import traceback
import urllib.request
from collections.abc import Callable, Collection, Mapping
from typing import Any, NamedTuple, Protocol

SUCCESS, FAILED = "SUCCESS", "FAILED"
TRIES, TIMEOUT_SECONDS = 4, 10
_MOST_CHARACTERS = 900


class Invocation(Protocol):
    """What Lambda says of an invocation, as far as it is needed here."""

    @property
    def aws_request_id(self) -> str: ...
    @property
    def log_stream_name(self) -> str: ...
    def get_remaining_time_in_millis(self) -> int: ...


class Result(NamedTuple):
    """`reason`: what CloudFormation shows. `numbers` and `data`: what the template reads by GetAtt; the log has the
    numbers. `failing`: the types of request that fail with it ("Create", "Update"); a deletion never does, since a
    stack must not be stuck.
    """

    reason: str
    numbers: Mapping[str, int]
    data: Mapping[str, str] = {}
    failing: Collection[str] = ()


def respond(
    event: Mapping[str, Any], context: Invocation, work: Callable[[Mapping[str, Any], Invocation], Result]
) -> None:
    """Does the work and answers CloudFormation. What the work raises fails the creation or the update of the stack;
    then its cause is in the log, by nothing but `print`.
    """
    try:
        result = work(event, context)
    except BaseException as error:  # a panic of compiled code, or an exit, must be answered too
        result = Result(f"{type(error).__name__}: {error}", {}, failing=("Create", "Update"))
        _log("ERROR", "the custom resource failed", context, exception=traceback.format_exc())
    is_failing = event["RequestType"] in result.failing and event["RequestType"] != "Delete"
    status = FAILED if is_failing else SUCCESS
    _log("INFO", "answered", context, request=event["RequestType"], status=status, numbers=result.numbers)
    data = dict(result.data) | {name: str(number) for name, number in result.numbers.items()}
    answer(event, status, result.reason, data, context.log_stream_name)


def _log(level: str, message: str, context: Invocation, **facts: Any) -> None:
    """One line of JSON, with the names that Powertools gives to the other functions' lines."""
    service = os.environ.get("POWERTOOLS_SERVICE_NAME", "")
    known = {"level": level, "message": message, "service": service, "function_request_id": context.aws_request_id}
    print(json.dumps(known | facts), flush=True)


def answer(event: Mapping[str, Any], status: str, reason: str, data: Mapping[str, str], log_stream: str) -> None:
    """Tells CloudFormation. Raises OSError if it cannot be reached after some tries."""
    stack = event["StackId"].split("/")[1]
    body = {
        "Status": status,
        "Reason": cut(f"{reason} (log stream {log_stream})"),
        "PhysicalResourceId": event.get("PhysicalResourceId") or f"{stack}-{event['LogicalResourceId']}",
        "StackId": event["StackId"],
        "RequestId": event["RequestId"],
        "LogicalResourceId": event["LogicalResourceId"],
        "Data": {key: cut(value) for key, value in data.items()},
    }
    request = urllib.request.Request(  # noqa: S310, CloudFormation's own presigned address
        event["ResponseURL"], json.dumps(body).encode(), {"Content-Type": ""}, method="PUT"
    )
    for attempt in range(TRIES):
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS):  # noqa: S310
                return
        except OSError:
            if attempt == TRIES - 1:
                raise
            time.sleep(2**attempt)


def cut(text: str) -> str:
    """Printable ASCII: one byte a character, none of which acts on a terminal; with an ellipsis if it is too long."""
    plain = "".join(c if c.isascii() and c.isprintable() else "?" for c in " ".join(text.split()))
    return plain if len(plain) <= _MOST_CHARACTERS else plain[: _MOST_CHARACTERS - 3] + "..."
