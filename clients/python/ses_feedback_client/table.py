"""Reads items of the ledger's table, a hundred to a request, in parallel; says what could not be read, and why."""

import random
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import batched
from typing import Any, Protocol

from botocore.exceptions import BotoCoreError, ClientError

from ses_feedback_client.errors import Unavailable

MOST_KEYS = 100
"""BatchGetItem takes no more at once."""

AT_ONCE = 10
"""Requests in parallel: as many as boto3 keeps connections by default."""

PAUSES = (0.05, 0.1, 0.2, 0.4)
"""Seconds to wait, or some less, before what DynamoDB left out is asked for again."""

type Key = tuple[str, str]
"""An address or a rule, and the sort key of one of its items."""


class DynamoDB(Protocol):
    """What is needed of `boto3.client("dynamodb")`."""

    def batch_get_item(self, *, RequestItems: Any) -> Any: ...  # noqa: N803, boto3's own name


@dataclass(slots=True)
class Read:
    """`items` that exist, and why `failed` keys could not be read; a key in neither has no item."""

    items: dict[Key, Mapping[str, Any]] = field(default_factory=dict)
    failed: dict[Key, Unavailable] = field(default_factory=dict)


def read(client: DynamoDB, table: str, keys: Iterable[Key], *, consistent: bool) -> Read:
    """Raises nothing that DynamoDB answers, or does not answer: see `Read.failed`."""
    batches = list(batched(keys, MOST_KEYS, strict=False))
    result = Read()
    for part in _in_parallel(client, table, batches, consistent):
        result.items |= part.items
        result.failed |= part.failed
    return result


def _in_parallel(
    client: DynamoDB, table: str, batches: Sequence[tuple[Key, ...]], consistent: bool
) -> Iterator[Read]:
    def read_one(batch: tuple[Key, ...]) -> Read:
        return _read_batch(client, table, batch, consistent)

    if len(batches) < 2:
        yield from map(read_one, batches)
        return
    with ThreadPoolExecutor(min(len(batches), AT_ONCE)) as pool:
        yield from pool.map(read_one, batches)


def _read_batch(client: DynamoDB, table: str, batch: tuple[Key, ...], consistent: bool) -> Read:
    result, left, pauses = Read(), set(batch), iter(PAUSES)
    attributes = [{"pk": {"S": f"A#{name}"}, "sk": {"S": sk}} for name, sk in batch]
    request: Any = {table: {"Keys": attributes, "ConsistentRead": consistent}}
    try:
        while True:
            answer = client.batch_get_item(RequestItems=request)
            for items in answer.get("Responses", {}).values():
                result.items |= {_key(item): item for item in items}
            request = answer.get("UnprocessedKeys") or {}
            left = {_key(key) for asked in request.values() for key in asked["Keys"]}
            if not left:
                return result
            pause = next(pauses, None)
            if pause is None:
                raise Unavailable(
                    f"the table {table} is throttled: DynamoDB left out {len(left)} keys again and again"
                )
            time.sleep(pause * random.uniform(0.5, 1))  # noqa: S311, spreads the retries of many clients
    except Unavailable as error:
        cause = error
    except (ClientError, BotoCoreError) as error:
        cause = Unavailable(in_words(error, table))
        cause.__cause__ = error
    result.failed = dict.fromkeys(left, cause)
    return result


def _key(item: Mapping[str, Any]) -> Key:
    return item["pk"]["S"].removeprefix("A#"), item["sk"]["S"]


_ADVICE = {
    "ResourceNotFoundException": "there is no such table in this region",
    "AccessDeniedException": "a permission is missing: dynamodb:BatchGetItem on the table, or kms:Decrypt on its key",
    "ExpiredTokenException": "the AWS credentials have expired",
    "UnrecognizedClientException": "AWS does not accept the credentials",
    "ValidationException": "it is not the table of a ledger",
}


def in_words(error: ClientError | BotoCoreError, table: str) -> str:
    """What went wrong, in one line: it names the table, never an address."""
    if not isinstance(error, ClientError):
        return f"the table {table} could not be asked: {error}"
    code = error.response.get("Error", {}).get("Code", "")
    return f"the table {table} could not be asked: {_ADVICE.get(code, 'DynamoDB refused')} ({code})"
