"""`ses-feedback restore`: from S3, a folder or DynamoDB's own export; or refused, with nothing written."""

import base64
import gzip
import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from typer.testing import CliRunner, Result

from ses_feedback.backup.writing import LedgerBackup
from ses_feedback.settings.file import Settings
from ses_feedback_cli.main import app
from tests.conftest import REGION, TABLE
from tests.many_addresses import items_of, write
from tests.stores import clear, items_in

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_s3 import S3Client

pytestmark = pytest.mark.slow

BUCKET = "backups"


@pytest.fixture(autouse=True)
def table(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SES_FEEDBACK_TABLE", TABLE)
    monkeypatch.setenv("AWS_REGION", REGION)


@pytest.fixture
def s3(aws: None) -> "S3Client":
    client = boto3.client("s3", region_name=REGION)
    client.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
    return client


@pytest.fixture
def backup(dynamodb: "DynamoDBClient", s3: "S3Client", settings: Settings) -> str:
    """The URI of the manifest of a backup in three parts; the table is empty again."""
    write(dynamodb, TABLE, items_of(40, settings))
    place, manifest = LedgerBackup(dynamodb, s3, table=TABLE, bucket=BUCKET, can_list=True).write(
        "s", lambda: True, part_bytes=15_000
    )
    clear(TABLE)
    assert len(manifest.parts) == 3
    return place


@pytest.fixture
def folder(backup: str, s3: "S3Client", tmp_path: Path) -> Path:
    for entry in s3.list_objects_v2(Bucket=BUCKET)["Contents"]:
        s3.download_file(BUCKET, entry["Key"], str(tmp_path / entry["Key"].rpartition("/")[2]))
    return tmp_path


def restore(*options: str) -> Result:
    return CliRunner().invoke(app, ["restore", *options, "--writers", "1"])


def counted(dynamodb: "DynamoDBClient") -> tuple[int, int]:
    return len(items_in(dynamodb, TABLE, "STATE")), len(items_in(dynamodb, TABLE, "E#"))


def test_a_backup_is_restored_from_s3(backup: str, dynamodb: "DynamoDBClient") -> None:
    result = restore(backup, "--json")
    answer = json.loads(result.stdout)
    assert (answer["states"], answer["events"]) == counted(dynamodb)
    assert answer["restored"] == {"states_new": answer["states"], "events_new": answer["events"]}
    assert (result.exit_code, answer["to"]) == (0, TABLE)


def test_a_backup_is_restored_from_a_folder_and_a_second_time_is_known(
    folder: Path, dynamodb: "DynamoDBClient"
) -> None:
    restore(str(folder))
    before = items_in(dynamodb, TABLE)
    result = restore(str(folder / "manifest.json"))
    assert "known" in result.stdout
    assert "new" not in result.stdout
    assert items_in(dynamodb, TABLE) == before


def test_a_dry_run_verifies_and_writes_nothing(backup: str, dynamodb: "DynamoDBClient") -> None:
    result = restore(backup, "--dry-run")
    assert (result.exit_code, counted(dynamodb)) == (0, (0, 0))
    assert "(dry run)" in result.stderr


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1])


def flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


@pytest.mark.parametrize("damage", [cut, flip, Path.unlink], ids=["cut", "changed", "missing"])
@pytest.mark.parametrize("name", ["part-00000.jsonl.gz", "part-00002.jsonl.gz"])
def test_a_damaged_or_incomplete_backup_is_refused_by_name_with_nothing_written(
    folder: Path, dynamodb: "DynamoDBClient", name: str, damage: Callable[[Path], None]
) -> None:
    damage(folder / name)
    result = restore(str(folder))
    assert (result.exit_code, counted(dynamodb)) == (2, (0, 0))
    assert name in result.stderr
    assert "the backup was not restored" in result.stderr


def test_a_backup_without_a_manifest_is_incomplete(backup: str, s3: "S3Client", dynamodb: "DynamoDBClient") -> None:
    s3.delete_object(Bucket=BUCKET, Key=backup.removeprefix(f"s3://{BUCKET}/"))
    result = restore(backup)
    assert (result.exit_code, counted(dynamodb)) == (2, (0, 0))
    assert "if that is right, the backup is incomplete" in result.stderr


def test_a_missing_bucket_is_one_line_of_error(aws: None, dynamodb: "DynamoDBClient") -> None:
    result = restore("s3://nowhere/manifest.json")
    assert result.exit_code == 2
    assert "there is no bucket named nowhere" in result.stderr


PREFIX = "ledger/AWSDynamoDB/01790000000000-0a1b2c3d"


@pytest.fixture
def export(dynamodb: "DynamoDBClient", s3: "S3Client", settings: Settings) -> str:
    """What DynamoDB's export writes according to its documentation, index included; the table is empty again."""
    items = list(items_of(40, settings))
    files = []
    for number, half in enumerate((items[: len(items) // 2], items[len(items) // 2 :])):
        lines = b"".join(json.dumps({"Item": item}).encode() + b"\n" for item in half)
        data, key = gzip.compress(lines), f"{PREFIX}/data/{number}.json.gz"
        s3.put_object(Bucket=BUCKET, Key=key, Body=data)
        md5 = base64.b64encode(hashlib.md5(data, usedforsecurity=False).digest()).decode()
        files.append({"itemCount": len(half), "md5Checksum": md5, "etag": "x-1", "dataFileS3Key": key})
    listed = "\n".join(map(json.dumps, files))
    s3.put_object(Bucket=BUCKET, Key=f"{PREFIX}/manifest-files.json", Body=listed.encode())
    summary = {
        "version": "2020-06-30",
        "tableArn": f"arn:aws:dynamodb:{REGION}:111122223333:table/{TABLE}",
        "exportTime": "2026-11-24T03:15:00.000Z",
        "s3Bucket": BUCKET,
        "itemCount": len(items),
        "manifestFilesS3Key": f"{PREFIX}/manifest-files.json",
    }
    s3.put_object(Bucket=BUCKET, Key=f"{PREFIX}/manifest-summary.json", Body=json.dumps(summary).encode())
    return f"s3://{BUCKET}/{PREFIX}/manifest-summary.json"


def test_an_export_by_dynamodb_is_restored_too(export: str, dynamodb: "DynamoDBClient", settings: Settings) -> None:
    wanted = [item["sk"]["S"][:2] for item in items_of(40, settings)]
    assert restore(export).exit_code == 0
    assert counted(dynamodb) == (wanted.count("ST"), wanted.count("E#"))
    assert len(items_in(dynamodb, TABLE, "S#")) == wanted.count("S#")


@pytest.mark.parametrize(
    ("key", "body", "why"),
    [
        ("data/1.json.gz", b"other", "data/1.json.gz: its digest differs from the one in manifest-files.json"),
        ("manifest-files.json", b"{}", "not the manifest of an export"),
        ("manifest-files.json", b"", "the number of items differs"),
        ("manifest-summary.json", b"[]", "not the manifest of an export"),
    ],
)
def test_a_damaged_export_is_refused(
    export: str, s3: "S3Client", dynamodb: "DynamoDBClient", key: str, body: bytes, why: str
) -> None:
    s3.put_object(Bucket=BUCKET, Key=f"{PREFIX}/{key}", Body=body)
    result = restore(export)
    assert (result.exit_code, counted(dynamodb)) == (2, (0, 0))
    assert why in " ".join(result.stderr.split())


def test_a_missing_permission_to_read_the_bucket_is_named(
    backup: str, s3: "S3Client", monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(**_: Any) -> Any:
        from types import SimpleNamespace

        return SimpleNamespace(status_code=403), {"Error": {"Code": "AccessDenied", "Message": "no"}}

    s3.meta.events.register("before-call.s3.GetObject", refuse)
    monkeypatch.setattr("ses_feedback_cli.backup.source.open_s3", lambda: s3)
    result = restore(backup)
    assert result.exit_code == 2
    assert "s3:GetObject" in result.stderr
