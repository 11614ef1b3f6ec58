"""The stack in the field: tests send storms to it, kill its workers, and make its connection to AWS unreliable."""

import json
import os
import signal
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ses_feedback.attribute_values import Row
from ses_feedback_cli.demo.stack import STACK_NAME, Stack
from tests.faults.storm import comparable

FUNCTIONS = ("ProcessFeedback", "PublishAlerts", "PublishFeedback", "RouteAlerts", "WatchArchive")
"""Those that storms pass through; deployments, a schedule or HTTPS requests call the others."""


@dataclass(frozen=True, slots=True)
class Field:
    stack: Stack

    def client(self, service: str) -> Any:
        return self.stack.aws.client(service)

    def send(self, bodies: Iterable[str], pause: float = 0, most: int = sys.maxsize) -> dict[str, float]:
        """Into the feedback queue, ten to a request, no more than `most` there at once; when each was sent."""
        sqs, url = self.client("sqs"), self.stack.outputs["FeedbackQueue"]
        waiting, sent_at = list(bodies), dict[str, float]()
        for start in range(0, len(waiting), 10):
            while start % 200 == 0 and self._messages("FeedbackQueue") > most - 200:
                time.sleep(0.1)
            batch = waiting[start : start + 10]
            sqs.send_message_batch(
                QueueUrl=url, Entries=[{"Id": str(n), "MessageBody": body} for n, body in enumerate(batch)]
            )
            sent_at |= dict.fromkeys(batch, time.time())
            time.sleep(pause)
        return sent_at

    def wait(self, seconds: float, *names: str) -> None:
        """Until the queues have been empty for a moment; the feedback queue alone unless others are named."""
        deadline, calm = time.monotonic() + seconds, 0
        while calm < 3:
            waiting = sum(self._messages(name) for name in names or ("FeedbackQueue",))
            calm = 0 if waiting else calm + 1
            assert time.monotonic() < deadline, f"{waiting} messages are still there after {seconds:.0f} s"
            time.sleep(0.3)

    def _messages(self, name: str) -> int:
        answer = self.client("sqs").get_queue_attributes(QueueUrl=self.stack.outputs[name], AttributeNames=["All"])[
            "Attributes"
        ]
        return sum(int(answer[f"ApproximateNumberOfMessages{end}"]) for end in ("", "NotVisible", "Delayed"))

    def ledger(self, domain: str) -> dict[tuple[str, str], Row]:
        """The items of the addresses at a domain."""
        pages = self.client("dynamodb").get_paginator("scan").paginate(TableName=self.stack.outputs["LedgerTable"])
        items = (item for page in pages for item in page["Items"])
        return comparable(item for item in items if item["pk"]["S"].endswith(f"@{domain}"))

    def dead_letters(self) -> list[Any]:
        """All of them; they stay in the queue."""
        sqs, url, found = self.client("sqs"), self.stack.outputs["DeadLetters"], dict[str, Any]()
        while new := sqs.receive_message(
            QueueUrl=url,
            MaxNumberOfMessages=10,
            VisibilityTimeout=300,
            MessageAttributeNames=["All"],
            MessageSystemAttributeNames=["All"],
        ).get("Messages"):
            found |= {message["MessageId"]: message for message in new}
        for message in found.values():
            sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=0)
        return list(found.values())

    def clear_dead_letters(self) -> None:
        sqs, url = self.client("sqs"), self.stack.outputs["DeadLetters"]
        while new := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
            for message in new:
                sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])

    def kill_a_worker(self, choose: Callable[[list[int]], int], seconds: float = 20) -> None:
        """SIGKILL to one of the processes that run FUNCTIONS; waits until there is one."""
        deadline = time.monotonic() + seconds
        while not (workers := self._workers()):
            assert time.monotonic() < deadline, "no function worker runs"
            time.sleep(0.02)
        with suppress(ProcessLookupError):
            os.kill(choose(workers), signal.SIGKILL)

    def _workers(self) -> list[int]:
        """The processes that run FUNCTIONS: MiniStack starts each from a folder in `scratch` that has its name."""
        folders = [f"{self.stack.aws.scratch}/ministack-lambda-{STACK_NAME}-{name}-".encode() for name in FUNCTIONS]
        workers = []
        for process in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):
                command = (process / "cmdline").read_bytes()  # empty once it has died
                if any(folder in command for folder in folders):
                    workers.append(int(process.name))
        return sorted(workers)

    @contextmanager
    def reached_by(self, url: str) -> Iterator[None]:
        """Makes the functions call AWS at this URL for a while."""
        self._set_endpoint(url)
        try:
            yield
        finally:
            self._set_endpoint(self.stack.aws.url)

    def _set_endpoint(self, url: str) -> None:
        client = self.client("lambda")
        found = self.client("cloudformation").describe_stack_resources(StackName=STACK_NAME)["StackResources"]
        names = {one["LogicalResourceId"]: one["PhysicalResourceId"] for one in found}
        for name in FUNCTIONS:
            variables = client.get_function_configuration(FunctionName=names[name])["Environment"]["Variables"]
            client.update_function_configuration(
                FunctionName=names[name], Environment={"Variables": variables | {"AWS_ENDPOINT_URL": url}}
            )

    def listen(self, name: str) -> str:
        """A new queue of the customer's that receives the bus's events from now on."""
        sqs, events, bus = self.client("sqs"), self.client("events"), self.stack.outputs["FeedbackEventBus"]
        url = str(sqs.create_queue(QueueName=name)["QueueUrl"])
        arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        events.put_rule(Name=name, EventBusName=bus, EventPattern=json.dumps({"source": ["ses-feedback"]}))
        events.put_targets(Rule=name, EventBusName=bus, Targets=[{"Id": "own", "Arn": arn}])
        return url

    def heard(self, url: str, expected: set[str], seconds: float) -> set[str]:
        """The addresses of the events in such a queue, once it has all that are expected or time is up."""
        sqs, found, deadline = self.client("sqs"), set[str](), time.monotonic() + seconds
        while not expected <= found and time.monotonic() < deadline:
            messages = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=1).get(
                "Messages", []
            )
            found |= {json.loads(message["Body"])["detail"]["data"]["address"] for message in messages}
        return found

    def archive(self, key: str, lines: Iterable[Any]) -> None:
        body = "\n".join(map(json.dumps, lines)).encode()
        self.client("s3").put_object(Bucket=self.stack.outputs["ArchiveBucket"], Key=f"events/{key}", Body=body)
