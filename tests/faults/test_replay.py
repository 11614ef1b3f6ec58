"""A replay of a large archive, twice over: the ledger is the same, and nobody is told."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from ses_feedback_cli.main import app
from tests.conftest import TABLE
from tests.faults.figures import note
from tests.faults.sizes import REPLAY_RECORDS, SEED
from tests.faults.storm import storm
from tests.stores import items_in

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

pytestmark = pytest.mark.records


def test_two_replays_leave_the_ledger_of_one_and_alert_nobody(
    dynamodb: "DynamoDBClient", tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SES_FEEDBACK_TABLE", TABLE)
    events = [event for event in storm(REPLAY_RECORDS * 4 // 3, "replay.example", SEED) if "delivery" not in event]
    archive = tmp_path / "archive.jsonl"
    archive.write_text("\n".join(map(json.dumps, events)), encoding="utf-8")
    ledgers = []
    for _ in range(2):
        done = CliRunner().invoke(app, ["archive", "replay", "--workers", "1", str(archive)])  # moto is not atomic
        assert done.exit_code == 0, done.stderr
        items = items_in(dynamodb, TABLE).items()
        ledgers.append(
            {key: item | {"rev": None} for key, item in items}
        )  # an entry's, of the state it was read from
    assert ledgers[0] == ledgers[1]
    assert len(items_in(dynamodb, TABLE, "E#")) == len(events)
    assert not any("alert" in row for row in items_in(dynamodb, TABLE, "E#").values())
    figure = f"{len(events):,} records twice: {len(ledgers[0]):,} items identical, 0 alerts"
    note("replay of the archive", "moto", figure, "test_replay.py")
