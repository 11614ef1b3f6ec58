"""Whom an export stops: what `suppressions export` wrote, held in memory and asked row by row."""

from collections.abc import Callable
from datetime import datetime
from functools import lru_cache
from pathlib import Path

from ses_feedback import timestamp
from ses_feedback.address import domain_of, is_rule, normalise, pattern_of, rules_over
from ses_feedback.operations.status import PlannedMail, reaches
from ses_feedback.scope import GLOBAL, Scope
from ses_feedback.settings.file import Settings
from ses_feedback_cli.cleaning.stop import Stop
from ses_feedback_cli.lists.cells import fused, time_in
from ses_feedback_cli.lists.errors import UnusableList
from ses_feedback_cli.lists.reading import ListFile

OWN_FORMAT = "ses-feedback"
_EVERY = 50_000
_LONGEST = "9999"


class Exported:
    """Those whom an export stops from getting some mail at some time. Raises `UnusableList`.

    Of a million, each is one text of what `Stop` holds, so that they take no more than 250 MB.
    """

    def __init__(
        self, path: Path, mail: PlannedMail, settings: Settings, now: datetime, show: Callable[[str], None]
    ) -> None:
        self._held, self._has_rules, self.size = dict[str, str](), False, 0
        moment = timestamp.to_text(now)
        stops = lru_cache(lambda scope: reaches(Scope(scope) or GLOBAL, mail, settings))
        columns = ListFile(path, OWN_FORMAT).columns("address", "why", "since", "until", "scope")
        for self.size, (address, why, since, until, scope) in enumerate(columns, 1):
            if self.size % _EVERY == 0:
                show(f"{self.size:,} suppressions read")
            if stops(scope) and (not until or moment < _time(path, address, until)):
                self._keep(fused(address), f"{why}\n{scope or GLOBAL}\n{since}\n{until}")

    def _keep(self, address: str, text: str) -> None:
        key = normalise(address.removeprefix("*") if address.startswith("*@") else address)
        known = self._held.get(key)
        if known is None or _end(text) > _end(known):
            self._held[key] = text
        self._has_rules = self._has_rules or is_rule(key)

    def stop(self, key: str) -> Stop | None:
        """What stops mail to the address of a key: its own suppression, or a rule for its domain."""
        if text := self._held.get(key):
            return Stop(*text.split("\n", 3))
        if self._has_rules and (rule := self._rule_over(domain_of(key))):
            return Stop(*self._held[rule].split("\n", 3))._replace(rule=pattern_of(rule))
        return None

    @lru_cache(maxsize=100_000)  # noqa: B019  # there is one of it, for as long as the command runs
    def _rule_over(self, domain: str) -> str | None:
        return next((rule for rule in rules_over(f"@{domain}") if rule in self._held), None)


def _time(path: Path, address: str, cell: str) -> str:
    try:
        return time_in(cell) or ""
    except ValueError as error:
        raise UnusableList(f"{path.name}, {address:.100}: until: {error}: export it again") from None


def _end(text: str) -> str:
    return text.rpartition("\n")[2] or _LONGEST
