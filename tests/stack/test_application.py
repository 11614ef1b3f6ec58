"""What the customer's application gets from the deployed stack: signed webhooks, and events on a bus."""

import json
import time
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from standardwebhooks.webhooks import Webhook

from ses_feedback.decision.override import suppression_of
from ses_feedback.ledger.table import Ledger
from ses_feedback.settings.file import Settings
from tests.https_server import Answer, HttpsServer, Request
from tests.stack.driver import Driver
from tests.stack.test_stack import to_domain

PATIENCE_SECONDS = 90


@pytest.fixture
def domain() -> str:
    """A domain of recipients that no other test uses."""
    return f"{uuid.uuid4().hex[:12]}.example"


def wait_for[T](look: Callable[[], T], is_enough: Callable[[T], bool]) -> T:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not is_enough(result := look()) and time.monotonic() < deadline:
        time.sleep(0.1)
    return result


def posts(application: HttpsServer, domain: str) -> list[Request]:
    return [request for request in list(application.requests) if domain.encode() in request.body]


def secret(driver: Driver) -> str:
    client = driver.stack.aws.client("secretsmanager")
    return str(client.get_secret_value(SecretId=driver.stack.outputs["WebhookSecret"])["SecretString"])


def test_a_bounce_reaches_the_application_signed_and_is_retried_until_it_is_accepted(
    driver: Driver, application: HttpsServer, domain: str
) -> None:
    application.answers_to[domain.encode()] = [Answer(503), Answer(404), Answer(204)]
    driver.publish(to_domain(driver.load("ses/event_bounce.json"), domain))
    tried = wait_for(lambda: posts(application, domain), lambda received: len(received) >= 3)
    assert len(tried) == 3
    assert len({request.headers["webhook-id"] for request in tried}) == 1
    event = Webhook(secret(driver)).verify(tried[2].body, tried[2].headers)
    assert (event["type"], event["data"]["effect"]) == ("feedback.bounce", "suppressed")
    assert event["data"]["address"].endswith(f"@{domain}")
    assert event["data"]["event_id"] == driver.rows(domain)[0]["event_id"]


def test_an_application_that_is_gone_gets_no_more_and_the_event_becomes_a_dead_letter(
    driver: Driver, application: HttpsServer, domain: str
) -> None:
    application.answers_to[domain.encode()] = [Answer(410), Answer(204)]
    driver.publish(to_domain(driver.load("story/05_production_complaint.json"), domain))
    [dead_letter] = wait_for(lambda: driver.dead_letters(domain), bool)
    assert dead_letter["MessageAttributes"]["Cause"]["StringValue"] == "the answer was 410, at attempt 1"
    assert dead_letter["MessageAttributes"]["Function"]["StringValue"] == "post_webhook"
    assert len(posts(application, domain)) == 1


def test_the_bus_delivers_to_a_queue_of_the_customer(driver: Driver, application: HttpsServer, domain: str) -> None:
    events, sqs = driver.stack.aws.client("events"), driver.stack.aws.client("sqs")
    bus, url = driver.stack.outputs["FeedbackEventBus"], sqs.create_queue(QueueName=f"own-{domain[:12]}")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    pattern = {"source": ["ses-feedback"], "detail": {"data": {"effect": ["suppressed"]}}}
    events.put_rule(Name="own", EventBusName=bus, EventPattern=json.dumps(pattern))
    events.put_targets(Rule="own", EventBusName=bus, Targets=[{"Id": "own", "Arn": arn}])
    driver.publish(
        to_domain(driver.load("story/02_staging_soft_bounce.json"), domain),
        to_domain(driver.load("story/05_production_complaint.json"), domain),
    )
    messages: list[Any] = wait_for(lambda: sqs.receive_message(QueueUrl=url).get("Messages", []), bool)
    event = json.loads(messages[0]["Body"])
    assert (event["source"], event["detail-type"]) == ("ses-feedback", "feedback.complaint")
    assert event["detail"]["data"]["address"] == f"marta.lind@{domain}"
    wait_for(lambda: posts(application, domain), lambda received: len(received) >= 2)
    assert "suppressed" not in json.dumps(sqs.receive_message(QueueUrl=url).get("Messages", []))


def test_what_an_operator_decides_reaches_the_application_in_its_own_form(
    driver: Driver, application: HttpsServer, domain: str, settings: Settings
) -> None:
    ledger = Ledger(driver.stack.aws.client("dynamodb"), driver.stack.outputs["LedgerTable"], settings)
    ledger.apply(suppression_of(f"ana@{domain}", datetime.now(UTC), "ana", "asked by phone"))
    [post] = wait_for(lambda: posts(application, domain), bool)
    event = Webhook(secret(driver)).verify(post.body, post.headers)
    assert (event["type"], event["names"]) == ("suppression.added", ["suppression.added"])
    assert (event["data"]["address"], event["data"]["scope"]) == (f"ana@{domain}", "global")


def test_the_topic_delivers_to_a_queue_what_its_filter_lets_pass(driver: Driver, domain: str) -> None:
    sns, sqs = driver.stack.aws.client("sns"), driver.stack.aws.client("sqs")
    url = sqs.create_queue(QueueName=f"topic-{domain[:12]}")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    wanted = {"FilterPolicy": json.dumps({"team": ["customer_service"]}), "RawMessageDelivery": "true"}
    sns.subscribe(TopicArn=driver.stack.outputs["ApplicationTopic"], Protocol="sqs", Endpoint=arn, Attributes=wanted)
    driver.publish(
        to_domain(driver.load("story/02_staging_soft_bounce.json"), domain),
        to_domain(driver.load("story/05_production_complaint.json"), domain),
    )
    got: list[Any] = wait_for(lambda: sqs.receive_message(QueueUrl=url).get("Messages", []), bool)
    event = json.loads(got[0]["Body"])
    assert (event["names"], event["data"]["team"]) == (["email.complained", "suppression.added"], "customer_service")
    assert event["data"]["address"] == f"marta.lind@{domain}"
