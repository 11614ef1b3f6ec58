"""Requests to DynamoDB for each kind of event, and as the history of one address grows; counted, not timed."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import boto3
from moto import mock_aws

from benchmarks.figures import Figure, Part
from benchmarks.texts import EVENTS, ROOT
from ses_feedback.decision.decide import decide
from ses_feedback.events.document import Document
from ses_feedback.events.read import read_feedback
from ses_feedback.ledger.table import Ledger
from ses_feedback.settings.file import load_settings
from ses_feedback.timestamp import to_text
from tests.conftest import REGION, TABLE, create_tables

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_KINDS = {
    "hard bounce": "story/04_production_hard_bounce.json",
    "soft bounce": "story/02_staging_soft_bounce.json",
    "complaint": "story/05_production_complaint.json",
    "sender's fault": "story/09_production_reputation_block.json",
    "delivery": "story/06_production_delivery.json",
}
_HISTORY = 1_000
_SETTINGS = load_settings(ROOT / "layers" / "settings" / "feedback.toml")

_EXPLANATION = f"""\
Requests that the ledger makes for an event, on moto; no time is measured. The last lines are those of {_HISTORY:,}
events of one address, seven minutes apart: the requests of the last one, and the size of the address's STATE item."""


def measure() -> Part:
    figures = []
    for kind, sample in _KINDS.items():
        with _ledger() as (ledger, calls, _):
            first, copy, second = (_record(ledger, calls, sample, number) for number in (0, 0, 1))
            figures.append(Figure(f"{kind}, the first of its address", str(first)))
            figures.append(Figure(f"{kind}, a copy that is known already", str(copy), "1", copy == 1))
            figures.append(Figure(f"{kind}, one more of its address", str(second), "≤ 2", second <= 2))
    figures += [_grown(kind) for kind in ("hard bounce", "soft bounce", "complaint")]
    return Part("Requests", _EXPLANATION, figures)


def _grown(kind: str) -> Figure:
    with _ledger() as (ledger, calls, client):
        made = [_record(ledger, calls, _KINDS[kind], number) for number in range(_HISTORY)]
        [state] = [item for item in client.scan(TableName=TABLE)["Items"] if item["sk"]["S"] == "STATE"]
        size = len(json.dumps(state)) / 1000
    figure = f"{made[-1]} ({made[0]} at first), STATE {size:.1f} KB as JSON"
    return Figure(f"{kind}, the {_HISTORY:,}th", figure)


@contextmanager
def _ledger() -> Iterator[tuple[Ledger, list[str], "DynamoDBClient"]]:
    """A new ledger, the calls that it makes, and a client of moto's."""
    with mock_aws():
        client = boto3.client("dynamodb", region_name=REGION)
        create_tables(client)
        calls: list[str] = []
        listened = boto3.client("dynamodb", region_name=REGION)
        listened.meta.events.register("before-call.dynamodb", lambda model, **_: calls.append(model.name))
        yield Ledger(listened, TABLE, _SETTINGS), calls, client


def _record(ledger: Ledger, calls: list[str], sample: str, number: int) -> int:
    """Records the n-th event of a sample's address; how many requests that took."""
    before = len(calls)
    event = json.loads((EVENTS / sample).read_text(encoding="utf-8"))
    at = datetime(2026, 11, 20, 8, tzinfo=UTC) + timedelta(minutes=7 * number)
    document = _moved(json.loads(event["Records"][0]["Sns"]["Message"]) if "Records" in event else event, number, at)
    reports = read_feedback(Document(document), at)
    assert isinstance(reports, list), reports
    ledger.record(decide(reports[0], _SETTINGS), at)
    return len(calls) - before


def _moved(document: dict[str, Any], number: int, at: datetime) -> dict[str, Any]:
    """The same event of another mail: its ids and times."""
    moved = document | {"mail": document["mail"] | {"messageId": f"010701a1f803-{number:012x}"}}
    for name in ("bounce", "complaint", "delivery"):
        if name in moved:
            moved[name] = moved[name] | {"feedbackId": f"fb-{number:012x}", "timestamp": to_text(at)}
    return moved
