"""Batches of ten: one request to SNS, SQS or EventBridge holds no more, and may be accepted in part."""

from collections.abc import Callable, Iterable, Sequence
from itertools import batched

from ses_feedback.errors import PartlyAccepted

MOST_ENTRIES = 10


def send_in_batches[T](
    entries: Iterable[T], send: Callable[[Sequence[T]], Sequence[str]], *, service: str, name: str
) -> None:
    """Calls `send` for every ten of `entries` (`name` says what they are); it answers the error codes of the failed.

    Raises `PartlyAccepted` at the first batch of which `service` did not accept everything.
    """
    for batch in batched(entries, MOST_ENTRIES, strict=False):
        if failed := send(batch):
            raise PartlyAccepted(f"{service} accepted all but {len(failed)} of {len(batch)} {name}: {failed[0]}")
