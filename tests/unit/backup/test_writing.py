"""Backups: what they hold, that they never overwrite anything, and how exports are started and reported."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.exceptions import ClientError

from ses_feedback.backup.format import packed
from ses_feedback.backup.reading import manifest_from, unpacked
from ses_feedback.backup.writing import LedgerBackup, LedgerExport
from ses_feedback.errors import NotBackedUp
from ses_feedback.settings.file import Settings
from tests.conftest import REGION, TABLE
from tests.many_addresses import items_of, write
from tests.stores import calls_of, items_in

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_s3 import S3Client

BUCKET = "backups"


@pytest.fixture
def s3(aws: None) -> "S3Client":
    client = boto3.client("s3", region_name=REGION)
    client.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
    return client


@pytest.fixture
def backup(dynamodb: "DynamoDBClient", s3: "S3Client", settings: Settings) -> LedgerBackup:
    write(dynamodb, TABLE, items_of(60, settings))
    return LedgerBackup(dynamodb, s3, table=TABLE, bucket=BUCKET, can_list=True)


def has_time() -> bool:
    return True


def objects_in(s3: "S3Client") -> dict[str, bytes]:
    keys = [found["Key"] for found in s3.list_objects_v2(Bucket=BUCKET).get("Contents", [])]
    return {key: s3.get_object(Bucket=BUCKET, Key=key)["Body"].read() for key in keys}


def test_a_backup_holds_every_state_and_event_and_no_index(
    backup: LedgerBackup, dynamodb: "DynamoDBClient", s3: "S3Client"
) -> None:
    place, manifest = backup.write("ses-feedback", has_time, part_bytes=9000)
    folder = place.removeprefix(f"s3://{BUCKET}/").removesuffix("/manifest.json")
    objects = objects_in(s3)
    assert len(manifest.parts) > 3
    assert manifest_from(objects[f"{folder}/manifest.json"]) == manifest
    held = [item for part in manifest.parts for item in unpacked(part, objects[f"{folder}/{part.name}"])]
    keys = {(item["pk"]["S"], item["sk"]["S"]) for item in held}
    assert keys == {key for key in items_in(dynamodb, TABLE) if not key[1].startswith("S#")}
    assert len(held) == manifest.states + manifest.events == len(keys)


def test_no_key_repeats_and_every_put_refuses_to_overwrite(backup: LedgerBackup, s3: "S3Client") -> None:
    asked: list[dict[str, Any]] = []
    s3.meta.events.register("provide-client-params.s3.PutObject", lambda params, **_: asked.append(params))
    for _ in range(3):
        backup.write("ses-feedback", has_time, part_bytes=9000)
    assert {put["IfNoneMatch"] for put in asked} == {"*"}
    assert len({put["Key"] for put in asked}) == len(asked) == len(objects_in(s3))
    assert all(put["Key"].startswith(f"{TABLE}/2") for put in asked)


def test_the_manifest_is_written_last_and_s3_checks_the_hash_of_each_part(
    backup: LedgerBackup, s3: "S3Client"
) -> None:
    asked: list[dict[str, Any]] = []
    s3.meta.events.register("provide-client-params.s3.PutObject", lambda params, **_: asked.append(params))
    backup.write("ses-feedback", has_time, part_bytes=9000)
    assert [put["Key"].rpartition("/")[2] == "manifest.json" for put in asked] == [False] * (len(asked) - 1) + [True]
    assert all("ChecksumSHA256" in put for put in asked[:-1])


def test_a_writer_that_may_not_list_puts_and_does_nothing_else(
    dynamodb: "DynamoDBClient", s3: "S3Client", settings: Settings
) -> None:
    write(dynamodb, TABLE, items_of(20, settings))
    with calls_of(s3) as calls:
        LedgerBackup(dynamodb, s3, table=TABLE, bucket=BUCKET, can_list=False).write("ses-feedback", has_time)
    assert set(calls) == {"PutObject"}


def test_a_table_that_takes_too_long_leaves_no_manifest_and_says_what_to_do(
    backup: LedgerBackup, s3: "S3Client"
) -> None:
    with pytest.raises(NotBackedUp, match="BackupMethod to export"):
        backup.write("ses-feedback", lambda: False)
    assert not [key for key in objects_in(s3) if key.endswith("manifest.json")]


def test_what_the_bucket_does_not_list_was_not_backed_up(backup: LedgerBackup, s3: "S3Client") -> None:
    def lose(**_: Any) -> None:
        [key] = [key for key in objects_in(s3) if key.endswith("part-00001.jsonl.gz")]
        s3.delete_object(Bucket=BUCKET, Key=key)

    s3.meta.events.register_first("before-call.s3.ListObjectsV2", once(lose))
    with pytest.raises(NotBackedUp, match="part-00001"):
        backup.write("ses-feedback", has_time, part_bytes=9000)


def once(action: Callable[..., None]) -> Callable[..., None]:
    done: list[bool] = []

    def act(**context: Any) -> None:
        if not done:
            done.append(True)
            action(**context)

    return act


def test_a_missing_bucket_is_an_error_before_the_table_is_read(dynamodb: "DynamoDBClient", s3: "S3Client") -> None:
    backup = LedgerBackup(dynamodb, s3, table=TABLE, bucket="nowhere", can_list=True)
    with calls_of(dynamodb) as calls, pytest.raises(ClientError, match="NoSuchBucket"):
        backup.write("ses-feedback", has_time)
    assert calls == []


def test_an_empty_ledger_has_a_backup_without_parts(dynamodb: "DynamoDBClient", s3: "S3Client") -> None:
    _, manifest = LedgerBackup(dynamodb, s3, table=TABLE, bucket=BUCKET, can_list=True).write(
        "ses-feedback", has_time
    )
    assert (manifest.parts, manifest_from(manifest.to_json())) == ((), manifest)


def test_packing_holds_one_part_at_a_time(settings: Settings) -> None:
    taken: list[int] = []
    items = list(items_of(400, settings))
    taken_at = [len(taken) for _ in packed((taken.append(1) or item for item in items), 40_000)]  # type: ignore[func-returns-value]
    assert len(taken_at) > 5
    assert taken_at[0] < len(items) / 5


@pytest.fixture
def export(dynamodb: "DynamoDBClient", s3: "S3Client") -> LedgerExport:
    dynamodb.update_continuous_backups(
        TableName=TABLE, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True}
    )
    arn = dynamodb.describe_table(TableName=TABLE)["Table"]["TableArn"]
    return LedgerExport(dynamodb, table_arn=arn, bucket=BUCKET, key="")


def test_an_export_is_started_under_a_prefix_of_the_table(export: LedgerExport, dynamodb: "DynamoDBClient") -> None:
    started = export.start("request")
    assert export.outcome_before(started) == "NONE"
    described = dynamodb.describe_export(ExportArn=started)["ExportDescription"]
    place = described["S3Bucket"], described["S3Prefix"]
    assert (*place, described["ExportFormat"]) == (BUCKET, TABLE, "DYNAMODB_JSON")


def ended(dynamodb: "DynamoDBClient", **how: str) -> None:
    """Exports end this way, whatever moto says."""

    def say(parsed: Any, **_: Any) -> None:
        for export in [parsed.get("ExportDescription", {}), *parsed.get("ExportSummaries", [])]:
            export.update(how)

    for operation in ("DescribeExport", "ListExports"):
        dynamodb.meta.events.register(f"after-call.dynamodb.{operation}", say)


def test_the_next_export_says_how_the_one_before_ended(export: LedgerExport, dynamodb: "DynamoDBClient") -> None:
    export.start("first")
    ended(dynamodb, ExportStatus="COMPLETED")
    assert export.outcome_before(export.start("second")) == "COMPLETED"


def test_an_export_that_failed_is_reported_with_its_cause(export: LedgerExport, dynamodb: "DynamoDBClient") -> None:
    export.start("first")
    ended(dynamodb, ExportStatus="FAILED", FailureMessage="AccessDenied")
    with pytest.raises(NotBackedUp, match="AccessDenied"):
        export.outcome_before(export.start("second"))


def test_an_export_that_is_still_running_does_not_hide_how_the_last_one_ended(
    export: LedgerExport, dynamodb: "DynamoDBClient"
) -> None:
    """As when Lambda retries the run whose report failed: the export of the first attempt is running then."""
    export.start("first")
    ended(dynamodb, ExportStatus="IN_PROGRESS")
    assert export.outcome_before(export.start("second")) == "NONE"


def test_the_token_of_an_export_is_the_callers_so_that_a_retry_starts_no_second_one(
    export: LedgerExport, dynamodb: "DynamoDBClient"
) -> None:
    asked: list[str] = []
    dynamodb.meta.events.register(
        "provide-client-params.dynamodb.ExportTableToPointInTime",
        lambda params, **_: asked.append(params["ClientToken"]),
    )
    export.start("request")
    assert asked == ["request"]
