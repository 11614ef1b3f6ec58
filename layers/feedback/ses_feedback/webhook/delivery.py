"""The delivery of webhooks from their queue: each event by itself, tried for about a day, then a dead letter."""

import logging
import random
import time
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from ses_feedback.cached_secret import CachedSecret
from ses_feedback.dead_letters import DeadLetters
from ses_feedback.errors import Undelivered, Unreadable
from ses_feedback.strict_json import decode
from ses_feedback.webhook.post import WebhookAddress
from ses_feedback.webhook.signature import signature_headers, signing_keys

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

ATTEMPTS = 24
"""With the waits below they take 13 to 27 hours, most often 20. The queue itself gives up a little later."""

FIRST_SECONDS, LONGEST_SECONDS = 5, 7200


class WebhookDelivery:
    """Delivers records of one queue to one address. `secret`: the signing keys, as `signing_keys` reads them."""

    def __init__(
        self,
        *,
        sqs: "SQSClient",
        queue_url: str,
        address: WebhookAddress,
        secret: CachedSecret,
        dead_letters: DeadLetters,
        logger: logging.Logger,
    ) -> None:
        self._sqs, self._queue_url, self._address = sqs, queue_url, address
        self._secret, self._dead_letters, self._logger = secret, dead_letters, logger

    def deliver(self, records: Iterable[dict[str, Any]]) -> list[str]:
        """Processes SQS records; returns the ids of those to retry, each at its own time."""
        return [record["messageId"] for record in records if not self._is_done(record)]

    def _is_done(self, record: dict[str, Any]) -> bool:
        """Whatever happens to one event, even on its way to the dead letters, no other is posted twice for it."""
        try:
            return self._deliver(record)
        except Exception:
            self._logger.exception("a webhook could not be tried; it is retried")
            return False

    def _deliver(self, record: dict[str, Any]) -> bool:
        body, attempt = record["body"], int(record["attributes"]["ApproximateReceiveCount"])
        try:
            message_id = id_of(body)
            self._post(message_id, body.encode())
        except Unreadable as unreadable:
            self._give_up(record, unreadable.cause, unreadable.place)
        except Undelivered as undelivered:
            if not undelivered.is_final and attempt < ATTEMPTS:
                self._try_later(record, message_id, attempt, undelivered)
                return False
            self._give_up(record, f"{undelivered}, at attempt {attempt}", "")
        else:
            self._logger.info("delivered", extra={"webhook_id": message_id, "attempt": attempt})
        return True

    def _post(self, message_id: str, body: bytes) -> None:
        self._address.post(body, request_headers(self._secret.text(), message_id, body))

    def _try_later(self, record: dict[str, Any], message_id: str, attempt: int, undelivered: Undelivered) -> None:
        wait = max(seconds_after(attempt), min(undelivered.retry_after, LONGEST_SECONDS))
        self._sqs.change_message_visibility(
            QueueUrl=self._queue_url, ReceiptHandle=record["receiptHandle"], VisibilityTimeout=wait
        )
        facts = {"webhook_id": message_id, "attempt": attempt, "cause": str(undelivered), "again_in_seconds": wait}
        self._logger.warning("not delivered yet", extra=facts)

    def _give_up(self, record: dict[str, Any], cause: str, place: str) -> None:
        self._dead_letters.send(record["body"], Unreadable(cause, place), record["messageId"])
        self._logger.error("given up: see the dead letters", extra={"cause": cause})


def seconds_after(attempt: int) -> int:
    """How long to wait after an attempt (1 is the first): doubling, less a random part of up to half."""
    longest = min(FIRST_SECONDS * 2 ** min(attempt - 1, 20), LONGEST_SECONDS)
    return round(random.uniform(longest / 2, longest))  # noqa: S311


def request_headers(secret: str, message_id: str, body: bytes) -> dict[str, str]:
    """All headers of the request, signed now. Raises `ValueError` for a secret that is none."""
    headers = {"content-type": "application/json", "user-agent": "ses-feedback/1"}
    return headers | signature_headers(signing_keys(secret), message_id, int(time.time()), body)


def id_of(body: str) -> str:
    """The event's id. Raises `Unreadable`: what is in the queue may not be ours."""
    content = decode(body)
    message_id = content.get("id") if isinstance(content, dict) else None
    if not isinstance(message_id, str) or not message_id.replace("-", "").isalnum() or not message_id.isascii():
        raise Unreadable("not an event with an id", "id")
    return message_id
