"""`ses-feedback suppressions list` and `search`: everybody who is suppressed, or a page of them."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

import typer

from ses_feedback.address import mailbox_key
from ses_feedback.alerts.words import minute, shown
from ses_feedback.decision.suppression import Suppression
from ses_feedback.errors import InvalidRequest
from ses_feedback.ledger.table import Ledger
from ses_feedback.operations.listing import Filter, everybody, page, reason_of
from ses_feedback.operations.status import known_environment, known_stream, name_of, row_of
from ses_feedback.scope import Scope
from ses_feedback.settings.file import Settings
from ses_feedback.vocabulary import Reason
from ses_feedback_cli.output import note, print_json

_PATIENCE = 3_600.0
"""Seconds that a page may take to fill: nobody waits for an answer of an API here."""

_OTHER_REASONS = ("complaint", "operator")

type _Entry = tuple[str, Suppression, str | None]
"""Address, suppression, provider."""


def filter_of(
    settings: Settings, *, scope: str = "", reason: str = "", provider: str = "", prefix: str = "", domain: str = ""
) -> Filter:
    """The filter that the options name. Raises `InvalidRequest` for a scope or reason that nobody can have."""
    wanted = Filter(scope=scope, reason=reason, provider=provider, prefix=prefix, domain=domain)
    reasons = (*Reason, *_OTHER_REASONS)
    if reason and reason not in reasons:
        raise InvalidRequest(f"{reason!r} is not a reason: choose one of {', '.join(reasons)}")
    match Scope(scope).kind:
        case "environment":
            known_environment(Scope(scope).name, settings)
        case "message_stream":
            known_stream(Scope(scope).name, settings)
    return wanted


def searches(text: str, wanted: Filter) -> tuple[Filter, Filter]:
    """What a text finds: addresses that begin with it, and those of the domain; `*@example.com` as well."""
    plain = text.strip().removeprefix("*")
    if not plain.strip("@"):
        raise InvalidRequest(f"{text!r} says nothing: give the beginning of an address, or a domain")
    prefix = plain if plain.startswith("@") else mailbox_key(plain) or plain
    both = {"scope": wanted.scope, "reason": wanted.reason, "provider": wanted.provider}
    return Filter(prefix=prefix, **both), Filter(domain=plain.removeprefix("@"), **both)


def show_all(ledger: Ledger, wanted: Sequence[Filter], *, as_json: bool) -> None:
    """Prints all of them as they are found. Raises botocore's errors."""
    found = everybody(ledger, wanted, datetime.now(UTC), with_rows=as_json)
    entries = (
        (each.address, each.suppression, each.row.provider if each.row else None) for batch in found for each in batch
    )
    note(f"{_show(entries, as_json=as_json):,} suppressions")


def show_page(ledger: Ledger, wanted: Filter, *, most: int, cursor: str, as_json: bool) -> None:
    """Prints the next ones, and by which cursor it goes on. Raises `InvalidRequest` for a cursor of another query,
    and botocore's errors.
    """
    found = page(ledger, wanted, datetime.now(UTC), most=most, cursor=cursor, seconds=_PATIENCE)
    number = _show(iter(found.entries), as_json=as_json)
    note(f"{number:,} suppressions" + (", and there may be more: --cursor" if found.cursor else ", the last ones"))
    if found.cursor:
        typer.echo(found.cursor, err=True)


def _show(entries: Iterator[_Entry], *, as_json: bool) -> int:
    number = 0
    for address, held, provider in entries:
        number += 1
        if as_json:
            of_address = {"address": name_of(address), "reason": reason_of(held.fact), "provider": provider}
            print_json(row_of(held) | of_address)
        else:
            typer.echo(_line(address, held))
    return number


def _line(address: str, held: Suppression) -> str:
    until = f"until {minute(held.until)}" if held.until else "for good"
    name, reason = shown(name_of(address), 320), shown(reason_of(held.fact), 60)
    return f"{name:<40} {reason:<18} {shown(held.scope, 100):<26} since {minute(held.since)}, {until}"
