"""Whether AWS refused a call because the caller lacks the permission: services have different codes for it."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from botocore.exceptions import ClientError

_CODES = (
    *("AccessDenied", "AccessDeniedException", "AuthorizationError", "AuthorizationErrorException"),
    *("UnauthorizedOperation", "UnauthorizedAccess"),
)


def is_denied(error: "ClientError") -> bool:
    return error.response["Error"].get("Code") in _CODES
