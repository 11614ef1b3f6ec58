"""back_up as Lambda runs it: one backup a run, counted, and an error where there was none."""

import json
import time
from dataclasses import dataclass
from types import ModuleType
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.exceptions import ClientError

from ses_feedback.errors import NotBackedUp
from ses_feedback.settings.file import Settings
from tests.conftest import REGION, TABLE
from tests.handlers.conftest import Context, Load
from tests.many_addresses import items_of, write

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


@dataclass
class Late(Context):
    def get_remaining_time_in_millis(self) -> int:
        return 50_000


@pytest.fixture
def environment(dynamodb: "DynamoDBClient", settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    write(dynamodb, TABLE, items_of(30, settings))
    boto3.client("s3", region_name=REGION).create_bucket(
        Bucket="backups", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"}
    )
    variables = {
        "BACKUP_BUCKET": "backups",
        "BACKUP_METHOD": "parts",
        "BACKUP_LISTING": "true",
        "BACKUP_KEY_ARN": "",
        "TABLE_ARN": dynamodb.describe_table(TableName=TABLE)["Table"]["TableArn"],
    }
    for name, value in variables.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def back_up(function: Load, environment: None) -> ModuleType:
    return function("back_up")


@dataclass
class Early(Context):
    def get_remaining_time_in_millis(self) -> int:
        return 900_000


def metrics_in(output: str) -> dict[str, Any]:
    [found] = [row for row in map(json.loads, output.splitlines()) if "_aws" in row]
    return dict(found)


def test_a_run_writes_a_backup_and_counts_it(back_up: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    answer = back_up.handler({}, Early())
    assert answer["manifest"].startswith(f"s3://backups/{TABLE}/2")
    assert answer["events"] >= 20
    metrics = metrics_in(capsys.readouterr().out)
    assert (metrics["backups_written"], metrics["backed_up_events"]) == ([1.0], [float(answer["events"])])


def test_a_run_without_time_left_fails_and_counts_nothing(
    back_up: ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.warns(UserWarning, match="No application metrics"), pytest.raises(NotBackedUp, match="BackupMethod"):
        back_up.handler({}, Late())
    assert "backups_written" not in capsys.readouterr().out


def test_the_log_of_a_run_holds_no_address(back_up: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    back_up.handler({}, Early())
    written = capsys.readouterr()
    assert "@example" not in written.out + written.err


@pytest.fixture
def exporting(
    function: Load, environment: None, dynamodb: "DynamoDBClient", monkeypatch: pytest.MonkeyPatch
) -> ModuleType:
    dynamodb.update_continuous_backups(
        TableName=TABLE, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True}
    )
    monkeypatch.setenv("BACKUP_METHOD", "export")
    return function("back_up")


def test_by_parameter_dynamodb_exports(exporting: ModuleType, dynamodb: "DynamoDBClient") -> None:
    answer = exporting.handler({}, Early())
    assert dynamodb.describe_export(ExportArn=answer["export"])["ExportDescription"]["S3Bucket"] == "backups"


def _wait_for_the_end(dynamodb: "DynamoDBClient", export: str) -> None:
    """moto exports in a thread of its own, which a busy machine runs late."""
    deadline = time.monotonic() + 60
    while dynamodb.describe_export(ExportArn=export)["ExportDescription"]["ExportStatus"] == "IN_PROGRESS":
        assert time.monotonic() < deadline
        time.sleep(0.01)


@pytest.mark.parametrize("denied", ["ListExports", "DescribeExport"])
def test_a_look_at_the_last_export_that_is_denied_is_a_warning_and_stops_no_backup(
    exporting: ModuleType, denied: str, caplog: pytest.LogCaptureFixture
) -> None:
    before = exporting.handler({}, Early())
    _wait_for_the_end(exporting.dynamodb, before["export"])

    def deny(model: Any, **_: Any) -> Any:
        raise ClientError({"Error": {"Code": "AccessDeniedException"}}, model.name)

    exporting.dynamodb.meta.events.register(f"before-call.dynamodb.{denied}", deny)
    answer = exporting.handler({}, Early())
    assert answer["export_before"] == "UNKNOWN"
    assert [one.message for one in caplog.records if one.levelname == "WARNING"] == [
        "how the export before this one ended is unknown"
    ]
    assert answer["export"] != before["export"]
