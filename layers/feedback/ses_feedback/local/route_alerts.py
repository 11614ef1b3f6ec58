"""The mails that route_alerts would send, a team at a time."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from ses_feedback.alerts.alert import Alert
from ses_feedback.alerts.dispatch import read_message, teams_of
from ses_feedback.alerts.mail import compose, summary
from ses_feedback.errors import Unreadable
from ses_feedback.local.dry_run import dead_letter
from ses_feedback.settings.file import Team, load_settings
from ses_feedback.vocabulary import Urgency


def answer(event: dict[str, Any], env: Any) -> dict[str, Any]:
    """`would_send`: a team's mail, or the message to its topic; `would_flush`: teams whose pending alerts go out."""
    settings, by_team, found = load_settings(), defaultdict[str, list[Alert]](list), defaultdict[str, list[Any]](list)
    for record in event["Records"]:
        try:
            message = read_message(record["body"], settings)
        except Unreadable as unreadable:
            found["would_be_dead_letters"].append(dead_letter(unreadable))
            continue
        for team in teams_of(message, settings):
            if isinstance(message, Alert):
                by_team[team].append(message)
            else:
                found["would_flush"].append(team)
    for name, alerts in by_team.items():
        found["would_send"].append(_message(name, settings.teams[name], alerts, env))
    return found


def _message(name: str, team: Team, alerts: Sequence[Alert], env: Any) -> dict[str, Any]:
    is_urgent = any(alert.alert is Urgency.AT_ONCE for alert in alerts)
    when = "at once" if is_urgent else f"within {env.alert_window_seconds} seconds"
    if not team.email:
        subject, text = summary(name, alerts)
        return {"team": name, "when": when, "topic": team.topic, "subject": subject, "text": text}
    mail = compose(name, alerts, sender=env.alert_sender, to=team.email, now=datetime.now(UTC))
    plain = mail.get_body(("plain",))
    return {
        "team": name,
        "when": when,
        "from": mail["From"],
        "to": mail["To"],
        "subject": mail["Subject"],
        "text": plain.get_content() if plain else "",
    }
