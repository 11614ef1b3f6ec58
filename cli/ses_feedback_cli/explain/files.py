"""Reads the files of `explain`: one JSON document, a text, or an archive of many, each in any envelope."""

import io
import sys
from collections.abc import Iterable, Iterator
from contextlib import nullcontext
from copy import replace
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO

from ses_feedback import timestamp
from ses_feedback.archive.reader import CHUNK_BYTES, GZIP, Broken, Record, read_archive
from ses_feedback.decision.alone import decide_alone
from ses_feedback.decision.decide import Decision
from ses_feedback.decision.urgency import urgency
from ses_feedback.errors import Unreadable
from ses_feedback.events.document import Document, NoFeedback
from ses_feedback.events.read import read_feedback
from ses_feedback.events.transport import open_envelope, open_text
from ses_feedback.metrics.tally import names_of, own_domains
from ses_feedback.settings.file import Settings
from ses_feedback.strict_json import Json, decode
from ses_feedback.vocabulary import Urgency

STANDARD_INPUT = "-"
_WHOLE_BYTES = 16 * 1024 * 1024
"""A file up to this size may be one JSON document (Lambda accepts 6 MB); a longer one is streamed as an archive."""
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
_LISTS = ("Records", "Messages", "records")


@dataclass(frozen=True, slots=True)
class Explained:
    """The decision on one report; `has_times` is False if the payload gave no time at all.

    `alert`: how soon the team knows, if the report is read when it happens. `counted`: the metrics that count it.
    """

    decision: Decision
    has_times: bool = True
    alert: Urgency | None = None
    counted: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing in a file. `source`: the file, or `file@offset` for one of several in an archive; `place`: where in
    its document, or empty.
    """

    source: str
    place: str
    result: Explained | NoFeedback | Unreadable
    is_one_of_many: bool = False


class Reader:
    """Reads files and decides on what they hold, each address as one without history."""

    def __init__(self, settings: Settings, now: datetime) -> None:
        self._settings, self._now = settings, now
        self._own_domains = own_domains(settings)

    def read(self, name: str) -> Iterator[Finding]:
        """Everything in one file, in order and in bounded memory. Never raises: a failure is a finding too."""
        is_empty = True
        try:
            with nullcontext(sys.stdin.buffer) if name == STANDARD_INPUT else Path(name).open("rb") as stream:
                for finding in self._read_stream(stream, name):
                    is_empty = False
                    yield finding
        except (OSError, ValueError) as error:  # ValueError: a file name with a null byte
            cause = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
            yield Finding(name, "", Unreadable(cause))
            return
        if is_empty:
            yield Finding(name, "", Unreadable("holds nothing"))

    def _read_stream(self, stream: BinaryIO, name: str) -> Iterator[Finding]:
        head = stream.read(_WHOLE_BYTES)
        if head.startswith(_UTF_16):
            head = head.decode("utf-16", errors="replace").encode(errors="replace")
        if len(head) < _WHOLE_BYTES and not head.startswith(GZIP):
            text = head.decode("utf-8-sig", errors="replace")
            try:
                yield from self._read_document(decode(text), name)
                return
            except Unreadable:
                first = next(open_text(text), None)
            if isinstance(first, NoFeedback):  # a plain text that SES or SNS writes
                yield Finding(name, "", first)
                return
        rest = iter(lambda: stream.read(CHUNK_BYTES), b"")
        yield from self._read_archive(_chunks(head, rest), name)

    def _read_archive(self, chunks: Iterable[bytes], name: str) -> Iterator[Finding]:
        """An offset is given only if there are several, so the first waits for the second."""
        records = read_archive(chunks)
        first = next(records, None)
        if first is None:
            return
        second = next(records, None)
        if second is None and isinstance(first, Record):
            yield from self._read_document(first.content, name)
            return
        for record in (first, second):
            if record is not None:
                yield from self._read_record(record, name)
        for record in records:
            yield from self._read_record(record, name)

    def _read_record(self, record: Record | Broken, name: str) -> Iterator[Finding]:
        source = f"{name}@{record.offset}"
        if isinstance(record, Broken):
            yield Finding(source, "", record.unreadable)
            return
        for finding in self._read_document(record.content, source):
            yield replace(finding, is_one_of_many=True)

    def _read_document(self, content: Json, source: str) -> Iterator[Finding]:
        for place, part, depth in _parts(content):
            for opened in open_envelope(part, None, depth):
                if isinstance(opened, Document):
                    yield from self._judge(opened, source, place)
                else:
                    yield Finding(source, place, opened)

    def _judge(self, document: Document, source: str, place: str) -> Iterator[Finding]:
        has_times = True
        try:
            try:
                feedback = read_feedback(document, self._now, source)
            except Unreadable:
                if document.arrived_at is not None:
                    raise
                # A payload without its envelope, which would have given the time.
                arrived = replace(document, arrived_at=timestamp.to_text(self._now))
                feedback = read_feedback(arrived, self._now, source)
                has_times = False
        except Unreadable as unreadable:
            yield Finding(source, place, unreadable)
            return
        if isinstance(feedback, NoFeedback):
            yield Finding(source, place, feedback)
            return
        for report in feedback:
            yield Finding(source, place, self._explain(decide_alone(report, self._settings), has_times))

    def _explain(self, decision: Decision, has_times: bool) -> Explained:
        then = timestamp.to_datetime(decision.feedback.occurred_at)
        counted = names_of(decision, self._own_domains)
        return Explained(decision, has_times, urgency(decision, then, alert_sender=""), tuple(counted))


def _parts(content: Json) -> Iterator[tuple[str, Any, int]]:
    """The records of a document with their places and depth, so that an unreadable one can be named."""
    if isinstance(content, list):
        for number, element in enumerate(content):
            yield f"[{number}]", element, 1
        return
    if isinstance(content, dict):
        for name in _LISTS:
            records = content.get(name)
            if isinstance(records, list) and len(records) > 1:
                for number, record in enumerate(records):
                    yield f"{name}[{number}]", {**content, name: [record]}, 0
                return
    yield "", content, 1 if isinstance(content, str) else 0


def _chunks(head: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    """The beginning again in small pieces: the archive's reader holds one piece at a time."""
    beginning = io.BytesIO(head)
    yield from iter(lambda: beginning.read(CHUNK_BYTES), b"")
    yield from rest
