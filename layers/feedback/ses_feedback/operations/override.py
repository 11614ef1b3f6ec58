"""An operator's or an application's override: reinstated or suppressed, and kept as evidence like any other."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ses_feedback.address import is_rule
from ses_feedback.decision.override import Override
from ses_feedback.decision.suppression import Suppression
from ses_feedback.errors import InvalidRequest
from ses_feedback.ledger.table import Ledger
from ses_feedback.operations.status import holding, keys_of, name_of, row_of
from ses_feedback.scope import GLOBAL
from ses_feedback.settings.file import Settings


@dataclass(frozen=True, slots=True)
class Author:
    """Who decided, and why: both are required, and kept. Raises `InvalidRequest`."""

    by: str
    note: str

    def __post_init__(self) -> None:
        if not self.note.strip() or not self.by.strip():
            raise InvalidRequest(
                "the reason and who decides must not be empty: whoever looks at the address next will want to know"
            )


@dataclass(frozen=True, slots=True)
class Outcome:
    """What suppressed the address before the override, and what does afterwards."""

    override: Override
    before: list[Suppression]
    after: list[Suppression]

    @property
    def belongs_on_ses_list(self) -> Suppression | None:
        """What stops all mail to this very address: SES's list knows neither scopes nor domains."""
        if is_rule(self.override.address):
            return None
        return next((held for held in self.after if held.scope == GLOBAL and not held.rule), None)

    def row(self) -> dict[str, Any]:
        """As `--json` and the HTTP API give it."""
        override = self.override
        return {
            "address": name_of(override.address),
            "effect": override.effect,
            "event_id": override.event_id,
            "at": override.evidence.time,
            "by": override.by,
            "reason": override.note,
            "before": [row_of(held) for held in self.before],
            "after": [row_of(held) for held in self.after],
        }


def suppressible(received: str) -> tuple[str, ...]:
    """The keys of an address or of a domain's rules. Raises `InvalidRequest` for what would suppress nobody."""
    keys = keys_of(received)
    if any("*" in key and not is_rule(key) for key in keys):
        raise InvalidRequest(
            f"{received!r}: a * stands for all of a domain: *@example.com, *.example.com, or example.com for both"
        )
    return keys


def apply(override: Override, received: str, ledger: Ledger, settings: Settings, now: datetime) -> Outcome:
    """Records the override. `received`: as somebody wrote the address. Raises botocore's errors."""
    [(known, rules)] = ledger.known([override.address if is_rule(override.address) else received])
    before = holding(known, settings, now, rules)
    return Outcome(override, before, holding(known.joined(ledger.apply(override)), settings, now, rules))
