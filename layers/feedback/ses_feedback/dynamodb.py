"""DynamoDB's errors."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from botocore.exceptions import ClientError


def condition_failed(error: "ClientError") -> bool:
    """Whether a write was refused since its condition did not hold: somebody else wrote first."""
    return error.response["Error"]["Code"] == "ConditionalCheckFailedException"
