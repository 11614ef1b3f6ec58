"""The story: the events of four senders on one domain, published as SES would, and archived as Firehose would."""

import gzip
import json
import re
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote_plus

from ses_feedback_cli.demo.local_aws import Failed, LocalAws
from ses_feedback_cli.demo.stack import ALERT_SENDER, Stack

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

DOMAIN = "example.com"
SENDERS = ("dev@example.com", "staging@example.com", "news@example.com")
SECOND_CHANNEL = "ses-feedback-team-customer-service"

_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z")


@dataclass(frozen=True, slots=True)
class StoryEvent:
    """One event of the story: its file, and its text as published."""

    file: Path
    text: str


def verify_identities(aws: LocalAws) -> None:
    """What an owner has beforehand: a verified domain and senders, and a second channel for one team."""
    ses = aws.client("ses")
    ses.verify_domain_identity(Domain=DOMAIN)
    for address in (ALERT_SENDER, *SENDERS):
        ses.verify_email_identity(EmailAddress=address)
    aws.client("sns").create_topic(Name=SECOND_CHANNEL)


def check_identities(stack: Stack) -> None:
    """Raises `Failed` unless the deployment pointed the domain at the stack's topic."""
    answer = stack.aws.client("ses").get_identity_notification_attributes(Identities=[DOMAIN])
    attributes = answer["NotificationAttributes"][DOMAIN]
    if {attributes.get("BounceTopic"), attributes.get("ComplaintTopic")} != {stack.outputs["FeedbackTopic"]}:
        raise Failed(f"{DOMAIN} does not report to the stack: {stack.outputs.get('SesSummary')}", stack.aws.log)


def publish_story(stack: Stack, events: Path) -> list[StoryEvent]:
    """Publishes the files of `events/story` in order, with times within the last hour."""
    sns = stack.aws.client("sns")
    files = sorted((events / "story").iterdir())
    texts = _brought_to_now([file.read_text(encoding="utf-8") for file in files])
    for text in texts:
        sns.publish(TopicArn=stack.outputs["FeedbackTopic"], Message=text)
    return [StoryEvent(file, text) for file, text in zip(files, texts, strict=True)]


def archive(stack: Stack, events: Path) -> str:
    """Puts the Firehose object of `events/archive` where Firehose would; returns its key."""
    source = next((events / "archive").glob("*.gz"))
    text = gzip.decompress(source.read_bytes()).decode()
    key = f"events/{datetime.now(UTC):%Y/%m/%d/%H}/{source.name}"
    body = gzip.compress(_brought_to_now([text])[0].encode(), mtime=0)
    stack.aws.client("s3").put_object(Bucket=stack.outputs["ArchiveBucket"], Key=key, Body=body)
    return key


def announcement(events: Path, bucket: str, key: str) -> dict[str, Any]:
    """The sample of what S3 announces, naming this object."""
    event: dict[str, Any] = json.loads((events / "s3_object_created.json").read_text(encoding="utf-8"))
    [record] = event["Records"]
    record["s3"]["bucket"] |= {"name": bucket, "arn": f"arn:aws:s3:::{bucket}"}
    record["s3"]["object"]["key"] = quote_plus(key, safe="/")
    return event


def wait_until_calm(stack: Stack, seconds: float = 90) -> None:
    """Waits until the queues are empty and every alert has been sent."""
    deadline = time.monotonic() + seconds
    calm = 0
    while calm < 2:
        waiting = _waiting(stack)
        calm = 0 if waiting else calm + 1
        if time.monotonic() > deadline:
            raise Failed(f"after {seconds:.0f} s the stack is still working: {waiting}", stack.aws.log)
        time.sleep(0.4)


def _waiting(stack: Stack) -> str:
    """What is still in flight, in words; empty when all is done."""
    sqs, outputs = stack.aws.client("sqs"), stack.outputs
    names = ("FeedbackQueue", "ArchiveQueue", "AlertQueue")
    counts = {name: _messages(sqs, outputs[name]) for name in names}
    sent = {item["sk"]["S"][2:] for item in scan(stack, "AlertTable") if item["sk"]["S"].startswith("S#")}
    alerts = {item["event_id"]["S"] for item in scan(stack, "LedgerTable") if "alert" in item}
    parts = [f"{count} in {name}" for name, count in counts.items() if count]
    if unsent := alerts - sent:
        parts.append(f"{len(unsent)} alerts to send")
    return ", ".join(parts)


def _messages(sqs: "SQSClient", url: str) -> int:
    attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    return sum(int(number) for name, number in attributes.items() if name.startswith("ApproximateNumberOfMessages"))


def scan(stack: Stack, output: str) -> list[dict[str, Any]]:
    """All items of one of the stack's tables, by its output."""
    pages = stack.aws.client("dynamodb").get_paginator("scan").paginate(TableName=stack.outputs[output])
    return [item for page in pages for item in page["Items"]]


def _brought_to_now(texts: list[str]) -> list[str]:
    """The same events with recent times, the newest a minute ago: after a day, they would alert nobody."""
    moments = [datetime.fromisoformat(stamp) for text in texts for stamp in _TIME.findall(text)]
    shift = datetime.now(UTC) - timedelta(minutes=1) - max(moments)

    def shifted(match: re.Match[str]) -> str:
        moment = datetime.fromisoformat(match[0]) + shift
        text = moment.isoformat(timespec="milliseconds" if "." in match[0] else "seconds")
        return text.removesuffix("+00:00") + "Z"

    return [_TIME.sub(shifted, text) for text in texts]
