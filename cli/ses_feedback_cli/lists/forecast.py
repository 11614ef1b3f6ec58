"""The forecast for the first day: who of your recipients is on the list, and what that does to the bounce rate."""

import csv
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ses_feedback.address import mailbox_key
from ses_feedback_cli.lists.columns import delimiter_of, titled_column
from ses_feedback_cli.lists.errors import UnusableList
from ses_feedback_cli.lists.plan import Summary

REVIEW, PAUSE = 0.05, 0.10
"""Bounce rates at which SES puts an account under review, and pauses it (SES's FAQ on sending review)."""


@dataclass(frozen=True, slots=True)
class Forecast:
    """`bounced`: of the different `recipients`, those to whom mail would bounce. `others`: how many are listed for
    what else. `unread`: rows without an address.
    """

    recipients: int
    bounced: list[str]
    others: Counter[str]
    unread: int

    @property
    def rate(self) -> float:
        return len(self.bounced) / self.recipients if self.recipients else 0.0


def forecast(recipients: Path, summary: Summary, encoding: str) -> Forecast:
    """What mail to all these recipients would meet, each counted once. Raises `UnusableList`."""
    seen, bounced, others, unread = set[int](), list[str](), Counter[str](), 0
    for address in recipients_in(recipients, encoding):
        if address is None:
            unread += 1
        elif hash(address) not in seen:
            seen.add(hash(address))
            if address in summary.bouncing:
                bounced.append(address)
            elif why := summary.addresses.get(address):
                others[why] += 1
    if not seen:
        raise UnusableList(f"{recipients.name} has no addresses")
    return Forecast(len(seen), bounced, others, unread)


def recipients_in(path: Path, encoding: str) -> Iterator[str | None]:
    """The key of each row's address, None where it has none: of the column named so, else of the first that begins
    with an address. Raises `UnusableList`.
    """
    try:
        with path.open(encoding=encoding, newline="") as file:
            first = file.readline()
            file.seek(0)
            rows = csv.reader(file, delimiter=delimiter_of(first))
            header = next(rows, [])
            column = titled_column(header)
            if column is None:
                column = next((number for number, cell in enumerate(header) if "@" in cell), None)
                if column is None:
                    raise UnusableList(f"{path.name} has no column of addresses: name one of them `email`")
                yield mailbox_key(header[column])
            for row in rows:
                if any(row):
                    yield mailbox_key(row[column]) if column < len(row) else None
    except OSError as error:
        raise UnusableList(f"{path}: {error.strerror or error}") from None
    except UnicodeError:
        raise UnusableList(f"{path.name} is not in the encoding {encoding}: name it by --encoding") from None
    except csv.Error as error:
        raise UnusableList(f"{path.name}: {error}") from None
