"""Every subset of failing records of a batch is reported exactly, no more and no less."""

import json
from types import ModuleType
from typing import Any

import pytest
from botocore.exceptions import ClientError

from ses_feedback.intake import Intake, IntakeResult
from tests.faults.figures import note
from tests.faults.sizes import FULL
from tests.faults.world import World, _record
from tests.handlers.conftest import Context, Load
from tests.samples import changed, load

pytestmark = pytest.mark.records

SIZE = 10
SUBSETS = range(2**SIZE)
THROTTLED = ClientError({"Error": {"Code": "ThrottlingException"}}, "UpdateItem")


def failing(subset: int) -> set[str]:
    return {f"m-{number}" for number in range(SIZE) if subset >> number & 1}


def batch(bodies: list[str]) -> dict[str, Any]:
    return {
        "Records": [
            _record({"MessageId": f"m-{number}", "ReceiptHandle": "r", "Body": body})
            for number, body in enumerate(bodies)
        ]
    }


def reported(answer: Any) -> set[str]:
    failures = [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]
    assert len(failures) == len(set(failures))
    return set(failures)


@pytest.fixture
def process(function: Load, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """process_feedback, with messages that say whether DynamoDB refuses them."""

    def take(self: Intake, messages: list[tuple[str, str]], *_: Any) -> list[IntakeResult]:
        return [IntakeResult(failure=THROTTLED if body == "fails" else None) for body, _ in messages]

    monkeypatch.setattr(Intake, "take", take)
    return function("process_feedback")


def test_process_feedback_reports_each_of_the_1024_subsets_of_ten(process: ModuleType) -> None:
    for subset in SUBSETS:
        expected = failing(subset)
        event = batch(["fails" if f"m-{number}" in expected else "works" for number in range(SIZE)])
        assert reported(process.handler(event, Context())) == expected
    note("partial batches", "moto", "all 1,024 subsets of ten reported exactly", "test_batches.py")


def test_a_record_that_fails_at_the_ledger_is_reported_and_its_neighbours_are_recorded(
    world: World, function: Load
) -> None:
    module, sample = function("process_feedback"), load("story/04_production_hard_bounce.json")
    readers = [f"reader{number}@example.net" for number in range(SIZE)]
    bodies = [
        json.dumps(
            changed(changed(sample, "bounce.bouncedRecipients.0.emailAddress", reader), "mail.destination", [reader])
        )
        for reader in readers
    ]
    refused = set[str]()

    def refuse(params: Any, **_: Any) -> None:
        if params["Key"]["pk"]["S"].removeprefix("A#") in refused:
            raise THROTTLED

    module.intake._ledger._client.meta.events.register("provide-client-params.dynamodb.UpdateItem", refuse)
    for subset in range(0, 2**SIZE, 5 if FULL else 193):
        refused.clear()
        refused.update(readers[int(name[2:])] for name in failing(subset))
        world.empty()
        assert reported(module.handler(batch(bodies), Context())) == failing(subset)
        assert {pk for pk, _ in world.outcome()["ledger"]} == {f"A#{reader}" for reader in set(readers) - refused}


def test_watch_archive_reports_each_of_the_1024_subsets_of_ten(
    function: Load, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = function("watch_archive")

    def watch(event: Any) -> dict[str, int]:
        if event == "fails":
            raise THROTTLED
        return {}

    monkeypatch.setattr(module.watch, "_event", watch)
    for subset in SUBSETS:
        expected = failing(subset)
        bodies = ['"fails"' if f"m-{number}" in expected else '"works"' for number in range(SIZE)]
        assert reported(module.handler(batch(bodies), Context())) == expected
