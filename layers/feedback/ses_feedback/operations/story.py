"""The history of an address, and its status now."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any, NamedTuple

from ses_feedback.address import is_rule, pattern_of
from ses_feedback.alerts.words import words_about
from ses_feedback.decision.state import State
from ses_feedback.decision.suppression import Suppression
from ses_feedback.event_row import EventRow
from ses_feedback.ledger.table import Ledger
from ses_feedback.operations.status import holding, keys_of, name_of, row_of
from ses_feedback.settings.file import Settings


class Story(NamedTuple):
    """All that is known of an address, or of a domain's rule. `rules`: those over the address that an operator ever
    made, by their patterns, and who made or lifted them.
    """

    address: str
    state: State
    events: list[EventRow]
    suppressions: list[Suppression]
    rules: dict[str, list[EventRow]]

    @property
    def is_known(self) -> bool:
        return bool(self.events or self.state.registers or self.state.soft)

    @property
    def deciding(self) -> set[str]:
        """The ids of the events that suppress it now."""
        return {held.event_id for held in self.suppressions}

    def row(self) -> dict[str, Any]:
        """As `--json` and the HTTP API give it."""
        told = [{"rule": rule, "events": self._rows(events)} for rule, events in self.rules.items()]
        return {
            "address": self.address,
            "known": self.is_known,
            "suppressions": [row_of(held) for held in self.suppressions],
            "soft_evidence": sum(len(stamps) for stamps in self.state.soft.values()),
            "events": self._rows(self.events),
            **({"rules": told} if told else {}),
        }

    def _rows(self, events: list[EventRow]) -> list[dict[str, Any]]:
        return [
            {
                **{name: value for name, value in event.to_item().items() if name not in ("expires_at", "rank")},
                "meaning": words_about(event, event.effect).meaning,
                "decided": event.event_id in self.deciding,
            }
            for event in events
        ]


def stories(received: str, ledger: Ledger, settings: Settings, now: datetime) -> Iterator[Story]:
    """Of an address, or of each rule that a domain names: one read of the state, one of the events under each key.
    Raises `InvalidRequest`, `Unreadable` and botocore's errors.
    """
    for key in keys_of(received):
        name = key if is_rule(key) else received
        [(state, over)] = ledger.known([name])
        rules = {pattern_of(rule): ledger.events(rule) for rule, known in over.items() if known.registers}
        yield Story(name_of(key), state, ledger.events(name), holding(state, settings, now, over), rules)
