"""What watch_archive would do with the objects that an event names; a sample stands for each of them."""

from collections import Counter, defaultdict
from pathlib import Path
from typing import Any, cast

from ses_feedback.archive.reports import ArchiveReports
from ses_feedback.archive.s3_event import objects_in
from ses_feedback.dead_letters import DeadLetters
from ses_feedback.errors import Unreadable
from ses_feedback.events.document import NoFeedback
from ses_feedback.local.dry_run import dead_letter
from ses_feedback.strict_json import Json, decode

SAMPLE = Path(__file__).with_name("archive.jsonl")


def answer(event: dict[str, Any], _env: Any) -> dict[str, Any]:
    """`would_read`: each object, with the events of the sample by type (`holds`), and the reports that would go to
    the feedback queue (`would_queue`).
    """
    found = defaultdict[str, list[Any]](list)
    for announced in _announced(event):
        try:
            objects = objects_in(decode(announced) if isinstance(announced, str) else announced)
        except Unreadable as unreadable:
            found["would_be_dead_letters"].append(dead_letter(unreadable))
            continue
        if isinstance(objects, NoFeedback):
            found["would_drop"].append({"reason": objects.reason, "why": objects.why})
            continue
        found["would_read"] += [_read(each.uri) for each in objects]
    return {"object": f"a sample of the package in its place: {SAMPLE.name}", **found}


def _announced(event: dict[str, Any]) -> list[Json]:
    """What a queue's records hold, or the event itself."""
    return [record["body"] for record in event.get("Records", ()) if "body" in record] or [event]


def _read(uri: str) -> dict[str, Any]:
    kept = _Kept()
    reports = ArchiveReports(cast(Any, kept), "", cast(DeadLetters, kept))
    counts: Counter[str] = reports.send(uri, [SAMPLE.read_bytes()])
    return {"object": uri, "holds": counts, "would_queue": kept.queued, "would_be_dead_letters": kept.letters}


class _Kept:
    """In place of SQS and of the dead letters: keeps what it is given."""

    def __init__(self) -> None:
        self.queued, self.letters = list[dict[str, Any]](), list[dict[str, str]]()

    def send_message_batch(self, *, QueueUrl: str, Entries: list[dict[str, str]]) -> dict[str, Any]:  # noqa: ARG002, N803
        for entry in Entries:
            message = cast(dict[str, Any], decode(entry["MessageBody"]))
            document = message["document"]
            self.queued.append({"from": message["archive"]["position"], "type": document.get("eventType")})
        return {}

    def send(self, _body: str, unreadable: Unreadable, origin: str) -> None:
        self.letters.append(dead_letter(unreadable) | {"from": origin})
