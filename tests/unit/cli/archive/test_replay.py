"""`ses-feedback archive replay`: archived events are recorded again, and nobody is notified."""

import base64
import gzip
import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from typer.testing import CliRunner, Result

from ses_feedback.decision.suppression import awaits_delivery, suppressions
from ses_feedback.ledger.table import Ledger
from ses_feedback.settings.file import Settings
from ses_feedback.timestamp import to_text
from ses_feedback_cli.archive.bucket import ArchiveBucket
from ses_feedback_cli.main import app
from tests.conftest import REGION, TABLE
from tests.samples import EVENTS, changed, load
from tests.stores import items_in

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

OBJECT = next((EVENTS / "archive").glob("production-*.gz"))


@pytest.fixture(autouse=True)
def table(dynamodb: "DynamoDBClient", monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SES_FEEDBACK_TABLE", TABLE)


def replay(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["archive", "replay", "--workers", "1", *arguments])  # moto is not atomic


def bucket_with(*keys: str) -> ArchiveBucket:
    s3 = boto3.client("s3", region_name=REGION)
    s3.create_bucket(Bucket="archive", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
    for key in keys:
        s3.put_object(
            Bucket="archive", Key=key, Body=gzip.compress(json.dumps(_recent("ses/event_bounce.json")).encode())
        )
    return ArchiveBucket(s3, "archive")


def _recent(name: str) -> Any:
    """A sample from a minute ago, so that only the replay itself can prevent an alert."""
    event, moment = load(name), to_text(datetime.now(UTC) - timedelta(minutes=1))
    for part in event.values():
        if isinstance(part, dict) and "timestamp" in part:
            part["timestamp"] = moment
    return event


def test_what_the_watcher_would_forward_is_recorded_and_the_rest_is_counted(dynamodb: "DynamoDBClient") -> None:
    result = replay("--json", str(OBJECT))
    counts = json.loads(result.stdout)
    assert result.exit_code == 2
    assert (counts["recorded"], counts["broken"], counts["Send"], counts["Delivery"]) == (5, 1, 180, 177)
    assert f"{OBJECT}@325437" in " ".join(result.stderr.split())
    assert len(items_in(dynamodb, TABLE, "E#")) == 5


def test_a_second_replay_changes_nothing(dynamodb: "DynamoDBClient") -> None:
    replay(str(OBJECT))
    once = items_in(dynamodb, TABLE)
    assert json.loads(replay("--json", str(OBJECT)).stdout)["copies"] == 5
    assert items_in(dynamodb, TABLE) == once


@pytest.mark.parametrize("delivered", [True, False])
def test_soft_bounces_between_which_mail_was_delivered_suppress_nobody(
    delivered: bool, tmp_path: Path, ledger: Ledger, settings: Settings
) -> None:
    lines = []
    for day in range(20, 25):
        for moment, event in (("05", load("story/02_staging_soft_bounce.json")), ("17", _delivery())):
            time = f"2026-10-{day}T{moment}:00:00.000Z"
            event = changed(changed(event, "mail.timestamp", time), "mail.messageId", f"{day}-{moment}")
            place = "bounce" if "bounce" in event else "delivery"
            lines += (
                [json.dumps(changed(event, f"{place}.timestamp", time))] if delivered or place == "bounce" else []
            )
    (tmp_path / "object").write_text("\n".join(lines), encoding="utf-8")
    assert replay(str(tmp_path / "object")).exit_code == 0
    [address] = load("story/02_staging_soft_bounce.json")["mail"]["destination"]
    assert bool(suppressions(ledger.state(address), settings)) is not delivered


def _delivery() -> Any:
    bounce = load("story/02_staging_soft_bounce.json")
    delivery = load("story/06_production_delivery.json") | {"mail": bounce["mail"]}
    return changed(delivery, "delivery.recipients", bounce["mail"]["destination"])


def test_a_delivery_replayed_later_takes_back_what_the_ledger_has(
    tmp_path: Path, ledger: Ledger, settings: Settings
) -> None:
    bounce, delivery = load("story/02_staging_soft_bounce.json"), changed(_delivery(), "mail.messageId", "later")
    delivery = changed(delivery, "mail.timestamp", "2026-11-20T20:00:00.000Z")
    for name, event in (("a", bounce), ("b", delivery)):
        (tmp_path / name).write_text(json.dumps(event), encoding="utf-8")
        assert replay(str(tmp_path / name)).exit_code == 0
    assert not awaits_delivery(ledger.state(bounce["mail"]["destination"][0]))


def test_not_even_a_recent_event_alerts_anybody(dynamodb: "DynamoDBClient") -> None:
    bucket_with("events/2026/11/20/10/a.gz")
    assert replay("--bucket", "archive").exit_code == 0
    [row] = items_in(dynamodb, TABLE, "E#").values()
    assert "alert" not in row
    assert row["replayed"] == "yes"
    assert row["origin"] == "s3://archive/events/2026/11/20/10/a.gz@0"


def test_a_dry_run_writes_nothing_and_needs_no_aws(
    dynamodb: "DynamoDBClient", monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "no url at all")
    result = replay("--dry-run", "--json", str(OBJECT))
    assert json.loads(result.stdout)["recorded"] == 5
    monkeypatch.delenv("AWS_ENDPOINT_URL")
    assert items_in(dynamodb, TABLE) == {}


def test_days_limit_what_is_read() -> None:
    keys = [f"events/2026/11/{day}/23/x.gz" for day in ("19", "20", "21", "22")]
    bucket = bucket_with(*keys, "errors/2026/11/20/x.gz")
    assert list(bucket.keys(since=date(2026, 11, 20), until=date(2026, 11, 21))) == keys[1:3]


def test_a_prefix_limits_it_too() -> None:
    bucket = bucket_with("events/2026/11/20/10/a.gz", "events/2026/11/20/11/b.gz")
    assert list(bucket.keys("events/2026/11/20/11/", date(2026, 11, 1))) == ["events/2026/11/20/11/b.gz"]


def error_object(event: Any) -> bytes:
    raw = base64.b64encode(json.dumps(event).encode()).decode()
    return json.dumps(load("envelopes/firehose_error.json") | {"rawData": raw}).encode() + b"\n"


def test_what_firehose_could_not_process_is_recorded(dynamodb: "DynamoDBClient") -> None:
    bucket = bucket_with("events/2026/11/20/10/a.gz")
    key = "errors/processing-failed/2026/11/20/10/a"
    body = error_object(load("ses/event_bounce.json")) + error_object(load("ses/event_complaint.json"))
    bucket.s3.put_object(Bucket="archive", Key=key, Body=body)
    counts = json.loads(replay("--bucket", "archive", "--errors", "--json").stdout)
    assert (counts["objects"], counts["recorded"], counts["broken"]) == (1, 2, 0)
    assert {row["origin"].partition("@")[0] for row in items_in(dynamodb, TABLE, "E#").values()} == {
        f"s3://archive/{key}"
    }


def test_no_errors_are_no_trouble() -> None:
    bucket_with()
    result = replay("--bucket", "archive", "--errors", "--json")
    assert (result.exit_code, json.loads(result.stdout)["objects"]) == (0, 0)
    assert "note: Firehose kept nothing that it could not process" in result.stderr
    assert replay("--bucket", "archive").exit_code == 2


def test_days_limit_the_errors_of_every_type() -> None:
    keys = [f"errors/{kind}/2026/11/{day}/23/x" for kind in ("a-failed", "b-failed") for day in ("19", "20", "21")]
    bucket = bucket_with(*keys, "events/2026/11/20/23/x.gz")
    assert list(bucket.error_keys(date(2026, 11, 20), date(2026, 11, 20))) == [keys[1], keys[4]]
    assert list(bucket.error_keys()) == keys


@pytest.mark.parametrize("other", [[str(OBJECT)], ["--prefix", "events/2026/"]])
def test_errors_and_another_choice_of_objects_exclude_each_other(other: list[str]) -> None:
    result = replay("--errors", *other)
    assert result.exit_code == 2
    assert "neither FILE nor --prefix" in " ".join(result.stderr.split())


def test_an_empty_range_is_an_error_that_says_what_to_check() -> None:
    bucket_with("events/2026/11/20/10/a.gz")
    result = replay("--bucket", "archive", "--since", "2027-01-01")
    assert result.exit_code == 2
    assert "no objects found" in result.stderr


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    result = replay(str(tmp_path / "missing.gz"))
    assert result.exit_code == 2
    assert "missing.gz: No such file" in " ".join(result.stderr.split())
