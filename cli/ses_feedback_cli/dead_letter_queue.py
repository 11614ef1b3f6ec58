"""The dead-letter queue as the commands use it: look through all of it, put messages back, and delete them."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import batched
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from ses_feedback.attribute_values import plain
from ses_feedback_cli.letter import Letter, ToAlerts, ToQueue, letter_from

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
    """`outputs` are the stack's: the queue itself and those that letters go back to."""

    sqs: "SQSClient"
    streams: Any
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
        elif isinstance(letter.destination, ToAlerts):
            done = f"{self._send_alerts(letter.destination)} alerts to AlertQueue"
        else:
            raise CannotGoBack("nothing tells where it belongs: name the queue with --to URL")
        self.sqs.delete_message(QueueUrl=self.url, ReceiptHandle=letter.receipt)
        return done

    def _send(self, queue_url: str, body: str) -> None:
        self.sqs.send_message(QueueUrl=queue_url, MessageBody=body)

    def _url_of(self, destination: ToQueue) -> str:
        if destination.output:
            url = self.outputs.get(destination.output)
            if not url:
                raise CannotGoBack(f"the stack has no output {destination.output}: name the queue with --to URL")
            return url
        name = destination.arn.rpartition(":")[2]
        try:
            return self.sqs.get_queue_url(QueueName=name)["QueueUrl"]
        except self.sqs.exceptions.QueueDoesNotExist:
            raise CannotGoBack(f"there is no queue {name} any more: name another with --to URL") from None

    def _send_alerts(self, part: ToAlerts) -> int:
        """As publish_alerts does; an alert that its team has been told is not told again."""
        url, count = self.outputs["AlertQueue"], 0
        for image in self._images(part):
            if "alert" in image:
                self._send(url, json.dumps(plain(image)))
                count += 1
        return count

    def _images(self, part: ToAlerts) -> Iterator[dict[str, dict[str, str]]]:
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
                    yield found.get("NewImage", {})
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
                "ledger, only their alerts went unheard: ses-feedback dead-letters show, then delete it by hand"
            ) from None
