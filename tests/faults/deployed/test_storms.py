"""Storms through the deployed stack: doubled, shuffled, with killed workers and with poison among them."""

import json
import random
import time
from typing import Any

import boto3
import pytest

from ses_feedback.settings.file import Settings
from ses_feedback_cli.dead_letters.queue import DeadLetterQueue
from tests.faults.deployed.field import Field
from tests.faults.figures import note
from tests.faults.sizes import KILL_EVENTS, KILLS, POISON_EVENTS, SEED, STORM_EVENTS
from tests.faults.storm import calm_ledger, calm_run, copies, storm

MOST_IN_QUEUE = 1_000
"""MiniStack searches its whole queue at each request: beyond some thousands it is slower than the functions."""


@pytest.mark.storm
def test_a_storm_of_copies_in_any_order_leaves_the_ledger_of_a_calm_run(field: Field, domain: str) -> None:
    events = storm(STORM_EVENTS, domain, SEED)
    messages = copies(events, random.Random(SEED))
    with calm_run(events) as calm:
        started = time.monotonic()
        field.send(messages, most=MOST_IN_QUEUE)
        field.wait(60 + len(messages) / 20)
        seconds = time.monotonic() - started
        found, expected = field.ledger(domain), calm.result()
    assert found.keys() == expected.keys()
    assert found == expected
    assert field.dead_letters() == []
    figure = f"{len(events):,} events as {len(messages):,} messages: 0 missing, {len(found):,} items identical"
    note("copies in any order", "deployed", f"{figure}; {len(messages) / seconds:,.0f} messages/s", "test_storms.py")


@pytest.mark.kills
def test_killed_workers_leave_the_ledger_of_a_calm_run(field: Field, domain: str) -> None:
    events, chance = storm(KILL_EVENTS, domain, SEED + 1), random.Random(SEED)
    messages = copies(events, chance)
    with calm_run(events) as calm:
        for number in range(KILLS):
            field.send(messages[number::KILLS])
            time.sleep(chance.random() / 4)
            field.kill_a_worker(chance.choice)
        field.wait(120 + len(messages) / 20)
        found, expected = field.ledger(domain), calm.result()
    assert found.keys() == expected.keys()
    assert found == expected
    assert field.dead_letters() == []
    figure = f"{KILLS} kills over {len(messages):,} messages: 0 missing, {len(found):,} items identical"
    note("SIGKILL of workers", "deployed", figure, "test_storms.py")


@pytest.mark.poison
def test_the_dead_letters_are_exactly_the_poison_and_three_redrives_change_nothing(
    field: Field, domain: str, settings: Settings
) -> None:
    events, chance = storm(POISON_EVENTS, domain, SEED + 2), random.Random(SEED)
    poison = {_poison(event, number): number for number, event in enumerate(events[::100])}
    good = [json.dumps(event) for number, event in enumerate(events) if number % 100]
    messages = chance.sample([*poison, *good], k=len(events))
    sent_at = field.send(messages, pause=0.08)
    field.wait(60 + len(messages) / 20)
    letters = field.dead_letters()
    before = field.ledger(domain)
    assert {letter["Body"] for letter in letters} == set(poison)
    assert before == calm_ledger([event for number, event in enumerate(events) if number % 100], settings)
    assert all(_fact(letter, "Cause") and _fact(letter, "Function") == "process_feedback" for letter in letters)
    waits = [int(letter["Attributes"]["SentTimestamp"]) / 1000 - sent_at[letter["Body"]] for letter in letters]
    for _ in range(3):
        _redrive(field)
        field.wait(60)
        assert {letter["Body"] for letter in field.dead_letters()} == set(poison)
        assert field.ledger(domain) == before
    field.clear_dead_letters()
    figure = (
        f"{len(poison)} poison among {len(messages):,}: exactly these, each with cause; three redrives change nothing"
    )
    within = f"{sum(wait <= 1 for wait in waits)} of {len(waits)} within 1 s, slowest {max(waits):.2f} s"
    note("poison", "deployed", f"{figure}; there {within}", "test_storms.py")


def _poison(event: dict[str, Any], number: int) -> str:
    """Cut off, without recipients, dated 9999, or not an object."""
    text = json.dumps(event)
    match number % 4:
        case 0:
            return text[: len(text) // 2]
        case 1:
            return json.dumps({"eventType": "Bounce", "mail": event["mail"]})
        case 2:
            return json.dumps(event | {"mail": event["mail"] | {"timestamp": "9999-12-31T00:00:00Z"}})
        case _:
            return json.dumps([number, event["mail"]["messageId"]])


def _fact(letter: Any, name: str) -> str:
    return str(letter["MessageAttributes"].get(name, {}).get("StringValue", ""))


def _redrive(field: Field) -> None:
    streams, events = boto3.client("dynamodbstreams", "eu-central-1"), field.client("events")
    queue = DeadLetterQueue(field.client("sqs"), streams, events, field.client("sns"), field.stack.outputs)
    for letter in list(queue.read()):
        queue.put_back(letter)
