"""What the tables and queues hold, and calls to AWS that fail on purpose."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Literal

from moto.backends import get_backend
from moto.core.models import DEFAULT_ACCOUNT_ID as ACCOUNT_ID

from ses_feedback.attribute_values import plain

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.type_defs import MessageTypeDef

type Items = dict[tuple[str, str], dict[str, Any]]


def items_in(client: "DynamoDBClient", table: str, beginning: str = "") -> Items:
    """All items whose sort key begins so, by their keys."""
    pages = client.get_paginator("scan").paginate(TableName=table)
    items = (item for page in pages for item in page["Items"])
    found = {(item["pk"]["S"], item["sk"]["S"]): plain(item) for item in items}
    return {key: _comparable(item) for key, item in found.items() if key[1].startswith(beginning)}


def clear(table: str) -> None:
    """Takes all items out of a table on moto, at once: deleting them one by one is most of the work of a test."""
    get_backend("dynamodb")[ACCOUNT_ID]["eu-central-1"].tables[table].items.clear()


def messages_in(client: "SQSClient", queue_url: str) -> list["MessageTypeDef"]:
    """All messages of a queue, which they leave."""
    found: list[MessageTypeDef] = []
    while messages := client.receive_message(
        QueueUrl=queue_url, MaxNumberOfMessages=10, MessageAttributeNames=["All"]
    ).get("Messages"):
        found += messages
    return found


class Crash(Exception):
    """The process died here."""


@contextmanager
def calls_of(client: Any) -> Iterator[list[str]]:
    """The operations that a client performs meanwhile, in their order."""
    performed: list[str] = []

    def note(event_name: str, **_: Any) -> None:
        performed.append(event_name.rpartition(".")[2])

    with _listening(client, "before-call.*.*", note):
        yield performed


@contextmanager
def crash_at(
    client: Any, number: int, when: Literal["before-call", "after-call"], error: Exception | None = None
) -> Iterator[None]:
    """The client's call with this number, from 0, raises `Crash`: before it is performed, or just after it."""
    left = [number]

    def die(**_: Any) -> None:
        left[0] -= 1
        if left[0] == -1:
            raise error or Crash

    with _listening(client, f"{when}.*.*", die):
        yield


@contextmanager
def _listening(client: Any, event: str, listener: Callable[..., None]) -> Iterator[None]:
    client.meta.events.register(event, listener)
    try:
        yield
    finally:
        client.meta.events.unregister(event, listener)


def _comparable(item: dict[str, Any]) -> dict[str, Any]:
    """Sets have no order."""
    return {name: frozenset(value) if isinstance(value, list) else value for name, value in item.items()}
