"""Every function, with events that make it do everything it can do. A new function is a line in `cases`."""

import json
from itertools import product
from typing import Any

import boto3

from ses_feedback.attribute_values import attributes
from ses_feedback.settings.file import Settings
from ses_feedback.vocabulary import Urgency
from tests.conftest import REGION
from tests.faults.surroundings import REFUSED_ONCE, STACK
from tests.faults.world import Case
from tests.samples import changed, load
from tests.sns import http_request, message, signed

ARCHIVE_BUCKET, ARCHIVE_KEY = "archive", "events/2026/11/20/10/cases.gz"

_FEEDBACK = (
    "story/04_production_hard_bounce.json",
    "story/02_staging_soft_bounce.json",
    "story/11_marketing_hard_bounces.json",
    "story/06_production_delivery.json",
)


def cases(settings: Settings) -> list[Case]:
    return [
        Case("process_feedback", "feedback", (*_bodies(), '{"eventType": "Bounce", "bou')),
        Case("watch_archive", "archive", (json.dumps(_object_created()), '{"Records": 7}')),
        Case("route_alerts", "alerts", tuple(map(json.dumps, (*alerts(settings)[::3], {"flush": "nobody"})))),
        Case("publish_alerts", event=_stream(alerts(settings)[:12])),
        Case("publish_feedback", event=_stream(alerts(settings)[:12])),
        Case("post_webhook", "webhooks", (*_webhooks("first-1", REFUSED_ONCE, "last-1"), '{"id": 7}')),
        Case("receive_feedback", event=http_request(signed(message()))),
        Case("receive_feedback", event=http_request(signed(message("UnsubscribeConfirmation"))), what="unsubscribed"),
        Case("answer_requests", event=_suppress()),
        Case("back_up", event={}),
        Case("configure_alarms", event=_deployment()),
        Case("configure_identities", event=_deployment()),
    ]


def _suppress() -> Any:
    path = "/addresses/jane@example.net/suppress"
    event = changed(load("api_reinstate.json"), "routeKey", "POST /addresses/{address}/suppress")
    return changed(event, "rawPath", path)


def alerts(settings: Settings) -> list[dict[str, Any]]:
    """One for every team, environment, message stream and urgency, each about a different reader."""
    image = load("dynamodb_stream_alert.json")["Records"][0]["dynamodb"]["NewImage"]
    row = {name: next(iter(value.values())) for name, value in image.items()}
    whose = list(product(settings.teams, settings.environments, settings.message_streams, Urgency))
    return [
        row
        | {"event_id": f"e{number:03}", "recipient": f"r{number}.{team}@example.net", "alert": str(urgency)}
        | {"team": team, "environment": environment, "message_stream": stream, "rank": 3, "expires_at": 1858238778}
        for number, (team, environment, stream, urgency) in enumerate(whose)
    ]


def put_archive_object() -> None:
    """Two abuse reports, a bounce, events that are only counted, and a broken document."""
    lines = [load(f"ses/{name}.json") for name in ("event_complaint", "event_send", "event_bounce", "event_delivery")]
    text = "\n".join([*map(json.dumps, lines), '{"eventType": "Bounce", "bou', json.dumps(lines[0])])
    s3 = boto3.client("s3", region_name=REGION)
    s3.create_bucket(Bucket=ARCHIVE_BUCKET, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
    s3.put_object(Bucket=ARCHIVE_BUCKET, Key=ARCHIVE_KEY, Body=text.encode())


def _bodies() -> list[str]:
    return [json.dumps(load(name)) for name in _FEEDBACK]


def _object_created() -> Any:
    event = changed(load("s3_object_created.json"), "Records.0.s3.bucket.name", ARCHIVE_BUCKET)
    return changed(event, "Records.0.s3.object.key", ARCHIVE_KEY)


def _webhooks(*ids: str) -> list[str]:
    body = json.loads(load("sqs_webhook.json")["Records"][0]["body"])
    return [json.dumps(body | {"id": event_id}) for event_id in ids]


def _deployment() -> Any:
    return {"RequestType": "Create", "StackId": STACK, "RequestId": "request-1", "LogicalResourceId": "Settings"}


def _stream(rows: list[dict[str, Any]]) -> Any:
    return {"Records": [{"eventName": "INSERT", "dynamodb": {"NewImage": attributes(row)}} for row in rows]}
