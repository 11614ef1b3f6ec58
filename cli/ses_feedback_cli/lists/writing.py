"""Writes entries as a provider's own list, and reads off the ledger what to write."""

import csv
import json
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import IO, Any

from ses_feedback.decision.imported import Listing, Why
from ses_feedback.decision.suppression import Suppression
from ses_feedback.event_row import EventRow
from ses_feedback.vocabulary import Kind
from ses_feedback_cli.lists.cells import defused
from ses_feedback_cli.lists.formats import Format


def write_list(listings: Iterable[Listing], as_format: Format, out: IO[str]) -> Counter[str]:
    """Writes what the format can hold, one entry at a time; returns how many it cannot, by why in words. `out` must
    be opened with `newline=""`. Cells of CSV that a spreadsheet would run are defused (`cells`); those of a file
    without a header are not, since a machine reads it.
    """
    left_out: Counter[str] = Counter()
    rows = (as_format.cells(listing) for listing in _held(listings, as_format, left_out))
    match as_format.form:
        case "lines":
            for row in rows:
                out.write(json.dumps(row, ensure_ascii=False) + "\n")
        case "json":
            _write_json(rows, as_format, out)
        case form:
            writer = csv.writer(out, lineterminator="\n")
            if form == "csv":
                writer.writerow(as_format.columns)
            cell = defused if form == "csv" else str
            for row in rows:
                cells = [cell(row[column]) for column in as_format.columns]
                while form == "bare" and not cells[-1]:
                    cells.pop()
                writer.writerow(cells)
    return left_out


def listing_of(address: str, held: Suppression, row: EventRow | None) -> Listing:
    """What suppresses an address, as an entry of a list. `row`: of the event that decided (`held.event_id`), if it is
    still there; what was imported is told in its provider's words.
    """
    said = (row.origin or "").split(" ", 2) if row and row.kind == Kind.IMPORTED else []
    word = said[0].partition("/")[2] if said else ""
    return Listing(
        address=address,
        why=Why(word) if word in list(Why) else _why(held, row),
        time=f"{held.since[:19]}.000Z",
        until=f"{held.until[:19]}.000Z" if held.until else None,
        status=row.status if row else None,
        words=(row.diagnostic or (None if said else row.note)) if row else None,
        scope=None if held.scope == "global" else held.scope,
        origin=said[2] if len(said) == 3 else None,
    )


def _why(held: Suppression, row: EventRow | None) -> Why:
    fact = held.fact
    if fact.is_complaint or (fact.is_from_ses_list and row and (row.note or "").endswith("for COMPLAINT")):
        return Why.COMPLAINT
    if fact.is_from_operator:
        return Why.MANUAL
    return Why.SOFT if fact.is_soft else Why.HARD


def _held(listings: Iterable[Listing], as_format: Format, left_out: Counter[str]) -> Iterator[Listing]:
    for listing in listings:
        if as_format.holds(listing):
            yield listing
        else:
            is_scoped = listing.why in as_format.words
            left_out[f"for {listing.scope} only" if is_scoped else listing.why.replace("_", " ")] += 1


def _write_json(rows: Iterable[dict[str, str]], as_format: Format, out: IO[str]) -> None:
    out.write(json.dumps({as_format.nest: []})[:-2])
    for number, row in enumerate(rows):
        out.write((",\n" if number else "\n") + json.dumps(_nested(row), ensure_ascii=False))
    out.write("\n]}\n")


def _nested(row: dict[str, str]) -> dict[str, Any]:
    entry: dict[str, Any] = {}
    for name, value in row.items():
        above, dot, key = name.partition(".")
        if dot:
            entry.setdefault(above, {})[key] = value
        else:
            entry[name] = value
    return entry
