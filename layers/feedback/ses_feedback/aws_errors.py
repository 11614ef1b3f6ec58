"""What an error of AWS says: that the caller lacks the permission, or that the condition of a write does not hold."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from botocore.exceptions import ClientError

_DENIED = (
    *("AccessDenied", "AccessDeniedException", "AuthorizationError", "AuthorizationErrorException"),
    *("UnauthorizedOperation", "UnauthorizedAccess"),
)


def is_denied(error: "ClientError") -> bool:
    """Services have different codes for it."""
    return error.response["Error"].get("Code") in _DENIED


def condition_failed(error: "ClientError") -> bool:
    """Not a fault: DynamoDB says that something else is there already."""
    return error.response["Error"]["Code"] == "ConditionalCheckFailedException"


def existing_item(error: "ClientError") -> Mapping[str, Any]:
    """The item that failed the condition: for calls with `ReturnValuesOnConditionCheckFailure`."""
    item: Mapping[str, Any] = error.response["Item"]  # type: ignore[typeddict-item]
    return item
