"""`ses-feedback archive replay`: archived events straight into the ledger, without alerts.

Deliveries are recorded where they take something back, as the watcher passes them on (`archive.reports`): a ledger
that is filled from the archive would otherwise hold the soft bounces alone.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from functools import partial
from itertools import batched
from pathlib import Path
from typing import BinaryIO

from ses_feedback.archive.reader import CHUNK_BYTES, Broken, Record, read_archive
from ses_feedback.archive.reports import ONLY_COUNTED
from ses_feedback.decision.decide import Decision, decide
from ses_feedback.decision.suppression import awaits_delivery
from ses_feedback.errors import Unreadable
from ses_feedback.events.document import Document, NoFeedback
from ses_feedback.events.mail_event import addresses_in
from ses_feedback.events.read import read_feedback
from ses_feedback.events.transport import open_envelope
from ses_feedback.ledger.table import Ledger
from ses_feedback.settings.file import Settings
from ses_feedback_cli.archive.bucket import ArchiveBucket
from ses_feedback_cli.output import TROUBLE, fail, note, print_json, progress, warn

_AT_ONCE = 256
"""Events that are decided before the writers get them: what must be repeated after a crash."""


class Replay:
    """Reads objects and records what they hold; without a ledger it only counts what it would record.

    `counts` are by the outcome of the events; `broken` counts what could not be read.
    """

    def __init__(self, ledger: Ledger | None, settings: Settings, workers: int, now: datetime) -> None:
        self._ledger, self._settings, self._workers, self._now = ledger, settings, workers, now
        self._deliveries: list[tuple[Document, str]] = []
        self._reported: set[str] = set()
        self.counts: Counter[str] = Counter()
        self.broken = 0

    def read(self, uri: str, chunks: Iterable[bytes]) -> Iterator[int]:
        """Reads one object; yields the number of documents of each batch that is done.

        Raises botocore's errors: what was recorded by then stays, and the next run continues.
        """
        with ThreadPoolExecutor(self._workers) as pool:
            for documents in batched(read_archive(chunks), _AT_ONCE, strict=False):
                decisions = [decision for record in documents for decision in self._decisions(uri, record)]
                deliveries, self._deliveries = self._deliveries, []
                if self._ledger is None:
                    self.counts["recorded"] += len(decisions)
                else:
                    write = partial(self._ledger.record, now=self._now, is_replay=True)
                    for recorded in pool.map(write, decisions):
                        self.counts["recorded" if recorded.is_new else "copies"] += 1
                    self._reported.update(decision.feedback.address or "" for decision in decisions)
                    list(pool.map(write, self._awaited(deliveries, self._ledger)))
                yield len(documents)

    def _awaited(self, deliveries: list[tuple[Document, str]], ledger: Ledger) -> Iterator[Decision]:
        """The deliveries that may take something back. What was just written may not be read yet, so whoever this
        run reported about is not looked up.
        """
        recipients = [addresses_in(document.content) for document, _ in deliveries]
        others = frozenset().union(*recipients) - self._reported
        awaiting = {address for address, state in ledger.states(sorted(others)) if awaits_delivery(state)}
        for (document, origin), addresses in zip(deliveries, recipients, strict=True):
            if not addresses.isdisjoint(awaiting | self._reported):
                try:
                    yield from self._read(document, origin)
                except Unreadable as unreadable:
                    self._note_broken(unreadable, origin)

    def _decisions(self, uri: str, record: Record | Broken) -> Iterator[Decision]:
        origin = f"{uri}@{record.offset}"
        if isinstance(record, Broken):
            self._note_broken(record.unreadable, origin)
            return
        for opened in open_envelope(record.content):
            try:
                yield from self._decide(opened, origin)
            except Unreadable as unreadable:
                self._note_broken(unreadable, origin)

    def _decide(self, opened: Document | NoFeedback | Unreadable, origin: str) -> Iterator[Decision]:
        if isinstance(opened, Unreadable):
            raise opened
        if isinstance(opened, NoFeedback):
            self.counts["dropped"] += 1
            return
        name = opened.type_name
        if name in ONLY_COUNTED:
            self.counts[name] += 1
            if name == "Delivery":
                self._deliveries.append((opened, origin))
            return
        yield from self._read(opened, origin)

    def _read(self, document: Document, origin: str) -> Iterator[Decision]:
        reports = read_feedback(document, self._now, document.origin or origin)
        if isinstance(reports, NoFeedback):
            self.counts["dropped"] += 1
            return
        yield from (decide(feedback, self._settings) for feedback in reports)

    def _note_broken(self, unreadable: Unreadable, origin: str) -> None:
        self.broken += 1
        warn(f"{origin}: {unreadable}")


def replay_archive(
    ledger: Ledger | None,
    settings: Settings,
    *,
    bucket: ArchiveBucket | None,
    keys: Iterable[str],
    files: list[str],
    workers: int,
    as_json: bool,
    may_be_none: bool = False,
) -> int:
    """Replays objects of the bucket, by their keys, or local files; returns the exit status. Raises botocore's
    errors. `may_be_none`: no objects are good news.
    """
    replay = Replay(ledger, settings, workers, datetime.now(UTC))
    objects = documents = 0
    with progress("reading") as show:
        for uri, chunks in _objects(bucket, keys, files):
            objects += 1
            for count in replay.read(uri, chunks):
                documents += count
                show(f"{objects:,} objects, {documents:,} documents")
    if not objects and not may_be_none:
        fail("no objects found: check --since, --until and the prefix")
    counts = {"objects": objects, "documents": documents, **replay.counts, "broken": replay.broken}
    if as_json:
        print_json({"dry_run": ledger is None, **counts})
    totals = ", ".join(f"{count:,} {name}" for name, count in counts.items())
    note(f"{totals}{'; nothing written (dry run)' if ledger is None else ''}")
    if not objects:
        note("Firehose kept nothing that it could not process")
    return TROUBLE if replay.broken else 0


def _objects(
    bucket: ArchiveBucket | None, keys: Iterable[str], files: list[str]
) -> Iterator[tuple[str, Iterable[bytes]]]:
    if bucket is not None:
        for key in keys:
            yield f"s3://{bucket.name}/{key}", bucket.chunks(key)
    for name in files:
        try:
            with Path(name).open("rb") as stream:
                yield name, _chunks(stream)
        except OSError as error:
            fail(f"{name}: {error.strerror or error}")


def _chunks(stream: BinaryIO) -> Iterator[bytes]:
    while chunk := stream.read(CHUNK_BYTES):
        yield chunk
