"""The dead-letter queue as the commands use it: look through all of it, put messages back, and delete them."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import batched
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from ses_feedback.attribute_values import plain
from ses_feedback.event_row import EventRow
from ses_feedback.webhook.event import SOURCE, application_event, to_json
from ses_feedback_cli.dead_letters.dead_letter import FromStream, Letter, ToQueue, letter_from

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

HELD_SECONDS = 120
"""For how long a letter is hidden from others while it is looked at."""

STREAM_HOURS = 24
"""DynamoDB keeps the records of a stream for a day."""

MOST_READS = 100
"""Of a stream for one letter: a batch has 100 records at most, but a read may come back empty."""


class CannotGoBack(Exception):
    """A letter that cannot be put back; the message says why, and what can be done."""


@dataclass(frozen=True, slots=True)
class DeadLetterQueue:
    """`outputs` are the stack's: the queue itself and what letters go back to. `streams` and `events` are clients."""

    sqs: "SQSClient"
    streams: Any
    events: Any
    outputs: dict[str, str]

    @property
    def url(self) -> str:
        return self.outputs["DeadLetters"]

    def read(self) -> Iterator[Letter]:
        """Every letter once; all are hidden from others until they are released, or for two minutes."""
        seen: set[str] = set()
        while messages := self.sqs.receive_message(
            QueueUrl=self.url,
            MaxNumberOfMessages=10,
            VisibilityTimeout=HELD_SECONDS,
            WaitTimeSeconds=1,
            MessageSystemAttributeNames=["All"],
            MessageAttributeNames=["All"],
        ).get("Messages"):
            letters = [letter_from(message) for message in messages]
            yield from (letter for letter in letters if letter.id not in seen)
            if all(letter.id in seen for letter in letters):
                return  # it has come round: so many letters that the first are visible again
            seen |= {letter.id for letter in letters}

    def release(self, letters: list[Letter]) -> None:
        """Lets others see them again."""
        for batch in batched(letters, 10, strict=False):
            self.sqs.change_message_visibility_batch(
                QueueUrl=self.url,
                Entries=[
                    {"Id": str(number), "ReceiptHandle": letter.receipt, "VisibilityTimeout": 0}
                    for number, letter in enumerate(batch)
                ],
            )

    def put_back(self, letter: Letter, queue_url: str | None = None) -> str:
        """Sends it where it belongs, or to `queue_url`; deletes it once that was accepted; answers what was done.

        Raises `CannotGoBack`, with the letter as it was.
        """
        if queue_url:
            self._send(queue_url, letter.body)
            done = queue_url.rpartition("/")[2]
        elif isinstance(letter.destination, ToQueue):
            self._send(self._url_of(letter.destination), letter.destination.body)
            done = str(letter.destination)
        elif isinstance(letter.destination, FromStream):
            done = self._send_once_more(letter.destination)
        else:
            raise CannotGoBack("nothing tells where it belongs: name the queue with --to URL")
        self.sqs.delete_message(QueueUrl=self.url, ReceiptHandle=letter.receipt)
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
            raise CannotGoBack(f"there is no queue {name} any more: name another with --to URL") from None

    def _output(self, name: str) -> str:
        found = self.outputs.get(name)
        if not found:
            raise CannotGoBack(f"the stack has no output {name}: name the queue with --to URL")
        return found

    def _send_once_more(self, part: FromStream) -> str:
        """As the reader of the stream does: who was told already knows a copy by its event's id."""
        where = self._output(part.output)
        if part.output == "FeedbackEventBus":
            return f"{self._publish(part, where)} events to FeedbackEventBus"
        alerts = [json.dumps(plain(image)) for image, _ in self._images(part) if "alert" in image]
        for alert in alerts:
            self._send(where, alert)
        return f"{len(alerts)} alerts to AlertQueue"

    def _publish(self, part: FromStream, bus: str) -> int:
        """What was live when it was recorded is told, however late that is."""
        rows = ((EventRow.from_item(plain(image)), at) for image, at in self._images(part) if "kind" in image)
        told = [event for row, at in rows if (event := application_event(row, at))]
        for batch in batched(told, 10, strict=False):
            entries = [
                {"EventBusName": bus, "Source": SOURCE, "DetailType": one["type"], "Detail": to_json(one)}
                for one in batch
            ]
            if failed := self.events.put_events(Entries=entries)["FailedEntryCount"]:
                raise CannotGoBack(f"EventBridge took all but {failed} of {len(entries)} events: try again")
        return len(told)

    def _images(self, part: FromStream) -> Iterator[tuple[dict[str, dict[str, str]], datetime]]:
        """Rows as they were written, and when that was."""
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
                    found = record["dynamodb"]
                    yield found.get("NewImage", {}), found["ApproximateCreationDateTime"].astimezone(UTC)
                    if int(found["SequenceNumber"]) >= int(part.last):
                        return
                iterator = answer.get("NextShardIterator")
                if not iterator:
                    return
        except ClientError as error:
            if error.response["Error"]["Code"] not in ("TrimmedDataAccessException", "ResourceNotFoundException"):
                raise
            raise CannotGoBack(
                f"the stream keeps its records for {STREAM_HOURS} hours, and these are gone; the rows are in the "
                "ledger, only nobody was told of them: ses-feedback dead-letters show, then delete it by hand"
            ) from None
