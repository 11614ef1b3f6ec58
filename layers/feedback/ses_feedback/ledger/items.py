"""How an address's state and the entries of the index stand in the ledger's items. `ledger` draws the keys."""

import hashlib
from collections.abc import Mapping
from typing import Any

from ses_feedback.attribute_values import Item, attributes, plain
from ses_feedback.decision.suppression import Place, State, Suppression

type Entries = dict[str, Suppression | None]
"""By scope, what the index holds of one address; None is a mark: it was suppressed there once."""


def key(address: str, sk: str) -> Item:
    return {"pk": {"S": key_of(address)}, "sk": {"S": sk}}


def key_of(address: str) -> str:
    return f"A#{address}"


def attribute(place: Place, *, is_soft: bool) -> str:
    return "#".join(("s" if is_soft else "r", *place))


def state_from(item: Mapping[str, Any]) -> State:
    registers, soft = {}, {}
    for name, value in item.items():
        if name.startswith("r#"):
            registers[Place(*name[2:].split("#"))] = value["S"]
        elif name.startswith("s#"):
            soft[Place(*name[2:].split("#"))] = frozenset(value["SS"])
    return State(registers, soft, int(item.get("rev", {"N": "0"})["N"]))


def shard_of(address: str) -> str:
    return hashlib.sha256(address.encode()).hexdigest()[0]


def entry_item(address: str, scope: str, entry: Suppression | None, rev: int) -> Item:
    """An entry of the index; without a suppression it stays as a mark that outlives older ones."""
    item: Item = {"recipient": address}
    if entry is not None:
        item |= {
            "fact": entry.fact,
            "since": entry.since,
            "until": entry.until,
            "event_id": entry.event_id,
            "scope_shard": f"S#{scope}#{shard_of(address)}",
            "since_address": f"{entry.since}#{address}",
        }
    return key(address, f"S#{scope}") | attributes(item) | {"rev": {"N": str(rev)}}


def entry_from(item: Mapping[str, Any], scope: str) -> Suppression | None:
    row = plain(item)
    if "fact" not in row:
        return None
    return Suppression(scope, row["fact"], row["since"], row.get("until"), row["event_id"])


def standing_from(items: list[Mapping[str, Any]]) -> tuple[State | None, Entries]:
    """The state among an address's items, None if it is not there, and the entries among them."""
    state, entries = None, {}
    for item in items:
        sk = item["sk"]["S"]
        if sk == "STATE":
            state = state_from(item)
        elif sk.startswith("S#"):
            entries[sk[2:]] = entry_from(item, sk[2:])
    return state, entries
