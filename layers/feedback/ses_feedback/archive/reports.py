"""Reports from the archive: events that call for a decision go to the feedback queue, the rest is only counted.

A delivery calls for one where it takes something back. Nearly all of them are to addresses without evidence, so the
deliveries of an object are held until its end, and the ledger is asked once for the addresses of all.
"""

import json
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from typing import TYPE_CHECKING, Any

from ses_feedback.archive.ordinary_lines import Count, OrdinaryLines
from ses_feedback.archive.reader import Broken, Record, decoded, read_archive
from ses_feedback.batches import MOST_ENTRIES, send_in_batches
from ses_feedback.dead_letters import MAX_BODY_BYTES, DeadLetters
from ses_feedback.errors import Unreadable
from ses_feedback.events.document import Document, NoFeedback, Opened
from ses_feedback.events.mail_event import addresses_in
from ses_feedback.events.transport import open_envelope

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.type_defs import SendMessageBatchRequestEntryTypeDef

DECIDED = ("Bounce", "Complaint", "Reject", "Rendering Failure")
"""Types that call for a decision; so do those that SES may add later, counted as `other`."""

ONLY_COUNTED = ("Send", "Delivery", "Open", "Click", "DeliveryDelay", "Subscription")
"""Types that need no decision. They are nearly all of an archive: a message for each would be paid for nothing."""

MOST_HELD_BYTES = 16_000_000
"""Deliveries held until the end of their object: as much as the template's stream gathers for one. Of a larger object
the first are looked up earlier.
"""

type Awaiting = Callable[[Collection[str]], Collection[str]]
"""Answers which of these addresses a delivery takes something back from."""


class ArchiveReports:
    """Reads objects of the archive and sends what they report to the feedback queue.

    `count` gets the type and the content of every event that needs no decision (`tally.counter_of_mails`);
    `awaiting` says to whom a delivery is a report as well.
    """

    def __init__(
        self,
        sqs: "SQSClient",
        feedback_queue_url: str,
        dead_letters: DeadLetters,
        count: Count = lambda _name, _content, _times: None,
        awaiting: Awaiting = lambda _addresses: (),
    ) -> None:
        self._sqs, self._queue_url, self._dead_letters, self._count = sqs, feedback_queue_url, dead_letters, count
        self._awaiting = awaiting

    def send(self, uri: str, chunks: Iterable[bytes]) -> Counter[str]:
        """Processes one object; returns how many events of each type it held, and how many broken documents.

        Every report carries the object and the position that held it. Sending twice is harmless: the ledger
        recognises copies. Raises botocore's errors and `PartlyAccepted`; the object is then retried.
        """
        counts: Counter[str] = Counter()
        outgoing = _Outgoing(self._sqs, self._queue_url, self._awaiting)

        def hold(addresses: Collection[str], line: str, offset: int) -> None:
            outgoing.hold(addresses, len(line), line, f"{uri}@{offset}")

        def count(name: str, content: dict[str, Any], times: int) -> None:
            counts[name] += times
            self._count(name, content, times)

        ordinary = OrdinaryLines(count, hold)
        for entry in read_archive(chunks, ordinary.take):
            if isinstance(entry, Broken):
                self._dead_letters.send(entry.excerpt, entry.unreadable, f"{uri}@{entry.offset}")
                counts["broken"] += 1
                continue
            for opened in open_envelope(entry.content):
                counts[self._send_opened(opened, entry, f"{uri}@{entry.offset}", outgoing)] += 1
        ordinary.close()
        outgoing.close()
        return counts

    def _send_opened(self, opened: Opened, record: Record, origin: str, outgoing: "_Outgoing") -> str:
        """Processes one document and returns what to count it as."""
        if isinstance(opened, NoFeedback):
            return "dropped"
        if isinstance(opened, Document):
            name = opened.type_name
            if name in ONLY_COUNTED:
                self._count(name, opened.content, 1)
                if name == "Delivery":
                    body = _archived(opened, origin)
                    outgoing.hold(addresses_in(opened.content), record.length, body)
                return name
            body = _archived(opened, origin)
            if _fits(body):
                outgoing.add(body, addresses_in(opened.content))
                return name if name in DECIDED else "other"
            too_long = f"an event of {len(body):,} bytes, more than a queue accepts"
            opened = Unreadable(too_long if body else "nested too deeply")
        self._dead_letters.send(_json(record.content), opened, origin)
        return "broken"


def _archived(document: Document, origin: str) -> str:
    archive = {"position": origin} | ({"topic": document.topic} if document.topic else {})
    return _json({"archive": archive, "document": document.content})


def _archived_line(line: str, origin: str) -> str:
    content = decoded(line)
    return _archived(Document(content), origin) if isinstance(content, dict) else ""


def _json(content: dict[str, Any]) -> str:
    """As JSON, or nothing if it is nested just deeply enough to be readable and not writable."""
    try:
        return json.dumps(content)
    except RecursionError:
        return ""


def _fits(body: str) -> bool:
    return 0 < len(body) <= MAX_BODY_BYTES


class _Outgoing:
    """Messages to send: up to ten to a request, and as many bytes as one may hold.

    Deliveries wait until the end: one is sent if the ledger has evidence against its address, or will have it, since
    the same object reports about the address.
    """

    def __init__(self, sqs: "SQSClient", queue_url: str, awaiting: Awaiting) -> None:
        self._sqs, self._queue_url, self._awaiting = sqs, queue_url, awaiting
        self._bodies: list[str] = []
        self._reported: set[str] = set()
        self._deliveries: list[tuple[tuple[str, ...], str, str]] = []
        self._held_bytes = 0

    def add(self, body: str, addresses: Iterable[str]) -> None:
        self._reported.update(addresses)
        self._put(body)

    def hold(self, addresses: Collection[str], size: int, body: str, line_at: str = "") -> None:
        """A delivery, of that many bytes in the object; one that no queue accepts is only counted.

        `line_at`: the origin of an ordinary line, which stands for its body until it is sent.
        """
        if not addresses:
            return
        self._deliveries.append((tuple(addresses), body, line_at))
        self._held_bytes += size
        if self._held_bytes > MOST_HELD_BYTES:
            self._release()

    def close(self) -> None:
        """Sends all that is left."""
        self._release()
        self._flush()

    def _release(self) -> None:
        delivered = {address for addresses, _, _ in self._deliveries for address in addresses}
        known = delivered & self._reported
        if unknown := delivered - known:
            known |= set(self._awaiting(sorted(unknown)))
        for addresses, held, line_at in self._deliveries:
            if not known.isdisjoint(addresses):
                body = _archived_line(held, line_at) if line_at else held
                if _fits(body):
                    self._put(body)
        self._deliveries, self._held_bytes = [], 0

    def _put(self, body: str) -> None:
        if len(self._bodies) == MOST_ENTRIES or sum(map(len, self._bodies)) + len(body) > MAX_BODY_BYTES:
            self._flush()
        self._bodies.append(body)

    def _flush(self) -> None:
        send_in_batches(self._bodies, self._send, service="SQS", name="messages")
        self._bodies = []

    def _send(self, bodies: Sequence[str]) -> list[str]:
        """The error codes of those that SQS did not accept."""
        entries: list[SendMessageBatchRequestEntryTypeDef] = [
            {"Id": str(number), "MessageBody": body} for number, body in enumerate(bodies)
        ]
        answer = self._sqs.send_message_batch(QueueUrl=self._queue_url, Entries=entries)
        return [failed["Code"] for failed in answer.get("Failed", [])]
