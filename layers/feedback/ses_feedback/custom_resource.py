"""The answer to CloudFormation that a custom resource owes, whatever happens.

docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref-responses.html: one PUT of at most 4,096 bytes to the
event's ResponseURL; a stack that gets none waits for an hour.
"""

import json
import time
import urllib.request
from collections.abc import Mapping
from typing import Any

SUCCESS, FAILED = "SUCCESS", "FAILED"
TRIES, TIMEOUT_SECONDS = 4, 10
_MOST_CHARACTERS = 900


def answer(event: Mapping[str, Any], status: str, reason: str, data: Mapping[str, str], log_stream: str) -> None:
    """Tells CloudFormation. Raises OSError where it cannot be reached after some tries."""
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
    """Printable ASCII: characters are bytes, and none acts on a terminal; with an ellipsis where it is too long."""
    plain = "".join(c if c.isascii() and c.isprintable() else "?" for c in " ".join(text.split()))
    return plain if len(plain) <= _MOST_CHARACTERS else plain[: _MOST_CHARACTERS - 3] + "..."
