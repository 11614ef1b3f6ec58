"""The archive's bucket: objects by prefix and day, read in chunks."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from ses_feedback.archive.reader import CHUNK_BYTES
from ses_feedback_cli.connection import CONFIG, open_session, outputs_of

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

PREFIX = "events/"
"""Where the template's delivery stream writes: events/YYYY/MM/DD/HH/, by the hour (UTC) of delivery."""

ERRORS = "errors/"
"""Where it writes what it could not process: errors/TYPE/YYYY/MM/DD/HH/."""


@dataclass(frozen=True, slots=True)
class ArchiveBucket:
    """Raises botocore's errors."""

    s3: "S3Client"
    name: str

    def keys(self, prefix: str = PREFIX, since: date | None = None, until: date | None = None) -> Iterator[str]:
        """The keys below a prefix, in order; with days, those delivered from `since` to the end of `until`."""
        root = PREFIX if prefix.startswith(PREFIX) else prefix
        first, beyond = _day(root, since), _day(root, until + timedelta(days=1) if until else None)
        pages = self.s3.get_paginator("list_objects_v2").paginate(
            Bucket=self.name, Prefix=prefix, StartAfter=first if first.startswith(prefix) else ""
        )
        for page in pages:
            for entry in page.get("Contents", []):
                key = entry["Key"]
                if beyond and key >= beyond:
                    return
                if key >= first:
                    yield key

    def error_keys(self, since: date | None = None, until: date | None = None) -> Iterator[str]:
        """The keys of Firehose's error objects, one type of error after another."""
        pages = self.s3.get_paginator("list_objects_v2").paginate(Bucket=self.name, Prefix=ERRORS, Delimiter="/")
        for page in pages:
            for folder in page.get("CommonPrefixes", []):
                yield from self.keys(folder["Prefix"], since, until)

    def chunks(self, key: str) -> Iterable[bytes]:
        return self.s3.get_object(Bucket=self.name, Key=key)["Body"].iter_chunks(CHUNK_BYTES)


def open_bucket(stack: str | None, bucket: str | None) -> ArchiveBucket:
    """The archive of a stack, or a bucket by its name."""
    session = open_session()
    name = bucket or outputs_of(session, stack, "ArchiveBucket")["ArchiveBucket"]
    return ArchiveBucket(session.client("s3", config=CONFIG), name)


def _day(root: str, day: date | None) -> str:
    return f"{root}{day:%Y/%m/%d}/" if day else ""
