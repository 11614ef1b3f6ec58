"""The functions, with the tables, queues, topics and mails around them, on moto: their events are
delivered until all is done, and the outcome is looked at as a whole.
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

_MOST_DELIVERIES = 60


@dataclass(frozen=True, slots=True)
class Case:
    """A function, and what triggers it: messages in the queue with this name, or a single event."""

    function: str
    queue: str = ""
    bodies: tuple[str, ...] = ()
    event: Any = None
    what: str = ""

    def __str__(self) -> str:
        return f"{self.function} {self.what}".strip()


@dataclass
class Patient(Context):
    """An invocation that never runs out of time."""

    log_stream_name: str = "stream-1"

    def get_remaining_time_in_millis(self) -> int:
        return 900_000


@dataclass
class Clock:
    """Seconds since 1970, as route_alerts reads them; each delivery is 100 seconds later."""

    now: float = 1_795_000_000.0

    def time(self) -> float:
        return self.now


@dataclass
class World:
    """`queues` are the URLs by name; `mails` counts how often each alert was mailed, `heard` each event that the
    customer's application accepted. `surround` adds what only one function needs.
    """

    dynamodb: "DynamoDBClient"
    sqs: "SQSClient"
    queues: dict[str, str]
    load: Callable[[str], ModuleType]
    injector: Injector
    clock: Clock = field(default_factory=Clock)
    mails: Counter[str] = field(default_factory=Counter)
    inboxes: Counter[tuple[str, str]] = field(default_factory=Counter)
    heard: Counter[str] = field(default_factory=Counter)
    _on_its_way: dict[str, Any] = field(default_factory=dict)
    _read_outcome: Callable[[], Any] = lambda: None
    _begin: Callable[[], None] = lambda: None

    def surround(self, begin: Callable[[], None], read_outcome: Callable[[], Any] = lambda: None) -> None:
        """`begin` sets up what a function finds each time; `read_outcome` reads the outcome."""
        self._begin, self._read_outcome = begin, read_outcome
        begin()

    def empty(self) -> None:
        self.injector.watch()
        self.mails.clear()
        self.inboxes.clear()
        self.heard.clear()
        for table in get_backend("dynamodb")[ACCOUNT_ID][REGION].tables.values():  # at once, since it is done often
            table.items.clear()
        for queue in get_backend("sqs")[ACCOUNT_ID][REGION].queues.values():
            queue._messages, queue._pending_messages, queue.deleted_messages = [], set(), set()
        self._begin()

    def run(self, case: Case, module: ModuleType, faults: Callable[[], None] = lambda: None) -> int:
        """Delivers the events until all is done, first with `faults`; returns how many calls that delivery made."""
        for body in case.bodies:
            self.sqs.send_message(QueueUrl=self.queues[case.queue], MessageBody=body)
        self.injector.watch()
        faults()
        is_done, calls = self._deliver(case, module), len(self.injector.calls)
        for _ in range(_MOST_DELIVERIES):
            self.injector.watch()
            if is_done and not (case.queue and self._waiting(case.queue)):
                return calls
            is_done = self._deliver(case, module)
        raise AssertionError(f"{case.function} is never done")

    def _deliver(self, case: Case, module: ModuleType) -> bool:
        """One invocation; False if the process died, the event failed, or the HTTP answer was not 2xx."""
        self.clock.now += 100
        if not case.queue:
            try:
                answer = module.handler(case.event, Patient())
            except (Killed, Exception):
                return False
            return not isinstance(answer, dict) or 200 <= answer.get("statusCode", 200) < 300
        messages = self._receive(case.queue)
        event = {"Records": [_record(message) for message in messages]}
        try:
            answer = module.handler(event, Patient())
        except (Killed, Exception):
            self._make_visible(case.queue, messages)
            return False
        failed = {failure["itemIdentifier"] for failure in answer["batchItemFailures"]}
        for message in messages:
            if message["MessageId"] not in failed:
                self.sqs.delete_message(QueueUrl=self.queues[case.queue], ReceiptHandle=message["ReceiptHandle"])
        self._make_visible(case.queue, [m for m in messages if m["MessageId"] in failed])
        return not failed

    def _receive(self, queue: str) -> list[Any]:
        received: list[Any] = []
        while more := self.sqs.receive_message(
            QueueUrl=self.queues[queue], MaxNumberOfMessages=10, MessageSystemAttributeNames=["All"]
        ).get("Messages"):
            received += more
        return received

    def _make_visible(self, queue: str, messages: list[Any]) -> None:
        for message in messages:
            self.sqs.change_message_visibility(
                QueueUrl=self.queues[queue], ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=0
            )

    def _waiting(self, queue: str) -> bool:
        counts = self.sqs.get_queue_attributes(QueueUrl=self.queues[queue], AttributeNames=["All"])["Attributes"]
        visible, hidden = counts["ApproximateNumberOfMessages"], counts["ApproximateNumberOfMessagesNotVisible"]
        return int(visible) + int(hidden) > 0

    def __post_init__(self) -> None:
        self.injector.on_performed = self._note_performed

    def note_on_its_way(self, params: dict[str, Any], **_: Any) -> None:
        """A mail on its way to SES, or events on their way to the bus, which may still be lost."""
        self._on_its_way = params

    def _note_performed(self, operation: str) -> None:
        if operation == "PutEvents":
            self.heard.update(json.loads(entry["Detail"])["id"] for entry in self._on_its_way["Entries"])
        if operation == "SendEmail":
            self._note_mail(self._on_its_way)

    def _note_mail(self, params: dict[str, Any]) -> None:
        """Counts a mail that SES accepted: to which inboxes, and with which alerts."""
        mail = message_from_bytes(params["Content"]["Raw"]["Data"], policy=policy.default)
        body = mail.get_body(("plain",))
        lines = str(body.get_content()).splitlines() if body else []
        recipients = [line.removeprefix("--- ").strip() for line in lines if line.startswith("--- ")]
        self.mails.update(recipients)
        self.inboxes.update(
            (to, recipient) for to in params["Destination"]["ToAddresses"] for recipient in recipients
        )

    def outcome(self) -> dict[str, Any]:
        """Everything that must be the same however often events were delivered: copies in queues count once."""
        ledger = {key: _without(item, "rev") for key, item in items_in(self.dynamodb, TABLE).items()}
        alerts = {key for key in items_in(self.dynamodb, ALERT_TABLE) if key[1] != "WINDOW"}
        sent = {name: _messages(self.sqs, url) for name, url in self.queues.items()}
        sent_out = {"mailed": set(self.mails), "heard": set(self.heard)}
        return sent_out | {"ledger": ledger, "alerts": alerts, "queues": sent, "surroundings": self._read_outcome()}


def _record(message: Any) -> dict[str, Any]:
    return {
        "messageId": message["MessageId"],
        "receiptHandle": message["ReceiptHandle"],
        "body": message["Body"],
        "attributes": message.get("Attributes", {}),
        "messageAttributes": {},
        "eventSource": "aws:sqs",
        "eventSourceARN": "arn:aws:sqs:eu-central-1:111122223333:queue",
    }


def _messages(sqs: "SQSClient", url: str) -> set[tuple[str, ...]]:
    """Bodies with their cause and place; a dead letter's origin is the id of a message, and differs."""
    messages = messages_in(sqs, url)
    for message in messages:
        sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=0)
    return {(message["Body"], *_facts(message)) for message in messages}


def _facts(message: Any) -> list[str]:
    named = message.get("MessageAttributes", {})
    return [named[name]["StringValue"] for name in ("Cause", "Place", "Function") if name in named]


def _without(item: dict[str, Any], *names: str) -> str:
    kept = {name: sorted(v) if isinstance(v, frozenset) else v for name, v in item.items() if name not in names}
    return json.dumps(kept, sort_keys=True, default=str)
