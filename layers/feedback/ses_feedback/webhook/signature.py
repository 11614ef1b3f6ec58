"""Signs a webhook as Standard Webhooks specifies, so that its libraries verify it.

https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Sequence

_PREFIX = "whsec_"
_LEAST_BYTES = 24


def signing_keys(secret: str) -> list[bytes]:
    """The keys in a secret's text: one, or several with spaces between while one replaces another.

    Raises `ValueError`, without the secret in it.
    """
    try:
        keys = [base64.b64decode(word.removeprefix(_PREFIX), validate=True) for word in secret.split()]
    except (binascii.Error, ValueError):
        raise ValueError("the webhook's secret must be Base64, with or without whsec_ before it") from None
    if not keys or any(len(key) < _LEAST_BYTES for key in keys):
        raise ValueError(f"the webhook's secret must be {_LEAST_BYTES} bytes or more, in Base64")
    return keys


def signature_headers(keys: Sequence[bytes], message_id: str, timestamp: int, body: bytes) -> dict[str, str]:
    """The three headers; `timestamp` is that of this attempt, in seconds since 1970."""
    signed = f"{message_id}.{timestamp}.".encode() + body
    digests = (base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode() for key in keys)
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(f"v1,{digest}" for digest in digests),
    }
