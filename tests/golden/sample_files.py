"""Every file of events/, through each handler that it fits."""

import base64
import gzip
import json
from pathlib import Path
from typing import Any
from urllib.parse import unquote_plus

from tests.golden.envelopes import queued
from tests.golden.lines import letter_lines
from tests.golden.play import Play
from tests.golden.world import ROOT

EVENTS = ROOT / "events"
ARCHIVES = ("archive/production-2026-11-20.jsonl.gz", "archive/undelimited.json")


def play_samples(play: Play) -> None:
    paths = sorted(path for path in EVENTS.rglob("*") if path.suffix in (".json", ".txt"))
    texts = {path.relative_to(EVENTS).as_posix(): path.read_text(encoding="utf-8") for path in paths}
    play.explain(texts, cards=True)
    for name, text in texts.items():
        event = json.loads(text) if name.endswith(".json") and name not in ARCHIVES else queued(text)
        _play(play, name, event)
        play.tell_teams(f"{name} mails")
    for number, name in enumerate(ARCHIVES):
        _watch(play, name, as_batch=bool(number))
    _post_webhooks(play)
    _receive(play)


def _play(play: Play, name: str, event: Any) -> None:
    match name:
        case "dynamodb_stream_alert.json":
            for function in ("publish_alerts", "publish_feedback"):
                play.feed(name, function, event)
            play.pending += [message["body"] for message in play.world.messages("AlertQueue")]
            bus = [entry | {"Detail": json.loads(entry["Detail"])} for entry in play.world.take_bus()]
            play.add(f"{name} told", {"alerts": [json.loads(body) for body in play.pending], "bus": bus}, {})
        case "sqs_alert.json":
            play.pending += [record["body"] for record in event["Records"]]
        case "cloudformation_create.json":
            pass  # not for process_feedback
        case "s3_test_event.json" | "sqs_s3_test_event.json":
            play.feed(name, "watch_archive", event)
            play.feed(name, "process_feedback", event)
        case _:
            play.feed(name, "process_feedback", event)


def _watch(play: Play, name: str, *, as_batch: bool) -> None:
    """An object of the archive, as S3 or its queue announces it; then the reports that it queued."""
    event = json.loads((EVENTS / "s3_object_created.json").read_text(encoding="utf-8"))
    where = event["Records"][0]["s3"]
    body = (EVENTS / name).read_bytes()
    key = unquote_plus(where["object"]["key"])
    packed = body if name.endswith(".gz") else gzip.compress(body, mtime=0)
    play.world.client("s3").put_object(Bucket=where["bucket"]["name"], Key=key, Body=packed)
    forwarded = play.feed(name, "watch_archive", queued(json.dumps(event)) if as_batch else event)
    for number, text in enumerate(forwarded, 1):
        play.feed(f"{name} report {number}", "process_feedback", queued(text))
    play.tell_teams(f"{name} mails")


def _post_webhooks(play: Play) -> None:
    event = json.loads((EVENTS / "sqs_webhook.json").read_text(encoding="utf-8"))
    sqs, url = play.world.client("sqs"), play.world.urls["WebhookQueue"]
    for status in (204, 500, 302, 410):
        play.application.statuses = [status]
        sqs.send_message(QueueUrl=url, MessageBody=event["Records"][0]["body"])
        [message] = sqs.receive_message(QueueUrl=url)["Messages"]
        event["Records"][0]["receiptHandle"] = message["ReceiptHandle"]
        play.feed(f"sqs_webhook.json answered {status}", "post_webhook", event)
        sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    for number, body in enumerate(("hello", "{}"), 1):
        play.feed(f"webhook odd {number}", "post_webhook", queued(body))
    posts, play.application.posts = play.application.posts, []
    play.add("webhooks posted", {"posts": posts}, {})


def _receive(play: Play) -> None:
    """What SNS posts: signed, unsigned, from a topic that may not, with a wrong password, old."""
    request = json.loads((EVENTS / "https_notification.json").read_text(encoding="utf-8"))
    bodies: dict[str, Any] = {}
    for path in sorted((EVENTS / "https").glob("*.json")):
        body = json.loads(path.read_text(encoding="utf-8"))
        bodies[f"https/{path.name} signed"] = play.application.signed(body)
    signed = bodies["https/Notification.json signed"]
    bodies["https/Notification.json forged"] = signed | {"Message": "forged"}
    bodies["https/Notification.json another topic"] = signed | {"TopicArn": f"{signed['TopicArn']}-2"}
    old = json.loads((EVENTS / "https/Notification.json").read_text(encoding="utf-8"))
    bodies["https/Notification.json old"] = play.application.signed(old | {"Timestamp": "2026-11-20T01:00:00.000Z"})
    bodies["https/Notification.json no certificate"] = signed | {"SigningCertURL": "https://evil.example/x.pem"}
    for name, body in bodies.items():
        _receive_one(play, name, request | {"body": json.dumps(body)})
    encoded = base64.b64encode(json.dumps(signed).encode()).decode()
    _receive_one(play, "https base64", request | {"body": encoded, "isBase64Encoded": True})
    wrong = request["headers"] | {"authorization": "Basic eDp5"}
    _receive_one(play, "https wrong password", request | {"headers": wrong})
    for name in ("https_notification.json", "https_subscription_confirmation.json"):
        _receive_one(play, name, json.loads(Path(EVENTS / name).read_text(encoding="utf-8")))


def _receive_one(play: Play, name: str, request: Any) -> None:
    play.feed(name, "receive_feedback", request)
    if told := play.world.messages("ArchiveQueue"):  # which hears what the operators hear
        play.add(f"{name} told", {"operators": [letter_lines(one)[0] | {"body": "(text)"} for one in told]},
                 {"operators": [one["body"] for one in told]})  # fmt: skip
