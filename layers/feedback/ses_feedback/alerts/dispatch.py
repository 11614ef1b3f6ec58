"""The dispatch of alerts: a batch from the alert queue is sorted by team, put by, and told if it is time."""

import logging
import time
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
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
class Work:
    """What a batch holds for one team."""

    record_ids: list[str] = field(default_factory=list)
    alerts: list[Alert] = field(default_factory=list)
    flushes: list[Flush] = field(default_factory=list)


class AlertDispatch:
    """Puts alerts by and tells teams; `logger` hears what was told, and what could not be."""

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
        """Goes through SQS records; answers the ids of those that must come again, a team's all together."""
        work: dict[str, Work] = defaultdict(Work)
        for record in records:
            try:
                found = self._read(record["body"])
            except Unreadable as unreadable:
                self._dead_letters.send(record["body"], unreadable, record["messageId"])
                continue
            for team in self._settings.teams if found.team == EVERY_TEAM else [found.team]:
                mine = work[team]
                mine.record_ids.append(record["messageId"])
                if isinstance(found, Alert):
                    mine.alerts.append(replace(found, team=team))
                else:
                    mine.flushes.append(found)
        failed = [mine.record_ids for team, mine in work.items() if not self._attend_to(team, mine)]
        return list(dict.fromkeys(record_id for record_ids in failed for record_id in record_ids))

    def _read(self, body: str) -> Alert | Flush:
        content = decode(body)
        if not isinstance(content, dict):
            raise Unreadable("neither an alert nor a flush")
        found = Flush(content["flush"], content.get("at")) if "flush" in content else alert_from(content)
        if isinstance(found, Alert) and found.team == EVERY_TEAM:
            return found
        if not isinstance(found.team, str) or found.team not in self._settings.teams:
            raise Unreadable(f"the settings know no team {found.team!r}", "team")
        if isinstance(found, Flush) and not isinstance(found.at, int | None):
            raise Unreadable("no time in seconds", "at")
        return found

    def _attend_to(self, team: str, mine: Work) -> bool:
        """Puts a team's alerts by, and tells it if it is time. False where that must be tried again."""
        now = time.time()
        try:
            new = self._outbox.add(team, mine.alerts)
            is_due = any(not self._outbox.is_superseded(flush) for flush in mine.flushes)
            if is_due or self._outbox.must_flush_now(team, new, now):
                self._tell(team, now)
            elif new:
                self._outbox.schedule(team, now)
        except Busy:
            self._outbox.flush_soon(team)
        except TeamUnreachable as refused:
            self._logger.error("no channel took a team's alerts; they come again", extra=_facts(team, refused))
            return False
        except Exception:
            self._logger.exception("a team's alerts could not be put by or told; they come again", extra=_facts(team))
            return False
        return True

    def _tell(self, team: str, now: float) -> None:
        """Tells a team what is pending, in one mail."""
        pending, told = self._outbox.take(team, now), False
        try:
            if pending:
                channel = self._sender.tell(
                    team, self._settings.teams[team], pending, datetime.fromtimestamp(now, UTC)
                )
                self._outbox.mark_sent(team, pending, now)
                first = [alert.event_id for alert in pending[:10]]
                facts = _facts(team) | {"channel": channel, "alerts": len(pending), "first_events": first}
                self._logger.info("told", extra=facts)
            told = True
        finally:
            self._outbox.release(team, now, told=told)


def _facts(team: str, refused: TeamUnreachable | None = None) -> dict[str, Any]:
    """For the log, which holds no addresses: SES's refusals name them, so that only their code is kept."""
    return {"team": team} | ({"refusals": refused.codes} if refused else {})
