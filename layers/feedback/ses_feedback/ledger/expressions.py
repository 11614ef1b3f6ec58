"""How evidence is merged into STATE and forgotten again, as arguments of DynamoDB's UpdateItem.

Each but `raise_rev` is idempotent and independent of order, and raises `rev` only with the state itself. AWS refuses
to add to a set and to delete from it in one call, hence `prune`.
"""

from collections.abc import Iterable
from typing import Any

from ses_feedback.decision.state import Place, Stamp
from ses_feedback.ledger.items import attribute


def merge_register(place: Place, stamp: Stamp) -> dict[str, Any]:
    """Keeps the later of two stamps; the condition fails where the table's own is as late."""
    return {
        "UpdateExpression": "SET #place = :value ADD rev :one",
        "ConditionExpression": "attribute_not_exists(#place) OR #place < :value",
        "ExpressionAttributeNames": {"#place": attribute(place, is_soft=False)},
        "ExpressionAttributeValues": {":value": {"S": stamp}, ":one": {"N": "1"}},
    }


def merge_soft(place: Place, stamp: Stamp) -> dict[str, Any]:
    """Adds a stamp to the set of its place; the condition fails where it is there already."""
    update = add_soft(place, [stamp])
    return update | {
        "ConditionExpression": "attribute_not_exists(#place) OR NOT contains(#place, :value)",
        "ExpressionAttributeValues": update["ExpressionAttributeValues"] | {":value": {"S": stamp}},
    }


def add_soft(place: Place, stamps: Iterable[Stamp]) -> dict[str, Any]:
    """Adds stamps of which the table is known to lack some."""
    return {
        "UpdateExpression": "ADD #place :values, rev :one",
        "ExpressionAttributeNames": {"#place": attribute(place, is_soft=True)},
        "ExpressionAttributeValues": {":values": {"SS": sorted(stamps)}, ":one": {"N": "1"}},
    }


def raise_rev(leap: int) -> dict[str, Any]:
    """Raises `rev` alone, above that of entries which a newer state wrote."""
    return {"UpdateExpression": "ADD rev :leap", "ExpressionAttributeValues": {":leap": {"N": str(leap)}}}


def prune(place: Place, surplus: Iterable[Stamp]) -> dict[str, Any]:
    """Forgets soft evidence that says nothing new (`state.surplus`)."""
    return {
        "UpdateExpression": "DELETE #place :surplus",
        "ExpressionAttributeNames": {"#place": attribute(place, is_soft=True)},
        "ExpressionAttributeValues": {":surplus": {"SS": sorted(surplus)}},
    }
