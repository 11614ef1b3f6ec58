"""A request over HTTPS, as API Gateway hands it to a function (payload format 2.0): who may make it, and its body.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
"""

import base64
import hmac
import json
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ses_feedback.errors import Refusal

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient

MAX_BODY_BYTES = 256 * 1024
"""As much as a message of SNS may weigh, and SQS takes."""

_REMEMBERED_SECONDS = 300


def body_of(event: dict[str, Any]) -> str:
    """The body as text. Raises `Refusal`: too large, no UTF-8, or raw message delivery, which nobody signed.

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
    except ValueError:  # of UTF-8, of Base64, or of what is not even ASCII
        raise Refusal(400, "the body is no UTF-8") from None
    if len(content) > MAX_BODY_BYTES:
        raise Refusal(413, f"the body is over {MAX_BODY_BYTES} bytes")
    return text


class BasicAuth:
    """One user and password, from a secret `{"username": …, "password": …}` that is read again every five minutes."""

    def __init__(
        self, client: "SecretsManagerClient", secret_id: str, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._client, self._secret_id, self._clock = client, secret_id, clock
        self._expected, self._read_at = b"", float("-inf")

    def check(self, event: dict[str, Any]) -> None:
        """Raises `Refusal` 401, the challenge that SNS waits for before it sends what its URL names."""
        scheme, _, given = _header(event, "authorization").partition(" ")
        try:
            credentials = base64.b64decode(given, validate=True) if scheme.lower() == "basic" else b""
        except ValueError:
            credentials = b""
        if not hmac.compare_digest(credentials, self._credentials()):
            raise Refusal(401, "user and password of the subscription's address are missing or wrong")

    def _credentials(self) -> bytes:
        if self._clock() - self._read_at > _REMEMBERED_SECONDS:
            secret = json.loads(self._client.get_secret_value(SecretId=self._secret_id)["SecretString"])
            self._expected = f"{secret['username']}:{secret['password']}".encode()
            self._read_at = self._clock()
        return self._expected


def _header(event: dict[str, Any], name: str) -> str:
    """A header's value; API Gateway writes names in lower case, hands do not."""
    headers = event.get("headers") or {}
    return next((str(value) for key, value in headers.items() if str(key).lower() == name), "")
