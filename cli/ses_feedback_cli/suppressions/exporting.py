"""`ses-feedback suppressions export`: everybody who is suppressed, as a list in a provider's format."""

import io
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from ses_feedback.address import is_rule
from ses_feedback.decision.imported import Listing
from ses_feedback.ledger.table import Ledger
from ses_feedback.operations.listing import Filter, everybody
from ses_feedback.operations.status import name_of
from ses_feedback_cli.lists.formats import Format
from ses_feedback_cli.lists.writing import listing_of, write_list
from ses_feedback_cli.new_file import new_file
from ses_feedback_cli.output import note, progress

OWN_FORMAT = "ses-feedback"
"""The only one that holds rules for whole domains."""


def export_list(ledger: Ledger, wanted: Filter, as_format: Format, to: Path | None) -> None:
    """Writes all of them into a file that appears when it is whole, or to standard output. Raises botocore's
    errors.
    """
    rules: Counter[str] = Counter()
    with progress("reading") as show, _output(to) as out:
        listings = _listings(ledger, wanted, show)
        left_out = write_list(_held(listings, as_format, rules), as_format, out)
    for why, number in (left_out + rules).items():
        note(f"{number:,} {why} left out: the format {as_format.name} cannot hold them")


def _listings(ledger: Ledger, wanted: Filter, show: Callable[[str], None]) -> Iterator[Listing]:
    number = 0
    for found in everybody(ledger, [wanted], datetime.now(UTC), with_rows=True):
        for each in found:
            yield listing_of(name_of(each.address), each.suppression, each.row)
        number += len(found)
        show(f"{number:,} suppressions")
    note(f"{number:,} suppressions")


def _held(listings: Iterator[Listing], as_format: Format, left_out: Counter[str]) -> Iterator[Listing]:
    for listing in listings:
        if as_format.name != OWN_FORMAT and is_rule(listing.address.removeprefix("*")):
            left_out["rules for whole domains"] += 1
        else:
            yield listing


@contextmanager
def _output(to: Path | None) -> Iterator[IO[str]]:
    if to is None:
        yield sys.stdout
        return
    with new_file(to) as file:
        text = io.TextIOWrapper(file, "utf-8", newline="")
        yield text
        text.detach()
