"""The dead letters: unreadable messages go there at once, with their cause; what SQS gave up on joins them."""

import re
from typing import TYPE_CHECKING

from ses_feedback.errors import Unreadable

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.type_defs import MessageAttributeValueTypeDef

MAX_BODY_BYTES = 200_000
"""Under SQS's 256 KiB, with room for the attributes; a longer body is cut, and its origin says where the whole is."""

_NOT_FOR_SQS = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class DeadLetters:
    """Sends to one queue on behalf of one function."""

    def __init__(self, client: "SQSClient", queue_url: str, function: str) -> None:
        self._client, self._queue_url, self._function = client, queue_url, function

    def send(self, body: str, unreadable: Unreadable, origin: str) -> None:
        """The message as it came, with attributes Cause, Place, Function and Origin (a message id, an object)."""
        facts = {
            "Cause": unreadable.cause,
            "Place": unreadable.place,
            "Function": self._function,
            "Origin": origin,
        }
        self._client.send_message(
            QueueUrl=self._queue_url,
            MessageBody=_clean(body, MAX_BODY_BYTES) or "(empty)",
            MessageAttributes={name: _attribute(_clean(text, 1000)) for name, text in facts.items() if text},
        )


def _attribute(text: str) -> "MessageAttributeValueTypeDef":
    return {"DataType": "String", "StringValue": text}


def _clean(text: str, size: int) -> str:
    """What SQS accepts: no control characters, no surrogates, not too long."""
    return _NOT_FOR_SQS.sub("\ufffd", text).encode()[:size].decode(errors="ignore")
