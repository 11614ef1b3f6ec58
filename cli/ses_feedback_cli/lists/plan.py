"""What a list would do: each row judged by itself, before anything is written."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from ses_feedback import timestamp
from ses_feedback.address import is_simulated, mailbox_key, rules_in
from ses_feedback.decision.imported import REPORTED, Imported, Listing, NotImportable, Why, imported, would_bounce
from ses_feedback.settings.file import Settings
from ses_feedback_cli.lists.reading import Entry

_MAILBOX = re.compile(r'(?:".+"|[^\s@:;,<>()\[\]\\"]+)@[^\s@:;,<>()\\"]+')
"""One mailbox, and nothing more in the cell: no second address, no `mailto:`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What the file does not say. `dated`: the time of rows without one. `environment`, `message_stream`: where the
    provider sent the mail. `by`: who imports it.
    """

    settings: Settings
    now: datetime
    dated: str
    environment: str
    message_stream: str | None
    by: str


@dataclass(frozen=True, slots=True)
class Planned:
    """A row that can be imported: the key of its address, what it says, and the evidence it gives."""

    entry: Entry
    address: str
    listing: Listing
    findings: tuple[Imported, ...]


@dataclass(frozen=True, slots=True)
class Invalid:
    """A row that cannot be."""

    entry: Entry
    cause: str


def planned(entries: Iterable[Entry], terms: Terms) -> Iterator[Planned | Invalid]:
    """Each row but those that suppress nobody."""
    latest = timestamp.to_text(terms.now + timedelta(days=1))
    for entry in entries:
        if entry.cause:
            yield Invalid(entry, entry.cause)
        elif entry.listing is not None:
            yield _planned(entry, entry.listing, terms, latest)


def _planned(entry: Entry, listing: Listing, terms: Terms, latest: str) -> Planned | Invalid:
    rule = rules_in(listing.address) if listing.address.startswith("*@") else ()
    if rule and listing.why in REPORTED:
        return Invalid(entry, f"{listing.address} is a rule for a domain, which only operators make: `manual`")
    address = rule[0] if rule else mailbox_key(listing.address)
    if address is None or not (rule or (_MAILBOX.fullmatch(address) and address.isprintable())):
        is_domain = bool(rules_in(listing.address))
        hint = ": for a whole domain, use `ses-feedback suppress`" if is_domain else ""
        return Invalid(entry, f"{listing.address!r:.200} is not an e-mail address{hint}")
    if is_simulated(address):
        return Invalid(entry, "an address of Amazon's mailbox simulator, which is never suppressed")
    if listing.time and listing.time > latest:
        return Invalid(entry, f"its date, {listing.time[:10]}, is in the future")
    try:
        findings = imported(
            address,
            listing,
            terms.settings,
            dated=terms.dated,
            environment=terms.environment,
            message_stream=terms.message_stream,
        )
        return Planned(entry, address, listing, tuple(findings))
    except NotImportable as refused:
        return Invalid(entry, str(refused))


@dataclass(slots=True)
class Summary:
    """What a whole list holds: `rows` that can be imported, by why, and the addresses that would bounce."""

    rows: int = 0
    invalid: int = 0
    undated: int = 0
    without_evidence: int = 0
    by_why: Counter[Why] = field(default_factory=Counter)
    addresses: dict[str, Why] = field(default_factory=dict)
    bouncing: set[str] = field(default_factory=set)

    def add(self, row: Planned | Invalid) -> None:
        if isinstance(row, Invalid):
            self.invalid += 1
            return
        self.rows += 1
        self.by_why[row.listing.why] += 1
        self.undated += row.listing.time is None
        self.without_evidence += not any(finding.evidence for finding in row.findings)
        self.addresses.setdefault(row.address, row.listing.why)
        if would_bounce(row.listing):
            self.bouncing.add(row.address)
