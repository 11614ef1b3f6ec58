"""Backs up the ledger's table: its items into parts in a bucket, or by DynamoDB's own export.

A scan is not a snapshot: items are read one after another while feedback comes in. That does no harm, since evidence
merges and neither order nor repetition matters; what is written after an item was read is in the next backup.
"""

import base64
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal
from uuid import uuid4

from ses_feedback import timestamp
from ses_feedback.backup.format import MANIFEST, PART_BYTES, Manifest, new_folder, packed
from ses_feedback.errors import NotBackedUp

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import ListExportsInputTypeDef
    from mypy_boto3_s3 import S3Client


class LedgerBackup:
    """Writes backups of one table into one bucket. `can_list`: it may list the bucket, to check what was written."""

    def __init__(
        self, dynamodb: "DynamoDBClient", s3: "S3Client", *, table: str, bucket: str, can_list: bool
    ) -> None:
        self._dynamodb, self._s3 = dynamodb, s3
        self._table, self._bucket, self._can_list = table, bucket, can_list

    def write(self, stack: str, has_time: Callable[[], bool], part_bytes: int = PART_BYTES) -> tuple[str, Manifest]:
        """Makes one backup, under a key of its own; returns where its manifest is, and the manifest.

        `has_time` is asked once per page of the scan. Raises `NotBackedUp` if there is none left, or if the bucket
        does not list what was written, and botocore's errors; what then remains are parts without a manifest, which
        nothing restores.
        """
        if self._can_list:
            self._s3.get_bucket_location(Bucket=self._bucket)
        started = datetime.now(UTC)
        folder = new_folder(self._table, started, uuid4().hex)
        parts = []
        for part, data in packed(self._items(has_time), part_bytes):
            self._put(f"{folder}/{part.name}", data, "application/gzip", bytes.fromhex(part.sha256))
            parts.append(part)
        started_at, ended_at = timestamp.to_text(started), timestamp.to_text(datetime.now(UTC))
        manifest = Manifest(stack=stack, table=self._table, started=started_at, ended=ended_at, parts=tuple(parts))
        self._put(f"{folder}/{MANIFEST}", manifest.to_json(), "application/json")
        if self._can_list:
            self._look(folder, manifest)
        return f"s3://{self._bucket}/{folder}/{MANIFEST}", manifest

    def _items(self, has_time: Callable[[], bool]) -> Iterator[dict[str, Any]]:
        pages = self._dynamodb.get_paginator("scan").paginate(TableName=self._table)
        for page in pages:
            if not has_time():
                raise NotBackedUp(
                    f"the table {self._table} is too large to be read within the function's time: set the stack's "
                    "parameter BackupMethod to export, so that DynamoDB exports it by itself"
                )
            yield from page["Items"]

    def _put(self, key: str, data: bytes, content_type: str, sha256: bytes | None = None) -> None:
        """S3 rejects bytes that do not match the checksum, and never overwrites an object."""
        checked: dict[str, Any] = {"ChecksumAlgorithm": "SHA256"}
        if sha256:
            checked["ChecksumSHA256"] = base64.b64encode(sha256).decode()
        self._s3.put_object(
            Bucket=self._bucket, Key=key, Body=data, ContentType=content_type, IfNoneMatch="*", **checked
        )

    def _look(self, folder: str, manifest: Manifest) -> None:
        pages = self._s3.get_paginator("list_objects_v2").paginate(Bucket=self._bucket, Prefix=f"{folder}/")
        listed = {stored["Key"]: stored["Size"] for page in pages for stored in page.get("Contents", [])}
        wanted = {f"{folder}/{part.name}": part.bytes for part in manifest.parts}
        missing = sorted(key for key, size in wanted.items() if listed.get(key) != size)
        if missing or f"{folder}/{MANIFEST}" not in listed:
            raise NotBackedUp(f"the bucket does not list what was written: {(missing or [MANIFEST])[0]}")


class LedgerExport:
    """Has DynamoDB export one table into one bucket. `table_arn`: its ARN; `key`: a KMS key's ARN, or empty."""

    def __init__(self, dynamodb: "DynamoDBClient", *, table_arn: str, bucket: str, key: str) -> None:
        self._dynamodb, self._table_arn, self._bucket, self._key = dynamodb, table_arn, bucket, key

    def start(self, token: str) -> str:
        """Starts an export; returns its ARN. The same `token` starts no second one within eight hours.

        Raises botocore's errors.
        """
        algorithm: Literal["KMS", "AES256"] = "KMS" if self._key else "AES256"
        key: dict[str, Any] = {"S3SseKmsKeyId": self._key} if self._key else {}
        answer = self._dynamodb.export_table_to_point_in_time(
            TableArn=self._table_arn,
            S3Bucket=self._bucket,
            S3Prefix=self._table_arn.rpartition("/")[2],
            ExportFormat="DYNAMODB_JSON",
            S3SseAlgorithm=algorithm,
            ClientToken=token,
            **key,
        )
        return answer["ExportDescription"]["ExportArn"]

    def outcome_before(self, started: str) -> str:
        """How the last export ended, not counting the one just `started`; `NONE` if none has ended yet.

        Raises `NotBackedUp` if it failed, and botocore's errors.
        """
        last = self._last_ended(started)
        if not last:
            return "NONE"
        described = self._dynamodb.describe_export(ExportArn=last)["ExportDescription"]
        if described["ExportStatus"] == "FAILED":
            why = f"{described.get('FailureCode', '')} {described.get('FailureMessage', '')}".strip()
            raise NotBackedUp(f"the export before this one failed: {why or last}; {started} was started now")
        return str(described["ExportStatus"])

    def _last_ended(self, started: str) -> str | None:
        """The newest export that has ended; an ARN ends in the milliseconds of its export's start."""
        ended: list[str] = []
        request: ListExportsInputTypeDef = {"TableArn": self._table_arn}
        while True:
            answer = self._dynamodb.list_exports(**request)
            summaries = answer.get("ExportSummaries", [])
            ended += [summary["ExportArn"] for summary in summaries if summary["ExportStatus"] != "IN_PROGRESS"]
            if not answer.get("NextToken"):
                break
            request["NextToken"] = answer["NextToken"]
        return max((arn for arn in ended if arn != started), key=lambda arn: arn.rpartition("/")[2], default=None)
