"""Reads what `explain` is given: one JSON document, a text, or an archive of many, each in any envelope."""

import io
import sys
from collections.abc import Iterable, Iterator
from contextlib import nullcontext
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO

from ses_feedback import timestamp
from ses_feedback.archive.reader import Broken, Record, read_archive
from ses_feedback.decision.decide import Decision, decide
from ses_feedback.decision.evidence import evidence_of
from ses_feedback.decision.judge import judge
from ses_feedback.decision.state import State, keep_days
from ses_feedback.errors import Unreadable
from ses_feedback.events.read import read_feedback
from ses_feedback.events.transport import Document, NoFeedback, open_envelope, open_text
from ses_feedback.settings.file import Settings
from ses_feedback.strict_json import Json, decode

STANDARD_INPUT = "-"
_WHOLE_BYTES = 16 * 1024 * 1024
"""A file up to this size may be one JSON document; Lambda takes 6 MB. What is longer streams, as an archive."""
_CHUNK_BYTES = 256 * 1024
_GZIP = b"\x1f\x8b"
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
_LISTS = ("Records", "Messages", "records")


@dataclass(frozen=True, slots=True)
class Explained:
    """What one report became; `has_times` is False where the payload gave none at all."""

    decision: Decision
    has_times: bool = True


@dataclass(frozen=True, slots=True)
class Found:
    """One thing in a file. `source`: the file, `file@offset` for one of several in an archive; `place`: where in
    its document, or nothing.
    """

    source: str
    place: str
    what: Explained | NoFeedback | Unreadable
    is_one_of_many: bool = False


class Reader:
    """Goes through files and judges what they hold, each address as one without history."""

    def __init__(self, settings: Settings, now: datetime) -> None:
        self._settings, self._now = settings, now
        self._keep_days = keep_days(settings)

    def read(self, name: str) -> Iterator[Found]:
        """Everything in one file, in order and in bounded memory. Raises nothing: what fails is found too."""
        is_empty = True
        try:
            with nullcontext(sys.stdin.buffer) if name == STANDARD_INPUT else Path(name).open("rb") as stream:
                for found in self._read_stream(stream, name):
                    is_empty = False
                    yield found
        except (OSError, ValueError) as error:  # ValueError: a file name with a null byte
            cause = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
            yield Found(name, "", Unreadable(cause))
            return
        if is_empty:
            yield Found(name, "", Unreadable("holds nothing"))

    def _read_stream(self, stream: BinaryIO, name: str) -> Iterator[Found]:
        head = stream.read(_WHOLE_BYTES)
        if head.startswith(_UTF_16):
            head = head.decode("utf-16", errors="replace").encode(errors="replace")
        if len(head) < _WHOLE_BYTES and not head.startswith(_GZIP):
            text = head.decode("utf-8-sig", errors="replace")
            try:
                yield from self._read_document(decode(text), name)
                return
            except Unreadable:
                first = next(open_text(text), None)
            if isinstance(first, NoFeedback):  # a text that SES or SNS writes, and no JSON
                yield Found(name, "", first)
                return
        rest = iter(lambda: stream.read(_CHUNK_BYTES), b"")
        yield from self._read_archive(_chunks(head, rest), name)

    def _read_archive(self, chunks: Iterable[bytes], name: str) -> Iterator[Found]:
        """A position is given where there are several; so the first waits for the second."""
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

    def _read_record(self, record: Record | Broken, name: str) -> Iterator[Found]:
        source = f"{name}@{record.offset}"
        if isinstance(record, Broken):
            yield Found(source, "", record.unreadable)
            return
        for found in self._read_document(record.content, source):
            yield replace(found, is_one_of_many=True)

    def _read_document(self, content: Json, source: str) -> Iterator[Found]:
        for place, part, depth in _parts(content):
            for opened in open_envelope(part, None, depth):
                if isinstance(opened, Document):
                    yield from self._judge(opened, source, place)
                else:
                    yield Found(source, place, opened)

    def _judge(self, document: Document, source: str, place: str) -> Iterator[Found]:
        has_times = True
        try:
            try:
                feedback = read_feedback(document, self._now, source)
            except Unreadable:
                if document.arrived_at is not None:
                    raise
                # A payload without its envelope, which would have told the time.
                arrived = replace(document, arrived_at=timestamp.to_text(self._now))
                feedback = read_feedback(arrived, self._now, source)
                has_times = False
        except Unreadable as unreadable:
            yield Found(source, place, unreadable)
            return
        if isinstance(feedback, NoFeedback):
            yield Found(source, place, feedback)
            return
        for report in feedback:
            yield Found(source, place, Explained(self._decide(decide(report, self._settings)), has_times))

    def _decide(self, decision: Decision) -> Decision:
        evidence = evidence_of(decision)
        if evidence is None:
            return decision
        state = State().merged(evidence, self._keep_days)
        return decision.with_effect(judge(evidence, state, self._settings))


def _parts(content: Json) -> Iterator[tuple[str, Any, int]]:
    """The records of a document with their places and depth, so that one that cannot be read can be named."""
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
    """The beginning again in small pieces: the archive's reader holds a piece at a time."""
    beginning = io.BytesIO(head)
    yield from iter(lambda: beginning.read(_CHUNK_BYTES), b"")
    yield from rest
