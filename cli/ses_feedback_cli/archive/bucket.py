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


@dataclass(frozen=True, slots=True)
class ArchiveBucket:
    """Raises botocore's errors."""

    s3: "S3Client"
    name: str

    def keys(self, prefix: str = PREFIX, since: date | None = None, until: date | None = None) -> Iterator[str]:
        """The keys below a prefix, in order; with days, those delivered from `since` to the end of `until`."""
        first, beyond = _day(since), _day(until + timedelta(days=1) if until else None)
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

    def chunks(self, key: str) -> Iterable[bytes]:
        return self.s3.get_object(Bucket=self.name, Key=key)["Body"].iter_chunks(CHUNK_BYTES)


def open_bucket(stack: str | None, bucket: str | None) -> ArchiveBucket:
    """The archive of a stack, or a bucket by its name."""
    session = open_session()
    name = bucket or outputs_of(session, stack, "ArchiveBucket")["ArchiveBucket"]
    return ArchiveBucket(session.client("s3", config=CONFIG), name)


def _day(day: date | None) -> str:
    return f"{PREFIX}{day:%Y/%m/%d}/" if day else ""
