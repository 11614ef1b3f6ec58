"""A write whose condition failed: an answer of DynamoDB that says what is there already, not a fault."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from botocore.exceptions import ClientError


def condition_failed(error: "ClientError") -> bool:
    return error.response["Error"]["Code"] == "ConditionalCheckFailedException"


def item_in(error: "ClientError") -> Mapping[str, Any]:
    """The item that failed the condition: for calls with `ReturnValuesOnConditionCheckFailure`."""
    item: Mapping[str, Any] = error.response["Item"]  # type: ignore[typeddict-item]
    return item
