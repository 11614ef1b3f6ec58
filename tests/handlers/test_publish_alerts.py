"""publish_alerts, as the ledger's stream calls it."""

import json
from typing import TYPE_CHECKING, Any

import pytest

from ses_feedback.alerts.alert import alert_from
from ses_feedback.attribute_values import attributes
from ses_feedback.decision.decide import decide
from ses_feedback.errors import PartlyAccepted
from ses_feedback.ledger.rows import event_row
from ses_feedback.settings.file import Settings
from ses_feedback.vocabulary import Urgency
from tests.handlers.conftest import Context, Load
from tests.samples import load, one
from tests.stores import messages_in

if TYPE_CHECKING:
    from mypy_boto3_sns import SNSClient
    from mypy_boto3_sqs import SQSClient


@pytest.fixture
def alert_queue(sns: "SNSClient", sqs: "SQSClient", alerts_topic: str) -> str:
    """A queue that gets what the topic gets."""
    url = sqs.create_queue(QueueName="alerts")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    sns.subscribe(TopicArn=alerts_topic, Protocol="sqs", Endpoint=arn, Attributes={"RawMessageDelivery": "true"})
    return url


def stream(settings: Settings, number: int, alert: Urgency | None = Urgency.DIGEST) -> dict[str, Any]:
    """As the stream of the ledger reports new rows."""
    row = event_row(decide(one(load("story/04_production_hard_bounce.json")), settings), alert, 730).to_item()
    images = [
        attributes(row | {"event_id": f"event-{n}"}) | {"pk": {"S": "A#x"}, "sk": {"S": "E#x"}} for n in range(number)
    ]
    return {"Records": [{"eventName": "INSERT", "dynamodb": {"NewImage": image}} for image in images]}


def test_every_new_row_with_an_alert_is_published_as_the_alert_it_is(
    function: Load, context: Context, settings: Settings, sqs: "SQSClient", alert_queue: str
) -> None:
    function("publish_alerts").handler(stream(settings, 23), context)
    alerts = [alert_from(json.loads(message["Body"])) for message in messages_in(sqs, alert_queue)]
    assert sorted(alert.event_id for alert in alerts) == sorted(f"event-{number}" for number in range(23))
    assert {(alert.team, alert.recipient) for alert in alerts} == {("customer_service", "oliver.hayes@example.net")}


def test_rows_without_an_alert_and_deletions_are_skipped(
    function: Load, context: Context, settings: Settings, sqs: "SQSClient", alert_queue: str
) -> None:
    event = stream(settings, 2, alert=None)
    event["Records"].append({"eventName": "REMOVE", "dynamodb": {"Keys": {}}})
    function("publish_alerts").handler(event, context)
    assert messages_in(sqs, alert_queue) == []


def test_an_alert_that_sns_did_not_accept_raises_so_that_the_batch_is_retried(
    function: Load, context: Context, settings: Settings
) -> None:
    def refuse_one(parsed: dict[str, Any], **_: Any) -> None:
        parsed["Failed"] = [{"Id": "0", "Code": "InternalError"}]

    module = function("publish_alerts")
    module.sns.meta.events.register("after-call.*.PublishBatch", refuse_one)
    with pytest.raises(PartlyAccepted, match="all but 1 of 3 alerts: InternalError"):
        module.handler(stream(settings, 3), context)
