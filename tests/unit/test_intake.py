"""A batch is read first, looked up once, and recorded address by address; what is known already is not written."""

import json
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from ses_feedback.dead_letters import DeadLetters
from ses_feedback.intake import Intake, IntakeResult
from ses_feedback.ledger.known import READ
from ses_feedback.ledger.table import Ledger
from ses_feedback.settings.file import Settings
from tests.conftest import TABLE
from tests.resolved_template import resources_of
from tests.samples import NOW, ROOT, changed, load
from tests.stores import Crash, calls_of, crash_at, items_in, messages_in

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_sqs import SQSClient

BOUNCE, BY_TOPIC = load("story/04_production_hard_bounce.json"), load("story/12_production_hard_bounce_again.json")
SOFT, COMPLAINT = load("story/02_staging_soft_bounce.json"), load("story/05_production_complaint.json")
SEVERAL = load("story/11_marketing_hard_bounces.json")


@pytest.fixture
def warnings() -> list[str]:
    return []


@pytest.fixture
def intake(ledger: Ledger, dead_letters: DeadLetters, settings: Settings, warnings: list[str]) -> Intake:
    return Intake(ledger, dead_letters, settings, warnings.append)


def take(intake: Intake, *events: Any) -> list[IntakeResult]:
    return intake.take([(json.dumps(event), f"m-{number}") for number, event in enumerate(events)], NOW)


def to(address: str, event: Any = BOUNCE) -> Any:
    event = changed(event, "bounce.bouncedRecipients.0.emailAddress", address)
    return changed(event, "mail.destination", [address])


def news(results: list[IntakeResult]) -> list[bool]:
    return [recorded.is_new for result in results for recorded in result.recorded]


@pytest.mark.parametrize("event", [BOUNCE, SOFT, COMPLAINT], ids=["hard", "soft", "complaint"])
def test_a_copy_costs_one_request_and_changes_nothing(event: Any, intake: Intake, dynamodb: "DynamoDBClient") -> None:
    [first] = take(intake, event)
    before = items_in(dynamodb, TABLE)
    with calls_of(dynamodb) as calls:
        [copy] = take(intake, event)
    assert calls == ["BatchGetItem"]
    assert items_in(dynamodb, TABLE) == before
    assert copy.recorded[0].facts == first.recorded[0].facts
    assert news([first, copy]) == [True, False]


def test_the_same_event_over_another_path_costs_one_request(intake: Intake, dynamodb: "DynamoDBClient") -> None:
    take(intake, BOUNCE)
    with calls_of(dynamodb) as calls:
        assert news(take(intake, BY_TOPIC)) == [False]
    assert calls == ["BatchGetItem"]


def test_a_batch_of_copies_is_one_request(intake: Intake, dynamodb: "DynamoDBClient") -> None:
    batch = [to(f"reader{number}@example.net") for number in range(10)]
    take(intake, *batch)
    with calls_of(dynamodb) as calls:
        assert news(take(intake, *batch)) == [False] * 10
    assert calls == ["BatchGetItem"]


def test_two_copies_in_one_batch_are_written_once(intake: Intake, dynamodb: "DynamoDBClient") -> None:
    with calls_of(dynamodb) as calls:
        assert news(take(intake, BOUNCE, BY_TOPIC)) == [True, False]
    assert calls == ["BatchGetItem", "UpdateItem", "PutItem", "PutItem"]


def test_what_has_no_row_is_not_looked_up(intake: Intake, dynamodb: "DynamoDBClient") -> None:
    with calls_of(dynamodb) as calls:
        take(intake, load("story/06_production_delivery.json"))
    assert calls == ["UpdateItem"]


def test_a_copy_that_knows_more_is_written(intake: Intake, ledger: Ledger) -> None:
    take(intake, BY_TOPIC)
    assert news(take(intake, BOUNCE)) == [False]
    [row] = ledger.events("oliver.hayes@example.net")
    assert row.matched == "configuration set ses-feedback-production"


def test_the_order_of_copies_that_name_different_senders_does_not_matter(
    intake: Intake, ledger: Ledger, dynamodb: "DynamoDBClient"
) -> None:
    staging = changed(BOUNCE, "mail.tags", {"environment": ["staging"]})
    take(intake, staging, BY_TOPIC)
    states = items_in(dynamodb, TABLE, "STATE")
    assert len(ledger.state("oliver.hayes@example.net").registers) == 2
    dynamodb.delete_item(TableName=TABLE, Key={"pk": {"S": "A#oliver.hayes@example.net"}, "sk": {"S": "STATE"}})
    for sk in [sk for _, sk in items_in(dynamodb, TABLE)]:
        dynamodb.delete_item(TableName=TABLE, Key={"pk": {"S": "A#oliver.hayes@example.net"}, "sk": {"S": sk}})
    take(intake, BY_TOPIC, staging)
    assert items_in(dynamodb, TABLE, "STATE") == states


def test_a_message_that_a_replay_overtook_is_written(
    intake: Intake, ledger: Ledger, dynamodb: "DynamoDBClient"
) -> None:
    [result] = take(intake, BOUNCE)
    for _, sk in items_in(dynamodb, TABLE):
        dynamodb.delete_item(TableName=TABLE, Key={"pk": {"S": "A#oliver.hayes@example.net"}, "sk": {"S": sk}})
    ledger.record(result.recorded[0].decision, NOW, is_replay=True)
    take(intake, BOUNCE)
    [row] = items_in(dynamodb, TABLE, "E#").values()
    assert "replayed" not in row


def test_a_look_up_that_is_denied_stops_nothing(
    intake: Intake, dynamodb: "DynamoDBClient", warnings: list[str]
) -> None:
    denied = ClientError({"Error": {"Code": "AccessDeniedException"}}, "BatchGetItem")
    with crash_at(dynamodb, 0, "before-call", denied):
        assert news(take(intake, BOUNCE)) == [True]
    assert warnings == [
        "DynamoDB did not say what is known already (AccessDeniedException): copies are written like new events"
    ]


def test_keys_that_dynamodb_leaves_out_are_written_like_new_events(
    intake: Intake, dynamodb: "DynamoDBClient"
) -> None:
    take(intake, BOUNCE)
    before = items_in(dynamodb, TABLE)

    def leave_out(parsed: dict[str, Any], **_: Any) -> None:
        parsed |= {"Responses": {}, "UnprocessedKeys": {TABLE: {"Keys": []}}}

    dynamodb.meta.events.register("after-call.*.BatchGetItem", leave_out)
    assert news(take(intake, BOUNCE)) == [False]
    assert items_in(dynamodb, TABLE) == before


def test_what_was_recorded_of_a_message_that_fails_is_in_its_result(
    intake: Intake, dynamodb: "DynamoDBClient"
) -> None:
    with crash_at(dynamodb, 1, "before-call"):
        [failed] = take(intake, SEVERAL)
    assert isinstance(failed.failure, Crash)
    assert len(failed.recorded) == 2
    [again] = take(intake, SEVERAL)
    assert sorted(news([again])) == [False, False, True]


def test_a_message_that_fails_sends_no_dead_letter_until_it_succeeds(
    intake: Intake, dynamodb: "DynamoDBClient", sqs: "SQSClient", dead_letters_queue: str
) -> None:
    message = {"Records": [{"body": json.dumps([BOUNCE, 5])}]}
    with crash_at(dynamodb, 1, "before-call"):
        take(intake, message)
    assert messages_in(sqs, dead_letters_queue) == []
    take(intake, message)
    assert len(messages_in(sqs, dead_letters_queue)) == 1


def test_results_are_in_the_order_of_the_messages(intake: Intake) -> None:
    addresses = [f"reader{number}@example.net" for number in range(30)]
    results = take(intake, *map(to, addresses))
    assert [result.recorded[0].decision.feedback.recipient for result in results] == addresses


def test_the_role_may_read_what_is_read_and_nothing_else() -> None:
    [policy] = resources_of(ROOT / "template.yaml", {})["ProcessFeedbackRole"]["Properties"]["Policies"]
    [read] = [one for one in policy["PolicyDocument"]["Statement"] if one["Action"] == "dynamodb:BatchGetItem"]
    allowed = read["Condition"]["ForAllValues:StringEquals"]["dynamodb:Attributes"]
    assert sorted(allowed) == sorted(("pk", "sk", *READ))
