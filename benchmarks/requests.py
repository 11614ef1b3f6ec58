"""Requests to DynamoDB for each kind of event, and as the history of one address grows; counted, not timed."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import boto3
from moto import mock_aws

from benchmarks.figures import Figure, Part
from benchmarks.texts import EVENTS, ROOT
from ses_feedback.dead_letters import DeadLetters
from ses_feedback.intake import Intake
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
_RECIPIENTS = {"bounce": "bouncedRecipients", "complaint": "complainedRecipients", "delivery": "recipients"}
_BATCH, _HISTORY = 10, 1_000
_SETTINGS = load_settings(ROOT / "layers" / "settings" / "feedback.toml")

_EXPLANATION = f"""\
Requests to DynamoDB for an event, on moto; no time is measured. A batch is {_BATCH} events of as many addresses, and
the read that finds what is known already is shared by all of it; an event alone has a read of its own. The last lines
are those of {_HISTORY:,} events of one address, each alone and seven minutes apart: the requests of
the last one, and the size of the address's STATE item."""


def measure() -> Part:
    figures = []
    for kind, sample in _KINDS.items():
        with _intake() as (intake, calls, _):
            first, copy, second = (_in_batch(intake, calls, sample, number) for number in (0, 0, 1))
            alone = _record(intake, calls, [(sample, 0, 0)])
        figures.append(Figure(f"{kind}, the first of its address", f"{first:.1f}"))
        known = Figure(f"{kind}, a copy that is known already", f"{copy:.1f}, alone {alone}", "≤ 1", alone <= 1)
        figures.append(known)
        figures.append(Figure(f"{kind}, one more of its address", f"{second:.1f}", "≤ 2", second <= 2))
    figures += [_grown(kind) for kind in ("hard bounce", "soft bounce", "complaint")]
    return Part("Requests", _EXPLANATION, figures)


def _grown(kind: str) -> Figure:
    with _intake() as (intake, calls, client):
        made = [_record(intake, calls, [(_KINDS[kind], number, 0)]) for number in range(_HISTORY)]
        [state] = [item for item in client.scan(TableName=TABLE)["Items"] if item["sk"]["S"] == "STATE"]
        size = len(json.dumps(state)) / 1000
    figure = f"{made[-1]} ({made[0]} at first), STATE {size:.1f} KB as JSON"
    return Figure(f"{kind}, the {_HISTORY:,}th", figure)


@contextmanager
def _intake() -> Iterator[tuple[Intake, list[str], "DynamoDBClient"]]:
    """An intake with a new ledger, the calls that it makes, and a client of moto's."""
    with mock_aws():
        client = boto3.client("dynamodb", region_name=REGION)
        create_tables(client)
        calls: list[str] = []
        listened = boto3.client("dynamodb", region_name=REGION)
        listened.meta.events.register("before-call.dynamodb", lambda model, **_: calls.append(model.name))
        dead_letters = DeadLetters(boto3.client("sqs", region_name=REGION), "http://127.0.0.1/", "benchmark")
        yield Intake(Ledger(listened, TABLE, _SETTINGS), dead_letters, _SETTINGS, print), calls, client


def _in_batch(intake: Intake, calls: list[str], sample: str, number: int) -> float:
    """Requests for an event of a batch: the n-th of each of its addresses."""
    return _record(intake, calls, [(sample, number, reader) for reader in range(_BATCH)]) / _BATCH


def _record(intake: Intake, calls: list[str], batch: Sequence[tuple[str, int, int]]) -> int:
    """Records the n-th events of samples to readers; how many requests that took."""
    before = len(calls)
    results = intake.take(
        [(_text(*event), "benchmark") for event in batch], _at(max(number for _, number, _ in batch))
    )
    assert all(len(result.recorded) == 1 and result.failure is None for result in results), results
    return len(calls) - before


def _text(sample: str, number: int, reader: int) -> str:
    """The same event of another mail, to another reader: ids, times and address."""
    event = json.loads((EVENTS / sample).read_text(encoding="utf-8"))
    document = json.loads(event["Records"][0]["Sns"]["Message"]) if "Records" in event else event
    address, id_ = f"reader{reader}@example.net", f"{number:06x}{reader:06x}"
    mail = {"messageId": f"010701a1f803-{id_}", "destination": [address], "timestamp": to_text(_at(number))}
    moved = document | {"mail": document["mail"] | mail}
    for name, recipients in _RECIPIENTS.items():
        if name in moved:
            moved[name] = moved[name] | {"feedbackId": f"fb-{id_}", "timestamp": to_text(_at(number))}
            told = moved[name][recipients][0]
            moved[name][recipients] = [told | {"emailAddress": address} if isinstance(told, dict) else address]
    return json.dumps(moved)


def _at(number: int) -> datetime:
    return datetime(2026, 11, 20, 8, tzinfo=UTC) + timedelta(minutes=7 * number)
