"""Why AWS did not do what was asked, for people, and the permission that lacks, if that is why."""

from typing import Any, NamedTuple

from botocore.exceptions import BotoCoreError, ClientError

from ses_feedback.aws_errors import is_denied


class Trouble(NamedTuple):
    """`statement`: what to add to the caller's policy."""

    why: str
    statement: dict[str, Any] | None = None


def trouble_with(error: BotoCoreError | ClientError, permission: str) -> Trouble:
    """Of a call to SES that needs the permission."""
    if not isinstance(error, ClientError):
        return Trouble(f"SES cannot be reached: {error}")
    answer = f"{error.response['Error'].get('Code')}: {error.response['Error'].get('Message', '')}"
    lacks = {"Effect": "Allow", "Action": permission, "Resource": "*"} if is_denied(error) else None
    return Trouble(answer, lacks)
