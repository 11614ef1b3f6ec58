"""Dispatches alerts: sorts a batch from the alert queue by team, stores it in the outbox, and sends if it is time."""

import logging
import time
from collections import defaultdict
from collections.abc import Iterable
from copy import replace
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from ses_feedback.alerts.alert import Alert, alert_from
from ses_feedback.alerts.outbox import AlertOutbox, Flush
from ses_feedback.alerts.sender import AlertSender
from ses_feedback.dead_letters import DeadLetters
from ses_feedback.errors import Busy, TeamUnreachable, Unreadable
from ses_feedback.settings.file import Settings
from ses_feedback.strict_json import decode
from ses_feedback.vocabulary import EVERY_TEAM


@dataclass(slots=True)
class TeamBatch:
    """What a batch holds for one team."""

    record_ids: list[str] = field(default_factory=list)
    alerts: list[Alert] = field(default_factory=list)
    flushes: list[Flush] = field(default_factory=list)


class AlertDispatch:
    """Stores alerts and notifies teams; `logger` hears what was sent, and what could not be."""

    def __init__(
        self,
        *,
        outbox: AlertOutbox,
        sender: AlertSender,
        dead_letters: DeadLetters,
        settings: Settings,
        logger: logging.Logger,
    ) -> None:
        self._outbox, self._sender, self._dead_letters = outbox, sender, dead_letters
        self._settings, self._logger = settings, logger

    def attend(self, records: Iterable[dict[str, Any]]) -> list[str]:
        """Processes SQS records; returns the ids of those to retry, all of a team's together."""
        by_team: dict[str, TeamBatch] = defaultdict(TeamBatch)
        for record in records:
            try:
                message = read_message(record["body"], self._settings)
            except Unreadable as unreadable:
                self._dead_letters.send(record["body"], unreadable, record["messageId"])
                continue
            for team in teams_of(message, self._settings):
                by_team[team].record_ids.append(record["messageId"])
                if isinstance(message, Alert):
                    by_team[team].alerts.append(replace(message, team=team))
                else:
                    by_team[team].flushes.append(message)
        failed = [batch.record_ids for team, batch in by_team.items() if not self._attend_to(team, batch)]
        return list(dict.fromkeys(record_id for record_ids in failed for record_id in record_ids))

    def _attend_to(self, team: str, batch: TeamBatch) -> bool:
        """Stores a team's alerts, and notifies it if it is time. False if that must be retried."""
        now = time.time()
        try:
            new = self._outbox.add(team, batch.alerts)
            is_due = any(not self._outbox.is_superseded(flush) for flush in batch.flushes)
            if is_due or self._outbox.must_flush_now(team, new, now):
                self._notify(team, now)
            elif new:
                self._outbox.schedule(team, now)
        except Busy:
            self._outbox.flush_soon(team)
        except TeamUnreachable as error:
            self._logger.error("no channel accepted the team's alerts; they are retried", extra=_facts(team, error))
            return False
        except Exception:
            self._logger.exception(
                "a team's alerts could not be stored or sent; they are retried", extra=_facts(team)
            )
            return False
        return True

    def _notify(self, team: str, now: float) -> None:
        """Sends a team what is pending, in one mail."""
        pending, is_done = self._outbox.take(team, now), False
        try:
            if pending:
                moment = datetime.fromtimestamp(now, UTC)
                channel = self._sender.notify(team, self._settings.teams[team], pending, moment)
                self._outbox.mark_sent(team, pending, now)
                first = [alert.event_id for alert in pending[:10]]
                facts = _facts(team) | {"channel": channel, "alerts": len(pending), "first_events": first}
                self._logger.info("alerts sent", extra=facts)
            is_done = True
        finally:
            self._outbox.release(team, now, is_done=is_done)


def read_message(body: str, settings: Settings) -> Alert | Flush:
    """What a record of the alert queue holds. Raises `Unreadable`."""
    content = decode(body)
    if not isinstance(content, dict):
        raise Unreadable("neither an alert nor a flush")
    message = Flush(content["flush"], content.get("at")) if "flush" in content else alert_from(content)
    if isinstance(message, Alert) and message.team == EVERY_TEAM:
        return message
    if not isinstance(message.team, str) or message.team not in settings.teams:
        raise Unreadable(f"the settings have no team {message.team!r}", "team")
    if isinstance(message, Flush) and not isinstance(message.at, int | None):
        raise Unreadable("not a time in milliseconds", "at")
    return message


def teams_of(message: Alert | Flush, settings: Settings) -> list[str]:
    """Whom it is for."""
    return list(settings.teams) if message.team == EVERY_TEAM else [message.team]


def _facts(team: str, error: TeamUnreachable | None = None) -> dict[str, Any]:
    """For the log, which holds no addresses: SES's refusals name them, so only their codes are kept."""
    return {"team": team} | ({"refusals": error.codes} if error else {})
