"""The report: the outcome of each event and why, read back from the deployed stack."""

import json
import re
import urllib.request
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ses_feedback.attribute_values import Row, plain
from ses_feedback.decision.decide import decide
from ses_feedback.decision.suppression import Suppression
from ses_feedback.errors import Unreadable
from ses_feedback.events.document import Document, NoFeedback
from ses_feedback.events.feedback import Feedback
from ses_feedback.events.read import read_feedback
from ses_feedback.events.transport import open_text
from ses_feedback.ledger.table import Ledger
from ses_feedback.scope import GLOBAL, Scope
from ses_feedback.settings.file import Settings
from ses_feedback_cli.demo.stack import Stack
from ses_feedback_cli.demo.story import StoryEvent, scan

_IN_ROW = ("recipient", "kind", "reason", "action", "effect", "scope", "until", "rule")
_WHOSE = ("environment", "message_stream", "team", "matched", "event_id", "diagnostic", "alert")


def collect(
    stack: Stack, settings: Settings, story: Iterable[StoryEvent], archive_key: str, folder: Path
) -> dict[str, Any]:
    """The whole report as JSON; the mails are saved in `folder` on the way."""
    rows = {row["event_id"]: row for item in scan(stack, "LedgerTable") if "kind" in (row := plain(item))}
    origin = f"s3://{stack.outputs['ArchiveBucket']}/{archive_key}"
    return {
        "events": list(_events(story, rows, settings)),
        "suppressed": list(_suppressed(stack, settings)),
        "inboxes": _inboxes(stack, settings, folder),
        "archive": {
            "object": origin,
            "counts": _archive_counts(stack, origin),
            "reports": [_outcome(row) for row in rows.values() if str(row.get("origin", "")).startswith(origin)],
        },
        "dead_letters": _dead_letters(stack),
    }


def _events(story: Iterable[StoryEvent], rows: dict[str, Row], settings: Settings) -> Iterator[dict[str, Any]]:
    """The outcome of each file: the ledger's row, or why there is none."""
    seen: set[str] = set()
    for event in story:
        for opened in open_text(event.text):
            for outcome in _outcomes(opened, rows, settings):
                event_id = str(outcome.get("event_id", ""))
                yield {"file": event.file.name, **outcome, "is_copy": event_id in seen}
                seen |= {event_id} - {""}


def _outcomes(
    opened: Document | NoFeedback | Unreadable, rows: dict[str, Row], settings: Settings
) -> Iterator[dict[str, Any]]:
    if isinstance(opened, Unreadable):
        yield {"kind": "unreadable", "why": str(opened)}
        return
    reports = opened if isinstance(opened, NoFeedback) else read_feedback(opened, datetime.now(UTC))
    if isinstance(reports, NoFeedback):
        yield {"kind": reports.kind, "why": reports.why}
        return
    for feedback in reports:
        row = rows.get(feedback.event_id)
        yield _outcome(row) if row else _without_row(feedback, settings)


def _outcome(row: Row) -> dict[str, Any]:
    return {name: row.get(name) for name in (*_IN_ROW, *_WHOSE, "origin")}


def _without_row(feedback: Feedback, settings: Settings) -> dict[str, Any]:
    """Deliveries and the like are counted, not kept."""
    route = decide(feedback, settings).route
    whose = {"environment": route.environment, "team": route.team, "matched": route.matched}
    return {"kind": feedback.kind, "recipient": feedback.recipient, "effect": "none", **whose} | {
        "event_id": feedback.event_id
    }


def _suppressed(stack: Stack, settings: Settings) -> Iterator[dict[str, Any]]:
    """From the index, scope by scope."""
    ledger = Ledger(stack.aws.client("dynamodb"), stack.outputs["LedgerTable"], settings)
    scopes = [GLOBAL, *map(Scope.of_environment, settings.environments)]
    scopes += map(Scope.of_message_stream, settings.message_streams)
    for scope in scopes:
        for address, entry in sorted(ledger.suppressed(scope, datetime.now(UTC))):
            yield {"address": address, **_fields(entry)}


def _fields(entry: Suppression) -> dict[str, Any]:
    return {"scope": entry.scope, "fact": entry.fact, "since": entry.since, "until": entry.until}


def _inboxes(stack: Stack, settings: Settings, folder: Path) -> dict[str, list[dict[str, Any]]]:
    """Each team's mails, also saved as .html and .txt."""
    with urllib.request.urlopen(f"{stack.aws.url}/_ministack/ses/messages") as answer:  # noqa: S310
        messages = [mail for sent in json.load(answer)["messages"].values() for mail in sent]
    folder.mkdir(parents=True, exist_ok=True)
    for old in (*folder.glob("*.html"), *folder.glob("*.txt")):
        old.unlink()
    inboxes: dict[str, list[dict[str, Any]]] = {}
    for name, team in settings.teams.items():
        mails = [mail for mail in messages if set(mail["To"]) & set(team.email)]
        inboxes[name] = [_saved(mail, folder / f"{name}-{number}") for number, mail in enumerate(mails, 1)]
    return inboxes


def _saved(mail: dict[str, Any], base: Path) -> dict[str, Any]:
    html, text = base.with_suffix(".html"), base.with_suffix(".txt")
    subject = mail["Subject"].strip()  # a folded header keeps its blank in MiniStack's inbox
    html.write_text(mail["BodyHtml"], encoding="utf-8")
    text.write_text(f"Subject: {subject}\n\n{mail['BodyText']}", encoding="utf-8")
    return {"subject": subject, "to": mail["To"], "html": f"inbox/{html.name}", "text": f"inbox/{text.name}"}


def _archive_counts(stack: Stack, origin: str) -> dict[str, int]:
    """What the archive watcher logged about the object."""
    counts: Counter[str] = Counter()
    events = stack.aws.client("logs").filter_log_events(
        logGroupName="/aws/lambda/ses-feedback/watch-archive", filterPattern='"archive object read"'
    )["events"]
    for event in events:
        if (entry := re.search(r"\{.*\}", event["message"])) and f'"object":"{origin}"' in entry[0]:
            counts |= Counter(json.loads(entry[0])["counts"])
    return dict(counts)


def _dead_letters(stack: Stack) -> list[dict[str, Any]]:
    """What is in the dead-letter queue, and why; the messages stay there."""
    sqs = stack.aws.client("sqs")
    dead_letters: dict[str, dict[str, Any]] = {}
    while True:
        answer = sqs.receive_message(
            QueueUrl=stack.outputs["DeadLetters"],
            MaxNumberOfMessages=10,
            VisibilityTimeout=5,
            MessageAttributeNames=["All"],
        )
        new = [message for message in answer.get("Messages", []) if message["MessageId"] not in dead_letters]
        if not new:
            return list(dead_letters.values())
        for message in new:
            facts = {name: value["StringValue"] for name, value in message.get("MessageAttributes", {}).items()}
            cause = facts.get("Cause", "tried ten times, and failed each time")
            dead_letters[message["MessageId"]] = {
                "cause": cause,
                "place": facts.get("Place"),
                "function": facts.get("Function"),
                "origin": facts.get("Origin"),
                "body": message["Body"][:300],
            }
