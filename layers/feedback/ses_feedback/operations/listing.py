"""Who is suppressed now, with filters: everybody, or a page at a time. A page may hold fewer than asked for, even
none; only one without a cursor is the last.
"""

import hashlib
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterator, Sequence
from dataclasses import astuple, dataclass
from datetime import datetime
from typing import NamedTuple

import msgspec

from ses_feedback import timestamp
from ses_feedback.address import domain_of, normalise
from ses_feedback.decision.fact import Fact
from ses_feedback.decision.suppression import Suppression
from ses_feedback.errors import InvalidRequest
from ses_feedback.event_row import EventRow
from ses_feedback.ledger.index import Held, Position
from ses_feedback.ledger.table import Ledger
from ses_feedback.scope import GLOBAL, Scope

SECONDS_A_PAGE = 8.0
"""A page that is not full by then is answered as it is: API Gateway waits for 30 seconds at most."""

READ_AT_ONCE = 1_000

_CHECK_BYTES = 6


@dataclass(frozen=True, slots=True)
class Filter:
    """Empty fields filter nothing. `reason` is one of `reason_of`; `prefix` is the beginning of the address;
    `domain` is what follows its @, without what is below it. Raises `InvalidRequest`.
    """

    scope: str = ""
    reason: str = ""
    provider: str = ""
    prefix: str = ""
    domain: str = ""

    def __post_init__(self) -> None:
        if self.scope and self.scope != GLOBAL and not (Scope(self.scope).name and _is_kind(Scope(self.scope))):
            kinds = "global, environment:<name>, message_stream:<name> or tenant:<name>"
            raise InvalidRequest(f"{self.scope!r} is not a scope: {kinds}")

    def has(self, address: str, held: Suppression) -> bool:
        """All but the provider, which the index does not know."""
        return (
            (not self.reason or reason_of(held.fact) == self.reason)
            and address.startswith(self.prefix.lower())
            and (not self.domain or domain_of(address) == domain_of(normalise(f"@{self.domain}")))
        )


class Listed(NamedTuple):
    """`address` is the ledger's key: of an address, or of a rule. `provider`: who runs its mail, where the event
    that decided says so and is still kept.
    """

    address: str
    suppression: Suppression
    provider: str | None


class Found(NamedTuple):
    """As `Listed`, with the row of the event that decided, where it is still kept and was asked for."""

    address: str
    suppression: Suppression
    row: EventRow | None


class Page(NamedTuple):
    """`cursor` asks for the next page; None: there is none."""

    entries: list[Listed]
    cursor: str | None


def reason_of(fact: Fact) -> str:
    """Why, in one word: a `Reason` of a bounce, `complaint`, or `operator`."""
    return fact.reason or fact.name


def page(
    ledger: Ledger, wanted: Filter, now: datetime, *, most: int, cursor: str = "", seconds: float = SECONDS_A_PAGE
) -> Page:
    """The next entries that have not ended, at most so many. Raises `InvalidRequest` for a cursor of another query,
    and botocore's errors.
    """
    after = _position_in(cursor, wanted) if cursor else None
    scope = Scope(wanted.scope) if wanted.scope else None
    deadline, moment, found = time.monotonic() + seconds, timestamp.to_text(now), list[Listed]()
    while True:
        entries, after = ledger.index.some(scope, after, READ_AT_ONCE)
        kept = [(address, held) for address, held in entries if held.holds_at(moment) and wanted.has(address, held)]
        room = most - len(found)
        asked = kept if wanted.provider else kept[:room]
        providers = ledger.providers(asked)
        listed = [Listed(address, held, providers.get((address, held.event_id))) for address, held in asked]
        listed = [each for each in listed if wanted.provider in ("", each.provider)]
        if len(listed) > room or len(asked) < len(kept):
            listed = listed[:room]
            after = Position.behind(listed[-1].address, listed[-1].suppression)
        found += listed
        if after is None or len(found) >= most or time.monotonic() > deadline:
            return Page(found, _cursor(after, wanted) if after else None)


def everybody(
    ledger: Ledger, wanted: Sequence[Filter], now: datetime, *, with_rows: bool = False
) -> Iterator[list[Found]]:
    """All entries that have not ended and that one of the filters has, which are of one scope and one provider; in no
    particular order. `with_rows` asks for the events that decided, which a provider needs in any case. Raises
    botocore's errors.
    """
    scope, provider, moment = wanted[0].scope, wanted[0].provider, timestamp.to_text(now)

    def work(entries: Held) -> list[Found]:
        kept = [
            (address, held)
            for address, held in entries
            if held.holds_at(moment) and any(each.has(address, held) for each in wanted)
        ]
        rows = ledger.rows(kept) if with_rows or provider else {}
        found = [Found(address, held, rows.get((address, held.event_id))) for address, held in kept]
        return [each for each in found if not provider or (each.row and each.row.provider == provider)]

    return ledger.index.all(Scope(scope) if scope else None, work)


def _cursor(after: Position, wanted: Filter) -> str:
    """Opaque, and bound to its query."""
    text = msgspec.json.encode((_digest(astuple(wanted)), *map(str, after)))
    return urlsafe_b64encode(hashlib.sha256(text).digest()[:_CHECK_BYTES] + text).decode().rstrip("=")


def _position_in(cursor: str, wanted: Filter) -> Position:
    try:
        content = urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        check, text = content[:_CHECK_BYTES], content[_CHECK_BYTES:]
        query, *after = msgspec.json.decode(text, type=tuple[str, str, str, str, str])
    except (ValueError, msgspec.MsgspecError):
        raise InvalidRequest("the cursor cannot be read: pass on `next` of the page before, as it is") from None
    if check != hashlib.sha256(text).digest()[:_CHECK_BYTES]:
        raise InvalidRequest("the cursor is damaged: pass on `next` of the page before, as it is")
    if query != _digest(astuple(wanted)):
        raise InvalidRequest(
            "the cursor is of another query: it goes on only with the same filters; begin without it"
        )
    return Position(*after)


def _digest(query: tuple[str, ...]) -> str:
    return hashlib.sha256(msgspec.json.encode(query)).hexdigest()[:16]


def _is_kind(scope: Scope) -> bool:
    return scope.kind in ("environment", "message_stream", "tenant")
