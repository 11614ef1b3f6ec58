"""Requests to DynamoDB for each kind of event, and as the history of one address grows; counted, not timed."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import boto3
from moto import mock_aws
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.dynamodb.models import dynamodb_backends
from moto.dynamodb.models.dynamo_type import DynamoType

from benchmarks.figures import Figure, Part
from benchmarks.texts import EVENTS, ROOT
from ses_feedback.dead_letters import DeadLetters
from ses_feedback.intake import Intake
from ses_feedback.ledger.items import key
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
_BATCH = 10
_HISTORY = (1, 10, 100, 1_000)
_ADDRESSES = (10_000, 100_000, 1_000_000)
_SETTINGS = load_settings(ROOT / "layers" / "settings" / "feedback.toml")

_EXPLANATION = f"""\
Requests to DynamoDB for an event, on moto; no time is measured. A batch is {_BATCH} events of as many addresses, and
the read that finds what is known already is shared by all of it; an event alone has a read of its own. *Of one
address*: events that are each alone and seven minutes apart, and the size of the address's STATE item as JSON, which
decides how many units a write of it takes. *Beside other addresses*: a table that has so many STATE items already."""


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
    figures += [_of_one_address(kind) for kind in ("hard bounce", "soft bounce")]
    figures += [_beside(count) for count in _ADDRESSES]
    return Part("Requests", _EXPLANATION, figures)


def _of_one_address(kind: str) -> Figure:
    shown = []
    with _intake() as (intake, calls, client):
        for number in range(1, _HISTORY[-1] + 1):
            made = _record(intake, calls, [(_KINDS[kind], number, 0)])
            if number in _HISTORY:
                state = client.get_item(TableName=TABLE, Key=key("reader0@example.net", "STATE"))["Item"]
                shown.append(f"{made} ({len(json.dumps(state)) / 1000:.1f} KB)")
    return Figure(f"{kind} of one address, event {', '.join(f'{mark:,}' for mark in _HISTORY)}", ", ".join(shown))


def _beside(addresses: int) -> Figure:
    with _intake() as (intake, calls, _):
        table = dynamodb_backends[DEFAULT_ACCOUNT_ID][REGION].tables[TABLE]
        other = key("other@example.net", "STATE") | {"rev": {"N": "1"}}
        item = table.put_item(other)
        for number in range(addresses):  # past moto's API, which would take an hour
            table.items[DynamoType({"S": f"A#other{number}@example.net"})][DynamoType(other["sk"])] = item
        made = [f"{_in_batch(intake, calls, _KINDS[kind], 0):.1f}" for kind in ("hard bounce", "soft bounce")]
    return Figure(f"hard and soft bounce beside {addresses:,} addresses", ", ".join(made))


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
