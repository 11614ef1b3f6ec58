"""A ledger of many rows, backed up and restored on a local AWS: 0 differences (BACKUP_ROWS=100000)."""

import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from ses_feedback.backup.restoring import LedgerRestore
from ses_feedback.backup.writing import LedgerBackup
from ses_feedback.settings.file import Settings
from ses_feedback_cli.backup.restore import restore, verify
from ses_feedback_cli.backup.source import source_of
from ses_feedback_cli.demo import local_aws
from ses_feedback_cli.demo.local_aws import LocalAws
from tests.conftest import create_ledger
from tests.faults.figures import note
from tests.faults.sizes import BACKUP_ROWS
from tests.many_addresses import items_of, write

pytestmark = pytest.mark.restore

PART_BYTES = max(BACKUP_ROWS * 100, 100_000)  # some ten parts
FULL, EMPTY, BUCKET = "ledger", "restored", "backups"


@pytest.fixture(scope="module")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalAws]:
    """MiniStack alone, without the stack."""
    started = local_aws.start(Path(tmp_path_factory.mktemp("ministack")))
    try:
        local_aws.wait_until_ready(started)
        yield started
    finally:
        started.stop()


def comparable(items: Iterable[dict[str, Any]]) -> dict[tuple[str, str], Any]:
    """Without what differs in a restored ledger: `rev` in the index, alerts, and the mark of a restored row."""
    by_key = {}
    for item in items:
        left_out = ("rev",) if item["sk"]["S"].startswith("S#") else ("alert", "replayed")
        kept = {k: sorted(v["SS"]) if "SS" in v else v for k, v in item.items() if k not in left_out}
        by_key[item["pk"]["S"], item["sk"]["S"]] = kept
    return by_key


def test_what_was_backed_up_is_restored_without_a_difference(
    aws: LocalAws, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    client, s3 = aws.client("dynamodb"), aws.client("s3")
    for table in (FULL, EMPTY):
        create_ledger(client, table)
    s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": local_aws.REGION})
    written = list(items_of(BACKUP_ROWS, settings))
    write(client, FULL, written)
    timed: dict[str, float] = {}

    began = time.monotonic()
    place, manifest = LedgerBackup(client, s3, table=FULL, bucket=BUCKET, can_list=True).write(
        "s", lambda: True, PART_BYTES
    )
    timed["backup"] = time.monotonic() - began
    source, into = source_of(place, lambda: s3), LedgerRestore(client, EMPTY, settings)
    began = time.monotonic()
    held = verify(source)
    timed["verify"] = time.monotonic() - began
    began = time.monotonic()
    counts = restore(source, into, writers=8)
    timed["restore"] = time.monotonic() - began

    pages = client.get_paginator("scan").paginate(TableName=EMPTY)
    before, after = comparable(written), comparable(item for page in pages for item in page["Items"])
    assert held.total() == manifest.states + manifest.events == counts.total() >= BACKUP_ROWS
    assert counts == {"states_new": manifest.states, "events_new": manifest.events}
    assert len(manifest.parts) > 3
    assert [key for key in before.keys() | after.keys() if before.get(key) != after.get(key)] == []
    seconds = ", ".join(f"{what} {spent:.1f} s" for what, spent in timed.items())
    figure = f"{held.total():,} items in {len(manifest.parts)} parts: 0 differences; {seconds}"
    note("backup and restore", "MiniStack's DynamoDB and S3", figure, "test_backup_restore.py")
    with capsys.disabled():
        print(f"\nbackup: {figure}")
