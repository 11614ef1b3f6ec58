"""From DynamoDB's attribute values to plain ones and back; rows hold texts and whole numbers only."""

from collections.abc import Mapping
from typing import Any

type Row = dict[str, Any]
"""Plain values by name."""

type Attributes = dict[str, Any]
"""The same as DynamoDB has them: `{"S": "text"}`, `{"N": "7"}`."""


def plain(item: Mapping[str, Any]) -> Row:
    """DynamoDB's attribute values as plain ones, without the keys `pk` and `sk`."""
    return {
        name: int(value["N"]) if "N" in value else next(iter(value.values()))
        for name, value in item.items()
        if name not in ("pk", "sk")
    }


def attributes(row: Mapping[str, Any]) -> Attributes:
    """The reverse of `plain`; absent values are left out."""
    return {
        name: {"N": str(value)} if isinstance(value, int) else {"S": str(value)}
        for name, value in row.items()
        if value is not None
    }
