"""Many states at once: a hundred to a request, and nothing is left out when DynamoDB is busy."""

from typing import TYPE_CHECKING, Any

import pytest

from ses_feedback.decision.state import State
from ses_feedback.errors import Unavailable
from ses_feedback.ledger.items import key
from ses_feedback.ledger.states import read_states
from tests.conftest import TABLE
from tests.stores import calls_of

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

ADDRESSES = [f"r{number}@example.org" for number in range(201)]


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The pauses that were made, none of which takes any time."""
    made: list[float] = []
    monkeypatch.setattr("ses_feedback.ledger.states.time.sleep", made.append)
    return made


def test_a_hundred_addresses_are_one_request(dynamodb: "DynamoDBClient") -> None:
    with calls_of(dynamodb) as calls:
        assert dict(read_states(dynamodb, TABLE, ADDRESSES)) == dict.fromkeys(ADDRESSES, State())
    assert calls == ["BatchGetItem"] * 3


def test_nobody_is_no_request(dynamodb: "DynamoDBClient") -> None:
    with calls_of(dynamodb) as calls:
        assert list(read_states(dynamodb, TABLE, [])) == []
    assert calls == []


def test_keys_that_dynamodb_leaves_out_are_asked_for_again_after_a_pause(
    dynamodb: "DynamoDBClient", pauses: list[float]
) -> None:
    asked: list[Any] = []
    dynamodb.put_item(TableName=TABLE, Item=key(ADDRESSES[1], "STATE") | {"rev": {"N": "7"}})

    def leave_out_the_last(parsed: dict[str, Any], **_: Any) -> None:
        if len(asked) < 3:
            parsed |= {"Responses": {}, "UnprocessedKeys": {TABLE: {"Keys": asked[-1][-1:]}}}

    events = dynamodb.meta.events
    events.register(
        "provide-client-params.*.BatchGetItem",
        lambda params, **_: asked.append(params["RequestItems"][TABLE]["Keys"]),
    )
    events.register("after-call.*.BatchGetItem", leave_out_the_last)
    read = sorted(read_states(dynamodb, TABLE, ADDRESSES[:2]), key=lambda one: one[0])
    assert read == [(ADDRESSES[0], State()), (ADDRESSES[1], State(rev=7))]
    assert [len(keys) for keys in asked] == [2, 1, 1]
    assert pauses == [0.05, 0.1]


def test_a_table_that_stays_busy_is_reported_after_seconds_not_minutes(
    dynamodb: "DynamoDBClient", pauses: list[float]
) -> None:
    def leave_out_everything(parsed: dict[str, Any], **_: Any) -> None:
        parsed["UnprocessedKeys"] = {TABLE: {"Keys": [{"pk": {"S": "A#a@b.example"}, "sk": {"S": "STATE"}}]}}

    dynamodb.meta.events.register("after-call.*.BatchGetItem", leave_out_everything)
    with pytest.raises(Unavailable, match="throttled"):
        list(read_states(dynamodb, TABLE, ADDRESSES[:1]))
    assert sum(pauses) < 10
