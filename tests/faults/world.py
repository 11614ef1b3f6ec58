"""The functions, with the tables, queues, topics and mails around them, on moto: brought their events until all is
done, and looked at as a whole.
"""

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from types import ModuleType
from typing import TYPE_CHECKING, Any

from moto.backends import get_backend
from moto.core.models import DEFAULT_ACCOUNT_ID as ACCOUNT_ID

from tests.conftest import ALERT_TABLE, REGION, TABLE
from tests.faults.injector import Injector, Killed
from tests.handlers.conftest import Context
from tests.stores import items_in, messages_in

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_sqs import SQSClient

_TIRELESS = 60


@dataclass(frozen=True, slots=True)
class Case:
    """A function, and what its trigger brings: messages of the queue with this name, or one plain event."""

    function: str
    queue: str = ""
    bodies: tuple[str, ...] = ()
    event: Any = None

    def __str__(self) -> str:
        return self.function


@dataclass
class Clock:
    """Seconds since 1970, as route_alerts asks for them; every delivery is half a minute later."""

    now: float = 1_795_000_000.0

    def time(self) -> float:
        return self.now


@dataclass
class World:
    """`queues` are the URLs by name; `mails` counts how often each alert was mailed."""

    dynamodb: "DynamoDBClient"
    sqs: "SQSClient"
    queues: dict[str, str]
    load: Callable[[str], ModuleType]
    injector: Injector
    clock: Clock = field(default_factory=Clock)
    mails: Counter[str] = field(default_factory=Counter)
    inboxes: Counter[tuple[str, str]] = field(default_factory=Counter)
    _on_its_way: dict[str, Any] = field(default_factory=dict)

    def empty(self) -> None:
        self.injector.watch()
        self.mails.clear()
        self.inboxes.clear()
        for table in get_backend("dynamodb")[ACCOUNT_ID][REGION].tables.values():  # at once, since it is done often
            table.items.clear()
        for queue in get_backend("sqs")[ACCOUNT_ID][REGION].queues.values():
            queue._messages, queue._pending_messages, queue.deleted_messages = [], set(), set()

    def run(self, case: Case, module: ModuleType, faults: Callable[[], None] = lambda: None) -> int:
        """Brings the events until all is done, `faults` into the first delivery; how many calls the first made."""
        for body in case.bodies:
            self.sqs.send_message(QueueUrl=self.queues[case.queue], MessageBody=body)
        faults()
        calls = self._deliver(case, module)
        for _ in range(_TIRELESS):
            if calls is None:
                self.injector.watch()
            if not (case.queue and self._waiting(case.queue)) and calls is not None:
                return calls
            again = self._deliver(case, module)
            calls = again if calls is None else calls
        raise AssertionError(f"{case.function} never gets done")

    def _deliver(self, case: Case, module: ModuleType) -> int | None:
        """One invocation; None where the process died or the event failed as a whole."""
        self.clock.now += 100
        if not case.queue:
            try:
                module.handler(case.event, Context())
            except (Killed, Exception):
                return None
            return len(self.injector.calls)
        messages = self._receive(case.queue)
        event = {"Records": [_record(message) for message in messages]}
        try:
            answer = module.handler(event, Context())
        except (Killed, Exception):
            self._let_see_again(case.queue, messages)
            return None
        failed = {one["itemIdentifier"] for one in answer["batchItemFailures"]}
        calls = len(self.injector.calls)
        self.injector.watch()
        for message in messages:
            if message["MessageId"] not in failed:
                self.sqs.delete_message(QueueUrl=self.queues[case.queue], ReceiptHandle=message["ReceiptHandle"])
        self._let_see_again(case.queue, [m for m in messages if m["MessageId"] in failed])
        return None if failed else calls

    def _receive(self, queue: str) -> list[Any]:
        found: list[Any] = []
        while more := self.sqs.receive_message(QueueUrl=self.queues[queue], MaxNumberOfMessages=10).get("Messages"):
            found += more
        return found

    def _let_see_again(self, queue: str, messages: list[Any]) -> None:
        self.injector.watch()
        for message in messages:
            self.sqs.change_message_visibility(
                QueueUrl=self.queues[queue], ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=0
            )

    def _waiting(self, queue: str) -> bool:
        found = self.sqs.get_queue_attributes(QueueUrl=self.queues[queue], AttributeNames=["All"])["Attributes"]
        visible, hidden = found["ApproximateNumberOfMessages"], found["ApproximateNumberOfMessagesNotVisible"]
        return int(visible) + int(hidden) > 0

    def __post_init__(self) -> None:
        self.injector.on_performed = self._note_performed

    def note_mail(self, params: dict[str, Any], **_: Any) -> None:
        """A mail on its way to SES, which may still be lost."""
        self._on_its_way = params

    def _note_performed(self, operation: str) -> None:
        """SES took this mail: whose inbox it went to, and which alerts it holds."""
        if operation != "SendEmail":
            return
        params = self._on_its_way
        mail = message_from_bytes(params["Content"]["Raw"]["Data"], policy=policy.default)
        body = mail.get_body(("plain",))
        lines = str(body.get_content()).splitlines() if body else []
        told = [line.removeprefix("--- ").strip() for line in lines if line.startswith("--- ")]
        self.mails.update(told)
        self.inboxes.update((to, one) for to in params["Destination"]["ToAddresses"] for one in told)

    def outcome(self) -> dict[str, Any]:
        """Everything that should be the same however often events came: doubles in queues count once."""
        ledger = {key: _without(item, "rev") for key, item in items_in(self.dynamodb, TABLE).items()}
        alerts = {key for key in items_in(self.dynamodb, ALERT_TABLE) if key[1] != "WINDOW"}
        sent = {name: _messages(self.sqs, url) for name, url in self.queues.items()}
        return {"ledger": ledger, "alerts": alerts, "queues": sent, "told": set(self.mails)}


def _record(message: Any) -> dict[str, Any]:
    return {
        "messageId": message["MessageId"],
        "receiptHandle": message["ReceiptHandle"],
        "body": message["Body"],
        "attributes": {},
        "messageAttributes": {},
        "eventSource": "aws:sqs",
        "eventSourceARN": "arn:aws:sqs:eu-central-1:111122223333:queue",
    }


def _messages(sqs: "SQSClient", url: str) -> set[tuple[str, ...]]:
    """Bodies with their cause and place; the origin of a letter is the id of a message, and those differ."""
    found = messages_in(sqs, url)
    for message in found:
        sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=0)
    return {(message["Body"], *_facts(message)) for message in found}


def _facts(message: Any) -> list[str]:
    named = message.get("MessageAttributes", {})
    return [named[name]["StringValue"] for name in ("Cause", "Place", "Function") if name in named]


def _without(item: dict[str, Any], *names: str) -> str:
    kept = {name: sorted(v) if isinstance(v, frozenset) else v for name, v in item.items() if name not in names}
    return json.dumps(kept, sort_keys=True, default=str)
