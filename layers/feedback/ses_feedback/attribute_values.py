"""From DynamoDB's attribute values to plain ones and back; rows hold texts and whole numbers only."""

from collections.abc import Mapping
from typing import Any

type Item = dict[str, Any]


def plain(item: Mapping[str, Any]) -> Item:
    """DynamoDB's attribute values as plain ones, without the keys `pk` and `sk`."""
    return {
        name: int(value["N"]) if "N" in value else next(iter(value.values()))
        for name, value in item.items()
        if name not in ("pk", "sk")
    }


def attributes(row: Mapping[str, Any]) -> Item:
    """The reverse of `plain`; absent values are left out."""
    return {
        name: {"N": str(value)} if isinstance(value, int) else {"S": str(value)}
        for name, value in row.items()
        if value is not None
    }
