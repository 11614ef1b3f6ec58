"""How an address's state and the entries of the index are stored as items. `table` draws the keys."""

import hashlib
from collections.abc import Mapping
from typing import Any

from ses_feedback.address import normalise
from ses_feedback.attribute_values import Attributes, Row, attributes, plain
from ses_feedback.decision.fact import Fact
from ses_feedback.decision.state import Place, Stamp, State
from ses_feedback.decision.suppression import Suppression
from ses_feedback.scope import Scope

type Entries = dict[Scope, Suppression | None]
"""By scope, what the index holds for one address; None is a mark: it was suppressed there once."""

_NAMING = ("recipient", "original_recipient")
"""The attributes of an event's row that name an address."""


def key(address: str, sk: str) -> Attributes:
    return {"pk": {"S": key_of(address)}, "sk": {"S": sk}}


def key_of(address: str) -> str:
    return f"A#{address}"


def address_in(item: Mapping[str, Any]) -> str:
    """Whose item it is: the reverse of `key_of`."""
    return str(item["pk"]["S"]).removeprefix("A#")


def is_former(address: str) -> bool:
    """Whether version 0.1 filed it under a spelling that is no longer the key of its mailbox."""
    return normalise(address) != address


def under_its_key(item: Mapping[str, Any]) -> dict[str, Any]:
    """The item of an address, filed under the address's key; what is not about an address stays where it is."""
    address = normalise(address_in(item))
    if "resource" in item or address == address_in(item):
        return dict(item)
    named = {name: {"S": normalise(item[name]["S"])} for name in _NAMING if name in item}
    return {**item, **named, "pk": {"S": key_of(address)}}


def attribute(place: Place, *, is_soft: bool) -> str:
    return "#".join(("s" if is_soft else "r", *place))


def state_from(item: Mapping[str, Any]) -> State:
    registers, soft = {}, {}
    for name, value in item.items():
        if name.startswith("r#"):
            registers[_place(name)] = Stamp(value["S"])
        elif name.startswith("s#"):
            soft[_place(name)] = frozenset(map(Stamp, value["SS"]))
    return State(registers, soft, int(item.get("rev", {"N": "0"})["N"]))


def _place(name: str) -> Place:
    """The reverse of `attribute`."""
    _, fact, environment, message_stream = name.split("#")
    return Place(Fact(fact), environment, message_stream)


def shard_of(address: str) -> str:
    return hashlib.sha256(address.encode()).hexdigest()[0]


def entry_item(address: str, scope: Scope, entry: Suppression | None, rev: int) -> Attributes:
    """An entry of the index; without a suppression it is a mark, which no older entry may replace."""
    row: Row = {"recipient": address}
    if entry is not None:
        row |= {
            "fact": entry.fact,
            "since": entry.since,
            "until": entry.until,
            "event_id": entry.event_id,
            "scope_shard": f"S#{scope}#{shard_of(address)}",
            "since_address": f"{entry.since}#{address}",
        }
    return key(address, f"S#{scope}") | attributes(row) | {"rev": {"N": str(rev)}}


def entry_from(item: Mapping[str, Any], scope: Scope) -> Suppression | None:
    row = plain(item)
    if "fact" not in row:
        return None
    return Suppression(scope, Fact(row["fact"]), row["since"], row.get("until"), row["event_id"])


def state_and_entries_in(items: list[Mapping[str, Any]]) -> tuple[State | None, Entries]:
    """The state among an address's items, None if it is not there, and the entries among them."""
    state, entries = None, dict[Scope, Suppression | None]()
    for item in items:
        sk = item["sk"]["S"]
        if sk == "STATE":
            state = state_from(item)
        elif sk.startswith("S#"):
            scope = Scope(sk[2:])
            entries[scope] = entry_from(item, scope)
    return state, entries
