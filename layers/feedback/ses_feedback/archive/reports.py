"""Reports from the archive: events that call for a decision go to the feedback queue, the rest is only counted."""

import json
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

from ses_feedback.archive.reader import Broken, read_archive
from ses_feedback.batches import MOST_ENTRIES, send_in_batches
from ses_feedback.dead_letters import MAX_BODY_BYTES, DeadLetters
from ses_feedback.errors import Unreadable
from ses_feedback.events.document import Document, NoFeedback, Opened
from ses_feedback.events.transport import open_envelope

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.type_defs import SendMessageBatchRequestEntryTypeDef

DECIDED = ("Bounce", "Complaint", "Reject", "Rendering Failure")
"""Types that call for a decision; so do those that SES may add later, counted as `other`."""

ONLY_COUNTED = ("Send", "Delivery", "Open", "Click", "DeliveryDelay", "Subscription")
"""Types that need no decision. They are nearly all of an archive: a message for each would be paid for nothing."""


class ArchiveReports:
    """Reads objects of the archive and sends what they report to the feedback queue.

    `count` gets the type and the content of every event that needs no decision (`tally.counter_of_mails`).
    """

    def __init__(
        self,
        sqs: "SQSClient",
        feedback_queue_url: str,
        dead_letters: DeadLetters,
        count: Callable[[str, dict[str, Any]], None] = lambda _name, _content: None,
    ) -> None:
        self._sqs, self._queue_url, self._dead_letters, self._count = sqs, feedback_queue_url, dead_letters, count

    def send(self, uri: str, chunks: Iterable[bytes]) -> Counter[str]:
        """Processes one object; returns how many events of each type it held, and how many broken documents.

        Every report carries the object and the position that held it. Sending twice is harmless: the ledger
        recognises copies. Raises botocore's errors and `PartlyAccepted`; the object is then retried.
        """
        counts: Counter[str] = Counter()
        outgoing = _Outgoing(self._sqs, self._queue_url)
        for entry in read_archive(chunks):
            origin = f"{uri}@{entry.offset}"
            if isinstance(entry, Broken):
                self._dead_letters.send(entry.excerpt, entry.unreadable, origin)
                counts["broken"] += 1
                continue
            for opened in open_envelope(entry.content):
                counts[self._send_opened(opened, entry.content, origin, outgoing)] += 1
        outgoing.flush()
        return counts

    def _send_opened(self, opened: Opened, content: dict[str, Any], origin: str, outgoing: "_Outgoing") -> str:
        """Processes one document and returns what to count it as."""
        if isinstance(opened, NoFeedback):
            return "dropped"
        if isinstance(opened, Document):
            name = str(opened.content.get("eventType") or opened.content.get("notificationType"))
            if name in ONLY_COUNTED:
                self._count(name, opened.content)
                return name
            body = _json({"archive": {"position": origin}, "document": opened.content})
            if 0 < len(body) <= MAX_BODY_BYTES:
                outgoing.add(body)
                return name if name in DECIDED else "other"
            too_long = f"an event of {len(body):,} bytes, more than a queue accepts"
            opened = Unreadable(too_long if body else "nested too deeply")
        self._dead_letters.send(_json(content), opened, origin)
        return "broken"


def _json(content: dict[str, Any]) -> str:
    """As JSON, or nothing if it is nested just deeply enough to be readable and not writable."""
    try:
        return json.dumps(content)
    except RecursionError:
        return ""


class _Outgoing:
    """Messages to send: up to ten to a request, and as many bytes as one may hold."""

    def __init__(self, sqs: "SQSClient", queue_url: str) -> None:
        self._sqs, self._queue_url = sqs, queue_url
        self._bodies: list[str] = []

    def add(self, body: str) -> None:
        if len(self._bodies) == MOST_ENTRIES or sum(map(len, self._bodies)) + len(body) > MAX_BODY_BYTES:
            self.flush()
        self._bodies.append(body)

    def flush(self) -> None:
        send_in_batches(self._bodies, self._send, service="SQS", name="messages")
        self._bodies = []

    def _send(self, bodies: Sequence[str]) -> list[str]:
        """The error codes of those that SQS did not accept."""
        entries: list[SendMessageBatchRequestEntryTypeDef] = [
            {"Id": str(number), "MessageBody": body} for number, body in enumerate(bodies)
        ]
        answer = self._sqs.send_message_batch(QueueUrl=self._queue_url, Entries=entries)
        return [failed["Code"] for failed in answer.get("Failed", [])]
