"""Drives the deployed stack: publishes as SES would, waits, and reads the outcome."""

import json
import urllib.request
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ses_feedback.attribute_values import Attributes, Row, plain
from ses_feedback.timestamp import to_text
from ses_feedback_cli.demo import story
from ses_feedback_cli.demo.stack import Stack


@dataclass(frozen=True, slots=True)
class Driver:
    stack: Stack
    events: Path

    def load(self, name: str) -> dict[str, Any]:
        """A bare SES event of `events/`, its times moved to now."""
        loaded: dict[str, Any] = json.loads((self.events / name).read_text(encoding="utf-8"))
        now = to_text(datetime.now(UTC))
        for part in loaded.values():
            if isinstance(part, dict) and "timestamp" in part:
                part["timestamp"] = now
        return loaded

    def publish(self, *messages: dict[str, Any] | str) -> None:
        sns, topic = self.stack.aws.client("sns"), self.stack.outputs["FeedbackTopic"]
        for message in messages:
            sns.publish(TopicArn=topic, Message=message if isinstance(message, str) else json.dumps(message))

    def enqueue(self, messages: Iterable[str]) -> None:
        """Straight into the feedback queue, ten to a request."""
        sqs, url = self.stack.aws.client("sqs"), self.stack.outputs["FeedbackQueue"]
        batch: list[dict[str, str]] = []
        for number, message in enumerate(messages):
            batch.append({"Id": str(number), "MessageBody": message})
            if len(batch) == 10:
                sqs.send_message_batch(QueueUrl=url, Entries=batch)
                batch = []
        if batch:
            sqs.send_message_batch(QueueUrl=url, Entries=batch)

    def settle(self, seconds: float = 60) -> None:
        story.wait_until_calm(self.stack, seconds)

    def items(self, domain: str) -> list[Attributes]:
        """The ledger's items of addresses at a domain, keys included."""
        items = story.scan(self.stack, "LedgerTable")
        return [item for item in items if item["pk"]["S"].endswith(f"@{domain}")]

    def rows(self, domain: str) -> list[Row]:
        return [plain(item) for item in self.items(domain) if item["sk"]["S"].startswith("E#")]

    def mails(self, team_address: str) -> list[dict[str, Any]]:
        with urllib.request.urlopen(f"{self.stack.aws.url}/_ministack/ses/messages") as answer:
            messages = json.load(answer)["messages"]
        return [mail for sent in messages.values() for mail in sent if team_address in mail["To"]]

    def dead_letters(self, holding: str) -> list[dict[str, Any]]:
        """Those whose body or attributes contain a text; the messages stay in the queue."""
        sqs, url = self.stack.aws.client("sqs"), self.stack.outputs["DeadLetters"]
        messages: dict[str, dict[str, Any]] = {}
        while new := sqs.receive_message(
            QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=3, MessageAttributeNames=["All"]
        ).get("Messages"):
            messages |= {message["MessageId"]: message for message in new}
        return [message for message in messages.values() if holding in json.dumps(message, default=str)]


def total(mail: dict[str, Any]) -> int:
    """How many alerts a mail is about. Its first line says so: "812 bounces"."""
    first = next(line for line in mail["BodyText"].splitlines() if line.strip())
    return sum(int(word.replace(",", "")) for word in first.split() if word.replace(",", "").isdigit())
