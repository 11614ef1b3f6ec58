"""Reads a backup: one of ours from S3 or a folder, or DynamoDB's own export from S3.

Each part is read whole and hashed before it is trusted, and read and hashed again when it is restored: what was
verified is what is written.
"""

import base64
import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from botocore.exceptions import ClientError

from ses_feedback.backup.format import MANIFEST
from ses_feedback.backup.reading import MOST_UNPACKED, item_in, lines_of, manifest_from, unpacked
from ses_feedback.errors import Damaged
from ses_feedback_cli.connection import CONFIG, open_session

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

SUMMARY, FILES = "manifest-summary.json", "manifest-files.json"

type Read = Callable[[str], bytes]
"""An object's bytes by its name; raises `Damaged` if it is missing."""


@dataclass(frozen=True, slots=True)
class Source:
    """A backup that can be restored. `parts`: the name of each part, and what yields its verified items."""

    made: str
    table: str
    items: int
    parts: tuple[tuple[str, Callable[[], Iterator[Mapping[str, Any]]]], ...]


def source_of(place: str, s3: Callable[[], "S3Client"]) -> Source:
    """The backup whose manifest, or folder, is at `place`: `s3://bucket/key` or a path. Raises `Damaged`."""
    folder, name = _split(place)
    if name == SUMMARY:
        return _export(*_bucket_of(place), s3())
    if place.startswith("s3://"):
        bucket, prefix = _bucket_of(folder)
        client = s3()
        return _ours(lambda part: _object(client, bucket, f"{prefix}/{part}".lstrip("/")))
    return _ours(lambda part: _file(Path(folder) / part))


def open_s3() -> "S3Client":
    return open_session().client("s3", config=CONFIG)


def _split(place: str) -> tuple[str, str]:
    """The folder, and the manifest in it."""
    folder, _, name = place.rstrip("/").rpartition("/")
    return (folder or ".", name) if name.endswith(".json") else (place.rstrip("/"), MANIFEST)


def _bucket_of(place: str) -> tuple[str, str]:
    url = urlsplit(place)
    return url.netloc, url.path.lstrip("/")


def _ours(read: Read) -> Source:
    manifest = manifest_from(read(MANIFEST))
    parts = tuple((part.name, lambda part=part: unpacked(part, read(part.name))) for part in manifest.parts)
    return Source(manifest.ended, manifest.table, manifest.states + manifest.events, parts)


def _export(bucket: str, key: str, client: "S3Client") -> Source:
    """DynamoDB's own export: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/S3DataExport.Output.html"""
    try:
        summary = json.loads(_object(client, bucket, key))
        lines = _object(client, bucket, summary["manifestFilesS3Key"]).splitlines()
        files = [json.loads(line) for line in lines]
        total, table, made = summary["itemCount"], summary["tableArn"], summary["exportTime"]
        listed = [(str(f["dataFileS3Key"]), int(f["itemCount"]), str(f["md5Checksum"])) for f in files]
    except (ValueError, KeyError, TypeError) as error:
        raise Damaged(f"{SUMMARY}: not the manifest of an export: {type(error).__name__}: {error}") from None
    if sum(count for _, count, _ in listed) != total:
        raise Damaged(f"{FILES}: the number of items differs from the one in {SUMMARY}")
    parts = tuple(
        (name, lambda name=name, count=count, md5=md5: _exported(name, _object(client, bucket, name), count, md5))
        for name, count, md5 in listed
    )
    return Source(str(made), str(table).rpartition("/")[2], total, parts)


def _exported(name: str, data: bytes, count: int, md5: str) -> Iterator[Mapping[str, Any]]:
    """The items of one file of an export, without the index, which follows from the states."""
    digest = base64.b64encode(hashlib.md5(data, usedforsecurity=False).digest()).decode()
    if digest != md5:
        raise Damaged(f"{name}: its digest differs from the one in {FILES}")
    lines = 0
    for lines, line in enumerate(lines_of(name, data, MOST_UNPACKED), 1):
        item = item_in(line, f"{name}, line {lines}")
        if not item["sk"]["S"].startswith("S#"):
            yield item
    if lines != count:
        raise Damaged(f"{name}: holds {lines:,} items, not {count:,}")


def _object(client: "S3Client", bucket: str, key: str) -> bytes:
    try:
        return client.get_object(Bucket=bucket, Key=key)["Body"].read()
    except ClientError as error:
        match error.response["Error"]["Code"]:
            case "NoSuchBucket":
                raise Damaged(f"there is no bucket named {bucket}: check the address of the backup") from None
            case "NoSuchKey":
                raise Damaged(f"s3://{bucket}/{key} is missing{_why(key)}") from None
        raise


def _file(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise Damaged(f"{path} cannot be read ({error.strerror}){_why(path.name)}") from None


def _why(key: str) -> str:
    return (
        ": check its address; if that is right, the backup is incomplete, since this is written last"
        if key.endswith(MANIFEST)
        else ""
    )
