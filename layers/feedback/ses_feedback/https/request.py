"""A request over HTTPS, as API Gateway hands it to a function (payload format 2.0): who may make it, and its body.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
"""

import base64
import hmac
import json
from typing import Any

from ses_feedback.cached_secret import CACHED_SECONDS, CachedSecret
from ses_feedback.errors import Refusal

MAX_BODY_BYTES = 256 * 1024
"""The most that a message of SNS may have, and that SQS accepts."""

_AGAIN_SECONDS = 10
"""After a wrong password the secret is read again, but at most this often."""


def body_of(event: dict[str, Any]) -> str:
    """The body as text. Raises `Refusal`: too large, not UTF-8, or raw message delivery, which is not signed.

    https://docs.aws.amazon.com/sns/latest/dg/sns-large-payload-raw-message-delivery.html names the header.
    """
    if _header(event, "x-amz-sns-rawdelivery") == "true":
        raise Refusal(
            400, "raw message delivery carries no signature: set RawMessageDelivery of the subscription false"
        )
    body = event.get("body") or ""
    if not isinstance(body, str) or len(body) > 2 * MAX_BODY_BYTES:
        raise Refusal(413, f"the body is over {MAX_BODY_BYTES} bytes")
    try:
        content = base64.b64decode(body, validate=True) if event.get("isBase64Encoded") else body.encode()
        text = content.decode()
    except ValueError:  # from UTF-8, from Base64, or from what is not even ASCII
        raise Refusal(400, "the body is not UTF-8") from None
    if len(content) > MAX_BODY_BYTES:
        raise Refusal(413, f"the body is over {MAX_BODY_BYTES} bytes")
    return text


class BasicAuth:
    """One user and password, from a secret `{"username": …, "password": …}`.

    It is read again if they do not match: a changed password must not be refused meanwhile, since SNS takes a 401
    after the challenge as final and gives up on the message.
    """

    def __init__(self, secret: CachedSecret) -> None:
        self._secret = secret

    def check(self, event: dict[str, Any]) -> None:
        """Raises `Refusal` 401, the challenge that SNS waits for before it sends what its URL names."""
        scheme, _, given = _header(event, "authorization").partition(" ")
        try:
            credentials = base64.b64decode(given, validate=True) if scheme.lower() == "basic" else b""
        except ValueError:
            credentials = b""
        if not credentials or not self._are_right(credentials):
            raise Refusal(401, "user and password of the subscription's address are missing or wrong")

    def _are_right(self, credentials: bytes) -> bool:
        ages = (CACHED_SECONDS, _AGAIN_SECONDS)
        return any(hmac.compare_digest(credentials, self._expected(seconds)) for seconds in ages)

    def _expected(self, max_age: float) -> bytes:
        secret = json.loads(self._secret.text(max_age))
        return f"{secret['username']}:{secret['password']}".encode()


def _header(event: dict[str, Any], name: str) -> str:
    """A header's value; API Gateway writes names in lower case, hand-written events may not."""
    headers = event.get("headers") or {}
    return next((str(value) for key, value in headers.items() if str(key).lower() == name), "")
