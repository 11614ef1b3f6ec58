"""Each event is tried by itself, later and later, and ends delivered or in the dead letters with its cause."""

import json
import logging
from collections.abc import Mapping
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from standardwebhooks.webhooks import Webhook

from ses_feedback.cached_secret import CachedSecret
from ses_feedback.dead_letters import DeadLetters
from ses_feedback.errors import Undelivered
from ses_feedback.webhook.delivery import ATTEMPTS, LONGEST_SECONDS, WebhookDelivery, seconds_after
from tests.conftest import REGION
from tests.samples import load
from tests.stores import messages_in

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

SECRET = "x" * 48


class Application:
    """Accepts webhooks, or raises for those whose id is in `refused` what is there."""

    def __init__(self) -> None:
        self.refused: dict[str, Undelivered | Exception] = {}
        self.taken: list[tuple[bytes, dict[str, str]]] = []

    def post(self, body: bytes, headers: Mapping[str, str]) -> None:
        if headers["webhook-id"] in self.refused:
            raise self.refused[headers["webhook-id"]]
        self.taken.append((body, dict(headers)))


@pytest.fixture
def application() -> Application:
    return Application()


@pytest.fixture
def queue(sqs: "SQSClient") -> str:
    return sqs.create_queue(QueueName="webhooks")["QueueUrl"]


@pytest.fixture
def delivery(sqs: "SQSClient", queue: str, application: Application, dead_letters: DeadLetters) -> WebhookDelivery:
    secrets = boto3.client("secretsmanager", region_name=REGION)
    secrets.create_secret(Name="webhook", SecretString=SECRET)
    secret, logger = CachedSecret(secrets, "webhook"), logging.getLogger("webhooks")
    return WebhookDelivery(
        sqs=sqs,
        queue_url=queue,
        address=application,  # type: ignore[arg-type]
        secret=secret,
        dead_letters=dead_letters,
        logger=logger,
    )


def records(sqs: "SQSClient", queue: str, *bodies: str) -> list[dict[str, Any]]:
    """The bodies as the queue hands them over, the first time."""
    for body in bodies:
        sqs.send_message(QueueUrl=queue, MessageBody=body)
    received = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10)["Messages"]
    sample = load("sqs_webhook.json")["Records"][0]
    return [
        sample | {"messageId": m["MessageId"], "receiptHandle": m["ReceiptHandle"], "body": m["Body"]}
        for m in received
    ]


def event(event_id: str) -> str:
    return json.dumps(json.loads(load("sqs_webhook.json")["Records"][0]["body"]) | {"id": event_id})


def at_attempt(record: dict[str, Any], attempt: int) -> dict[str, Any]:
    return record | {"attributes": record["attributes"] | {"ApproximateReceiveCount": str(attempt)}}


def test_an_event_is_delivered_signed_with_its_own_id(
    delivery: WebhookDelivery, application: Application, sqs: "SQSClient", queue: str
) -> None:
    assert delivery.deliver(records(sqs, queue, event("a-1"))) == []
    [(body, headers)] = application.taken
    assert headers["webhook-id"] == "a-1"
    assert Webhook(SECRET).verify(body, headers) == json.loads(event("a-1"))


def test_an_event_that_fails_leaves_its_neighbours_delivered_and_is_retried_later(
    delivery: WebhookDelivery, application: Application, sqs: "SQSClient", queue: str
) -> None:
    batch = records(sqs, queue, event("a-1"), event("b-1"), event("c-1"))
    application.refused = {"b-1": Undelivered("the answer was 503")}
    [failed] = delivery.deliver(batch)
    assert failed == next(record["messageId"] for record in batch if '"b-1"' in record["body"])
    assert sorted(headers["webhook-id"] for _, headers in application.taken) == ["a-1", "c-1"]
    assert sqs.receive_message(QueueUrl=queue).get("Messages", []) == []  # it waits


@pytest.mark.parametrize(
    ("attempt", "asked", "least", "most"), [(1, 0, 2, 5), (4, 0, 20, 40), (1, 600, 600, 600), (1, 99_999, 7200, 7200)]
)
def test_how_long_it_waits_grows_and_heeds_the_receiver(
    delivery: WebhookDelivery, application: Application, sqs: "SQSClient", queue: str,
    attempt: int, asked: int, least: int, most: int,
) -> None:  # fmt: skip
    application.refused = {"a-1": Undelivered("the answer was 503", retry_after=asked)}
    waits = list[int]()
    sqs.meta.events.register(
        "before-parameter-build.sqs.ChangeMessageVisibility",
        lambda params, **_: waits.append(params["VisibilityTimeout"]),
    )
    delivery.deliver([at_attempt(record, attempt) for record in records(sqs, queue, event("a-1"))])
    assert least <= waits[0] <= most


def test_attempts_double_their_distance_and_last_for_half_a_day_at_least() -> None:
    waits = [[seconds_after(attempt) for _ in range(50)] for attempt in range(1, ATTEMPTS)]
    assert all(min(later) >= min(longest) / 2 for longest, later in pairwise(waits))
    assert max(map(max, waits)) <= LONGEST_SECONDS
    assert 12 * 3600 < sum(map(min, waits)) < sum(map(max, waits)) < 28 * 3600
    assert len(set(waits[10])) > 1  # by chance, so that not all come back at once


@pytest.mark.parametrize(
    ("failure", "attempt", "cause"),
    [
        (Undelivered("the answer was 410", is_final=True), 1, "the answer was 410, at attempt 1"),
        (Undelivered("the answer was 500"), ATTEMPTS, f"the answer was 500, at attempt {ATTEMPTS}"),
    ],
)
def test_an_event_that_is_given_up_goes_to_the_dead_letters_with_its_cause(
    delivery: WebhookDelivery, application: Application, sqs: "SQSClient", queue: str, dead_letters_queue: str,
    failure: Undelivered, attempt: int, cause: str,
) -> None:  # fmt: skip
    application.refused = {"a-1": failure}
    batch = [at_attempt(record, attempt) for record in records(sqs, queue, event("a-1"))]
    assert delivery.deliver(batch) == []
    [letter] = messages_in(sqs, dead_letters_queue)
    assert letter["Body"] == event("a-1")
    assert letter["MessageAttributes"]["Cause"].get("StringValue") == cause


@pytest.mark.parametrize(
    "body", ["no JSON", "[]", "{}", '{"id": 5}', '{"id": "a\\nb"}', '{"id": ""}', '{"id": "a.b"}']
)
def test_what_is_not_an_event_goes_to_the_dead_letters_at_once(
    delivery: WebhookDelivery,
    application: Application,
    sqs: "SQSClient",
    queue: str,
    dead_letters_queue: str,
    body: str,
) -> None:
    assert delivery.deliver(records(sqs, queue, body)) == []
    assert application.taken == []
    assert len(messages_in(sqs, dead_letters_queue)) == 1


def test_after_our_own_fault_only_that_event_is_retried(
    delivery: WebhookDelivery, application: Application, sqs: "SQSClient", queue: str, dead_letters_queue: str
) -> None:
    application.refused = {"b-1": RuntimeError("ours")}
    assert len(delivery.deliver(records(sqs, queue, event("a-1"), event("b-1")))) == 1
    assert messages_in(sqs, dead_letters_queue) == []


def test_logs_hold_no_address(
    delivery: WebhookDelivery,
    application: Application,
    sqs: "SQSClient",
    queue: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    application.refused = {"b-1": Undelivered("the answer was 500"), "c-1": Undelivered("gone", is_final=True)}
    with caplog.at_level(logging.INFO, "webhooks"):
        delivery.deliver(records(sqs, queue, event("a-1"), event("b-1"), event("c-1"), "x@example.net"))
    assert len(caplog.records) == 4
    assert not any("@" in str(vars(record)) for record in caplog.records)


def test_if_an_event_cannot_be_put_off_only_that_event_is_retried(
    delivery: WebhookDelivery, application: Application, sqs: "SQSClient", queue: str
) -> None:
    """If the batch failed as a whole, its neighbours would be posted twice."""
    application.refused = {"2": Undelivered("the answer was 500")}
    first, second, third = records(sqs, queue, event("1"), event("2"), event("3"))
    gone = second | {"receiptHandle": "of-another-reception"}
    assert delivery.deliver([first, gone, third]) == [second["messageId"]]
    assert len(application.taken) == 2
