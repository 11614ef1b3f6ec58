"""Storms of feedback, and the ledger that a calm, ordered run of the same events leaves."""

import json
import random
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from multiprocessing import get_context
from typing import Any
from uuid import UUID

import boto3
from moto import mock_aws

from ses_feedback.attribute_values import Row, plain
from ses_feedback.decision.decide import decide
from ses_feedback.events.document import Document
from ses_feedback.events.read import read_feedback
from ses_feedback.ledger.table import Ledger
from ses_feedback.settings.file import Settings
from ses_feedback.timestamp import to_text
from tests.conftest import ALERT_SENDER, TABLE, create_tables
from tests.samples import load, shipped_settings

READERS_PER_EVENT = 4
"""This many events are about the same address on average, so that copies and other events compete for its item."""

_SAMPLES = ("04_production_hard_bounce", "02_staging_soft_bounce", "10_marketing_complaint", "06_production_delivery")


def storm(size: int, domain: str, seed: int) -> list[dict[str, Any]]:
    """Events of mails sent in the last two weeks, all older than a day, so that nobody is alerted."""
    chance, now = random.Random(seed), datetime.now(UTC).replace(microsecond=0)
    samples = [json.dumps(load(f"story/{name}.json")) for name in _SAMPLES]
    events = []
    for number in range(size):
        event = json.loads(samples[number % len(samples)])
        reader = f"reader{chance.randrange(max(size // READERS_PER_EVENT, 1))}@{domain}"
        sent = now - timedelta(days=2 + chance.randrange(12), seconds=number % 86_400)
        _address(event, reader)
        event["mail"] |= {"messageId": f"{domain}-{number}", "timestamp": to_text(sent)}
        for name in ("bounce", "complaint", "delivery"):
            if name in event:
                event[name]["timestamp"] = to_text(sent + timedelta(seconds=5))
        events.append(event)
    return events


def copies(events: list[dict[str, Any]], chance: random.Random, most: int = 20) -> list[str]:
    """Every event, some of them up to `most` times, each with its own SNS id, in any order."""
    messages = []
    for event in events:
        times = chance.randint(1, most) if chance.random() < 0.02 else 1
        messages += [_notification(event, chance) for _ in range(times)]
    chance.shuffle(messages)
    return messages


def _notification(event: dict[str, Any], chance: random.Random) -> str:
    return json.dumps(
        {
            "Type": "Notification",
            "MessageId": str(UUID(int=chance.getrandbits(128), version=4)),
            "TopicArn": "arn:aws:sns:eu-central-1:000000000000:FeedbackTopic",
            "Message": json.dumps(event),
            "Timestamp": "2026-11-24T08:00:00.000Z",
        }
    )


def _address(event: dict[str, Any], reader: str) -> None:
    event["mail"]["destination"] = [reader]
    if "bounce" in event:
        event["bounce"]["bouncedRecipients"] = [event["bounce"]["bouncedRecipients"][0] | {"emailAddress": reader}]
    if "complaint" in event:
        event["complaint"]["complainedRecipients"] = [{"emailAddress": reader}]
    if "delivery" in event:
        event["delivery"]["recipients"] = [reader]


def calm_ledger(events: list[dict[str, Any]], settings: Settings) -> dict[tuple[str, str], Row]:
    """What the same events leave when each arrives once and in order, on moto."""
    with mock_aws():
        client = boto3.client("dynamodb", "eu-central-1", aws_access_key_id="t", aws_secret_access_key="t")
        create_tables(client)
        ledger, now = Ledger(client, TABLE, settings, ALERT_SENDER), datetime.now(UTC)
        for event in events:
            feedbacks = read_feedback(Document(event), now)
            assert isinstance(feedbacks, list)
            for feedback in feedbacks:
                ledger.record(decide(feedback, settings), now)
        pages = client.get_paginator("scan").paginate(TableName=TABLE)
        return comparable(item for page in pages for item in page["Items"])


@contextmanager
def calm_run(events: list[dict[str, Any]]) -> Iterator[Future[dict[tuple[str, str], Row]]]:
    """The ledger of a calm run with the shipped settings, computed meanwhile by another process."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        yield pool.submit(calm_ledger, events, shipped_settings())


def comparable(items: Iterator[Any]) -> dict[tuple[str, str], Row]:
    """Items by key, without what may differ: revisions, entries without effect, and the effect, scope and end
    in an event's row, since that says what it did *when it arrived*.
    """
    by_key: dict[tuple[str, str], Row] = {}
    for item in items:
        pk, sk = item["pk"]["S"], item["sk"]["S"]
        if sk.startswith("S#") and "scope_shard" not in item:
            continue
        ignored = {"rev", "effect", "scope", "until"} if sk.startswith("E#") else {"rev"}
        by_key[pk, sk] = {
            name: frozenset(value) if isinstance(value, list) else value
            for name, value in plain(item).items()
            if name not in ignored
        }
    return by_key
