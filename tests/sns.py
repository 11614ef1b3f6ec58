"""An SNS of our own: a key, a certificate, and messages that it signs as SNS does."""

import base64
import json
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509.oid import NameOID

from tests.samples import EVENTS, load

NOW = datetime(2026, 11, 20, 10, tzinfo=UTC)
TOPIC = "arn:aws:sns:eu-central-1:222233334444:ses-feedback"
HOST = "sns.eu-central-1.amazonaws.com"
PATH = "/SimpleNotificationService-0000000000000000000000000000cafe.pem"
CREDENTIALS = b"sns:a-password"

_HASHES: dict[str, hashes.HashAlgorithm] = {"1": hashes.SHA1(), "2": hashes.SHA256()}  # noqa: S303
_CONFIRMATION = ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type")
_SIGNED = {"Notification": ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type")}


@cache
def key(size: int = 2048) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, size)


def certificate(
    private: rsa.RSAPrivateKey | None = None, *, begins: datetime = NOW, days: float = 1, host: str = HOST
) -> bytes:
    """A certificate of our own in PEM, valid for some days from then on, and for a host, should TLS want one."""
    private, name = private or key(), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sns.amazonaws.com")])
    built = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(private.public_key())
        .serial_number(7)
        .not_valid_before(begins)
        .not_valid_after(begins + timedelta(days=days))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(private, hashes.SHA256())
    )
    return built.public_bytes(serialization.Encoding.PEM)


def message(kind: str = "Notification", **fields: Any) -> dict[str, Any]:
    """A message of SNS of this kind, not signed yet; a field that is None is left out."""
    body: dict[str, Any] = load(f"https/{kind}.json") | fields
    return {name: value for name, value in body.items() if value is not None}


def signed(body: dict[str, Any], version: str = "2", signer: rsa.RSAPrivateKey | None = None) -> dict[str, Any]:
    """The message with our signature; fields are signed as they are, in SNS's order."""
    names = _SIGNED.get(body["Type"], _CONFIRMATION)
    text = "".join(f"{name}\n{body[name]}\n" for name in names if name in body)
    signature = (signer or key()).sign(text.encode(), padding.PKCS1v15(), _HASHES[version])
    return body | {"SignatureVersion": version, "Signature": base64.b64encode(signature).decode()}


def http_request(
    body: dict[str, Any] | str, credentials: bytes | None = CREDENTIALS, **headers: str
) -> dict[str, Any]:
    """What API Gateway hands to the function for such a post."""
    event: dict[str, Any] = json.loads((EVENTS / "https_notification.json").read_text(encoding="utf-8"))
    event["body"] = body if isinstance(body, str) else json.dumps(body)
    del event["headers"]["authorization"]
    event["headers"] |= headers
    if credentials is not None:
        event["headers"]["authorization"] = f"Basic {base64.b64encode(credentials).decode()}"
    return event
