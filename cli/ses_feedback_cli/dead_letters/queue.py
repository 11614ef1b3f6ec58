"""The dead-letter queue: reads all of it, sends messages back to where they belong, and deletes them."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import batched
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from ses_feedback.attribute_values import plain
from ses_feedback.errors import PartlyAccepted, Unreadable
from ses_feedback.event_row import EventRow
from ses_feedback.webhook import bus, topic
from ses_feedback.webhook.event import ApplicationEvent, application_event
from ses_feedback_cli.connection import CONFIG, open_session, outputs_of
from ses_feedback_cli.dead_letters.dead_letter import DeadLetter, FromStream, ToQueue, dead_letter_from

if TYPE_CHECKING:
    from mypy_boto3_events import EventBridgeClient
    from mypy_boto3_sns import SNSClient
    from mypy_boto3_sqs import SQSClient

HELD_SECONDS = 120
"""How long a dead letter stays hidden from other readers."""

STREAM_HOURS = 24
"""DynamoDB keeps the records of a stream for a day."""

MOST_READS = 100
"""Reads of a stream for one dead letter: a batch has at most 100 records, but a read may return none."""


class CannotGoBack(Exception):
    """A dead letter that cannot be sent back; the message says why, and what to do."""


@dataclass(frozen=True, slots=True)
class DeadLetterQueue:
    """`outputs` are the stack's: the queue itself, and where to send. `streams`, `events` and `sns` are clients."""

    sqs: "SQSClient"
    streams: Any
    events: "EventBridgeClient"
    sns: "SNSClient"
    outputs: dict[str, str]

    @property
    def url(self) -> str:
        return self.outputs["DeadLetters"]

    def read(self) -> Iterator[DeadLetter]:
        """Every dead letter once; all are hidden from others until they are released, or for two minutes."""
        seen: set[str] = set()
        while messages := self.sqs.receive_message(
            QueueUrl=self.url,
            MaxNumberOfMessages=10,
            VisibilityTimeout=HELD_SECONDS,
            WaitTimeSeconds=1,
            MessageSystemAttributeNames=["All"],
            MessageAttributeNames=["All"],
        ).get("Messages"):
            dead_letters = [dead_letter_from(message) for message in messages]
            yield from (dead_letter for dead_letter in dead_letters if dead_letter.id not in seen)
            if all(dead_letter.id in seen for dead_letter in dead_letters):
                return  # we have come round: the queue is so long that the first are visible again
            seen |= {dead_letter.id for dead_letter in dead_letters}

    def release(self, dead_letters: list[DeadLetter]) -> None:
        """Makes them visible to others again."""
        for batch in batched(dead_letters, 10, strict=False):
            self.sqs.change_message_visibility_batch(
                QueueUrl=self.url,
                Entries=[
                    {"Id": str(number), "ReceiptHandle": dead_letter.receipt, "VisibilityTimeout": 0}
                    for number, dead_letter in enumerate(batch)
                ],
            )

    def put_back(self, dead_letter: DeadLetter, queue_url: str | None = None) -> str:
        """Sends it where it belongs, or to `queue_url`, and deletes it once it is accepted; returns what was done.

        Raises `CannotGoBack`; the dead letter then stays as it was.
        """
        if queue_url:
            self._send(queue_url, dead_letter.body)
            done = queue_url.rpartition("/")[2]
        elif isinstance(dead_letter.destination, ToQueue):
            self._send(self._url_of(dead_letter.destination), dead_letter.destination.body)
            done = str(dead_letter.destination)
        elif isinstance(dead_letter.destination, FromStream):
            done = self._publish_again(dead_letter.destination)
        else:
            raise CannotGoBack("it is unknown where it belongs: name the queue with --to URL")
        self.sqs.delete_message(QueueUrl=self.url, ReceiptHandle=dead_letter.receipt)
        return done

    def _send(self, queue_url: str, body: str) -> None:
        self.sqs.send_message(QueueUrl=queue_url, MessageBody=body)

    def _url_of(self, destination: ToQueue) -> str:
        if destination.output:
            return self._output(destination.output)
        name = destination.arn.rpartition(":")[2]
        try:
            return self.sqs.get_queue_url(QueueName=name)["QueueUrl"]
        except self.sqs.exceptions.QueueDoesNotExist:
            raise CannotGoBack(f"the queue {name} no longer exists: name another with --to URL") from None

    def _output(self, name: str) -> str:
        value = self.outputs.get(name)
        if not value:
            raise CannotGoBack(f"the stack has no output {name}: name the queue with --to URL")
        return value

    def _publish_again(self, part: FromStream) -> str:
        """Publishes as the stream's reader does; receivers recognise a copy by its event id."""
        where = self._output(part.output)
        if part.output == "FeedbackEventBus":
            return f"{self._publish(part, where)} events to FeedbackEventBus"
        alerts = [json.dumps(plain(image)) for image, _ in self._images(part) if "alert" in image]
        for alert in alerts:
            self._send(where, alert)
        return f"{len(alerts)} alerts to AlertQueue"

    def _publish(self, part: FromStream, bus_name: str) -> int:
        """Publishes every event that was live when it was recorded, however late that is; on the topic too, if there
        is one.

        A row that cannot be read stops no other, and keeps the dead letter where it is.
        """
        events, unreadable = list[ApplicationEvent](), list[Unreadable]()
        for image, at in self._images(part):
            try:
                if "kind" in image and (event := application_event(EventRow.from_item(plain(image)), at)):
                    events.append(event)
            except Unreadable as error:
                unreadable.append(error)
        try:
            bus.publish(self.events, bus_name, events)
            if arn := self.outputs.get("ApplicationTopic"):
                topic.publish(self.sns, arn, events)
        except PartlyAccepted as error:
            raise CannotGoBack(f"{error}: try again") from None
        if unreadable:
            raise CannotGoBack(f"{len(events)} events were published, {len(unreadable)} not: {unreadable[0]}")
        return len(events)

    def _images(self, part: FromStream) -> Iterator[tuple[dict[str, dict[str, str]], datetime]]:
        """The rows as they were written, and when."""
        try:
            iterator = self.streams.get_shard_iterator(
                StreamArn=part.stream,
                ShardId=part.shard,
                ShardIteratorType="AT_SEQUENCE_NUMBER",
                SequenceNumber=part.first,
            ).get("ShardIterator")
            for _ in range(MOST_READS if iterator else 0):
                answer = self.streams.get_records(ShardIterator=iterator)
                for record in answer["Records"]:
                    change = record["dynamodb"]
                    yield change.get("NewImage", {}), change["ApproximateCreationDateTime"].astimezone(UTC)
                    if int(change["SequenceNumber"]) >= int(part.last):
                        return
                iterator = answer.get("NextShardIterator")
                if not iterator:
                    return
        except ClientError as error:
            if error.response["Error"]["Code"] not in ("TrimmedDataAccessException", "ResourceNotFoundException"):
                raise
            raise CannotGoBack(
                f"the stream keeps its records for {STREAM_HOURS} hours, and these are gone. Their rows are in the "
                "ledger, but nobody was notified: read it with ses-feedback dead-letters show, then delete it by hand"
            ) from None


def open_dead_letters(stack: str | None) -> DeadLetterQueue:
    """The dead-letter queue of a stack, and the queues that dead letters go back to."""
    session = open_session()
    outputs = outputs_of(session, stack, "DeadLetters")
    streams, events = session.client("dynamodbstreams", config=CONFIG), session.client("events", config=CONFIG)
    sns, sqs = session.client("sns", config=CONFIG), session.client("sqs", config=CONFIG)
    return DeadLetterQueue(sqs, streams, events, sns, outputs)
