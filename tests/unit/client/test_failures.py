"""Where the table cannot be asked, the caller has chosen: an error, mail without an answer, or no mail."""

import logging
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from ses_feedback.decision.override import suppression_of
from ses_feedback.ledger.table import Ledger
from ses_feedback_client import Suppressions, Unavailable
from ses_feedback_client.suppressions import OnError
from tests.conftest import REGION, TABLE

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

JANE, NOW = "jane@example.com", datetime(2026, 11, 20, tzinfo=UTC)


class Broken:
    """DynamoDB's client, of which some requests fail: those for which `fails` returns an error."""

    def __init__(self, client: "DynamoDBClient", fails: Callable[[list[Any]], Exception | None]) -> None:
        self._client, self._fails, self.asked = client, fails, list[int]()

    def batch_get_item(self, *, RequestItems: Any) -> Any:  # noqa: N803
        keys = RequestItems[TABLE]["Keys"]
        self.asked.append(len(keys))
        if error := self._fails(keys):
            raise error
        return self._client.batch_get_item(RequestItems=RequestItems)


class Busy(Broken):
    """Answers all but one key of each request, `times` times."""

    times = 2

    def batch_get_item(self, *, RequestItems: Any) -> Any:  # noqa: N803
        answer = super().batch_get_item(RequestItems=RequestItems)
        if self.times:
            self.times -= 1
            last = RequestItems[TABLE]["Keys"][-1]
            found = [
                item for item in answer["Responses"][TABLE] if item["sk"] != last["sk"] or item["pk"] != last["pk"]
            ]
            left = {TABLE: {"Keys": [last], "ConsistentRead": False}}
            return {"Responses": {TABLE: found}, "UnprocessedKeys": left}
        return answer


@pytest.fixture(autouse=True)
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    made: list[float] = []
    monkeypatch.setattr("ses_feedback_client.table.time.sleep", made.append)
    return made


def refused(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "no"}}, "BatchGetItem")


def never(_: list[Any]) -> None:
    return None


def suppress(ledger: Ledger, address: str, stream: str = "*") -> None:
    ledger.apply(suppression_of(address, NOW, "ops", "x", message_stream=stream))


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (refused("ResourceNotFoundException"), "there is no such table in this region"),
        (refused("AccessDeniedException"), "a permission is missing: dynamodb:BatchGetItem on the table"),
        (refused("ExpiredTokenException"), "the AWS credentials have expired"),
        (refused("ValidationException"), "it is not the table of a ledger"),
        (refused("ProvisionedThroughputExceededException"), "DynamoDB refused"),
        (EndpointConnectionError(endpoint_url="https://x"), "could not be asked: Could not connect"),
    ],
)
def test_an_error_is_raised_in_plain_words_unless_the_caller_chose(
    error: Exception, words: str, dynamodb: "DynamoDBClient"
) -> None:
    with pytest.raises(Unavailable, match=words) as raised:
        Suppressions(TABLE, client=Broken(dynamodb, lambda _: error)).verdict(JANE)
    assert raised.value.__cause__ is error
    assert JANE not in str(raised.value)


@pytest.mark.parametrize(("choice", "may_send", "reason"), [("allow", True, ""), ("suppress", False, "unavailable")])
def test_the_caller_chooses_what_an_error_means(
    choice: OnError, may_send: bool, reason: str, dynamodb: "DynamoDBClient", caplog: pytest.LogCaptureFixture
) -> None:
    broken = Broken(dynamodb, lambda _: refused("InternalServerError"))
    suppressions = Suppressions(TABLE, client=broken, on_error=choice, cache_seconds=60)
    with caplog.at_level(logging.ERROR):
        verdict = suppressions.verdict(JANE)
    assert (verdict.may_send, verdict.reason) == (may_send, reason)
    assert isinstance(verdict.error, Unavailable)
    assert len(caplog.records) == 1
    assert JANE not in caplog.text
    suppressions.verdict(JANE)
    assert len(broken.asked) == 2, "an error is not remembered"


def test_what_is_known_counts_even_where_the_rest_failed(dynamodb: "DynamoDBClient", ledger: Ledger) -> None:
    """Fail-open never sends to somebody who is known to be suppressed."""
    known = [f"known{number}@example.com" for number in range(40)]
    for address in known:
        suppress(ledger, address)
    failing = f"A#{known[-1]}"

    def fails(keys: list[Any]) -> Exception | None:
        hit = any(key["pk"]["S"] == failing and key["sk"]["S"] == "STATE" for key in keys)
        return refused("InternalServerError") if hit else None

    addresses = [*known[:-1], *(f"r{number}@example.com" for number in range(200)), known[-1]]
    suppressions = Suppressions(TABLE, client=Broken(dynamodb, fails), on_error="allow")
    verdicts = suppressions.verdicts(addresses)
    assert not any(verdicts[address].may_send for address in known[:-1])
    assert verdicts[known[-1]].may_send
    assert [address for address, verdict in verdicts.items() if verdict.error is None]


def test_keys_that_were_left_out_are_asked_for_again(
    dynamodb: "DynamoDBClient", ledger: Ledger, pauses: list[float]
) -> None:
    suppress(ledger, "@example.com", "transactional")  # in the last key of the request
    busy = Busy(dynamodb, never)
    assert not Suppressions(TABLE, client=busy).verdict(JANE).may_send
    assert busy.asked == [6, 1, 1]
    assert len(pauses) == 2


def test_a_table_that_stays_busy_is_an_error_within_a_second(dynamodb: "DynamoDBClient", pauses: list[float]) -> None:
    busy = Busy(dynamodb, never)
    busy.times = 99
    with pytest.raises(Unavailable, match="is throttled: DynamoDB left out 1 keys"):
        Suppressions(TABLE, client=busy).verdict(JANE)
    assert sum(pauses) < 1


def test_a_table_that_does_not_exist_is_named(aws: None) -> None:
    client = boto3.client("dynamodb", region_name=REGION)
    with pytest.raises(Unavailable, match="the table nowhere could not be asked: there is no such table"):
        Suppressions("nowhere", client=client).verdict(JANE)


def test_a_choice_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ValueError, match="on_error='ignore': choose raise, allow or suppress"):
        Suppressions(TABLE, on_error="ignore")  # type: ignore[arg-type]
