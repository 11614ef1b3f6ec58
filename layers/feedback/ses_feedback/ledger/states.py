"""The states of many addresses, read a hundred at a time: without the rules, which make a cold start slow."""

import time
from collections.abc import Iterable, Iterator, Mapping
from itertools import batched, chain
from typing import TYPE_CHECKING, Any

from ses_feedback.decision.state import State
from ses_feedback.errors import Unavailable
from ses_feedback.ledger.items import address_in, key, state_from

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import KeysAndAttributesTypeDef

MOST_KEYS = 100
"""BatchGetItem takes no more at once."""

AT_ONCE = 10
"""Requests side by side: botocore's clients keep as many connections."""

PAUSES = (0.05, 0.1, 0.2, 0.4, 0.8, 1.6, 3.2)
"""Seconds to wait before what DynamoDB left out is asked for again."""


def read_states(
    client: "DynamoDBClient", table: str, addresses: Iterable[str], *, consistently: bool = False
) -> Iterator[tuple[str, State]]:
    """All that is known of each of the different `addresses`, in no particular order; unless they are read
    `consistently`, what was written within the last second may be missing. A hundred cost 50 read units, or 100.
    Raises botocore's errors, and `Unavailable` if DynamoDB leaves keys out again and again.
    """
    batches = list(batched(addresses, MOST_KEYS, strict=False))

    def read(batch: tuple[str, ...]) -> list[tuple[str, State]]:
        return list(_read(client, table, batch, consistently=consistently))

    if len(batches) < 2:
        yield from chain.from_iterable(map(read, batches))
        return
    from concurrent.futures import ThreadPoolExecutor  # only who asks for many pays for its import

    with ThreadPoolExecutor(min(AT_ONCE, len(batches))) as requests:
        yield from chain.from_iterable(requests.map(read, batches))


def _read(
    client: "DynamoDBClient", table: str, batch: tuple[str, ...], *, consistently: bool
) -> Iterator[tuple[str, State]]:
    missing = set(batch)
    keys = [key(address, "STATE") for address in batch]
    for item in read_items(client, table, {"Keys": keys, "ConsistentRead": consistently}):
        address = address_in(item)
        missing.discard(address)
        yield address, state_from(item)
    yield from ((address, State()) for address in sorted(missing))


def read_items(
    client: "DynamoDBClient", table: str, wanted: "KeysAndAttributesTypeDef"
) -> Iterator[Mapping[str, Any]]:
    """What there is of a hundred keys; what DynamoDB leaves out is asked for again. Raises as `read_states` does."""
    request: Any = {table: wanted}
    pauses = iter(PAUSES)
    while request:
        answer = client.batch_get_item(RequestItems=request)
        yield from answer["Responses"].get(table, [])
        request = answer.get("UnprocessedKeys", {})
        if request:
            _wait(pauses)


def _wait(pauses: Iterator[float]) -> None:
    pause = next(pauses, None)
    if pause is None:
        raise Unavailable("DynamoDB did not answer for all addresses: it is throttled")
    time.sleep(pause)
