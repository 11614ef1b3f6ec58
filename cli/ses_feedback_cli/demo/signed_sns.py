"""A stand-in for SNS that signs messages as SNS does, with its own key; the local SNS does not sign.

https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message.html
"""

import base64
import json
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any
from uuid import uuid4

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509.oid import NameOID

from ses_feedback.https.certificates import SnsCertificates
from ses_feedback.https.receipt import SnsReceipt
from ses_feedback.https.signature import SnsVerifier
from ses_feedback.timestamp import to_text
from ses_feedback_cli.demo.stack import Stack

TOPIC = "arn:aws:sns:eu-central-1:222233334444:ses-feedback"
"""A topic of another account, which is what the HTTPS endpoint is for."""

HOST = "sns.eu-central-1.amazonaws.com"
PATH = "/SimpleNotificationService-0000000000000000000000000000cafe.pem"

_HASHES: dict[str, hashes.HashAlgorithm] = {"1": hashes.SHA1(), "2": hashes.SHA256()}  # noqa: S303
_CONFIRMATION = ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type")
_SIGNED = {"Notification": ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type")}


@cache
def key(size: int = 2048) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, size)


def certificate(
    private: rsa.RSAPrivateKey | None = None, *, begins: datetime, days: float = 1, host: str = HOST
) -> bytes:
    """A self-signed certificate in PEM, valid from `begins` for some days, and for a host, if TLS needs one."""
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


def signed(body: dict[str, Any], version: str = "2", signer: rsa.RSAPrivateKey | None = None) -> dict[str, Any]:
    """The message with our signature over its fields, in SNS's order."""
    names = _SIGNED.get(body["Type"], _CONFIRMATION)
    text = "".join(f"{name}\n{body[name]}\n" for name in names if name in body)
    signature = (signer or key()).sign(text.encode(), padding.PKCS1v15(), _HASHES[version])
    return body | {"SignatureVersion": version, "Signature": base64.b64encode(signature).decode()}


def post(stack: Stack, texts: Iterable[str]) -> None:
    """Delivers texts as another account's topic would, through the verifier and receipt of receive_feedback.

    Only the certificate is ours, not fetched from SNS's host. Raises `Refusal` if the verifier rejects one.
    """
    now, client = datetime.now(UTC), stack.aws.client
    pem = certificate(begins=now - timedelta(hours=1))
    verifier = SnsVerifier([TOPIC], SnsCertificates(lambda _host, _path: pem))
    receipt = SnsReceipt(client("sqs"), stack.outputs["FeedbackQueue"], lambda *_: client("sns"), "")
    for text in texts:
        body = {
            "Type": "Notification",
            "MessageId": str(uuid4()),
            "TopicArn": TOPIC,
            "Message": text,
            "Timestamp": to_text(now),
            "SigningCertURL": f"https://{HOST}{PATH}",
        }
        receipt.take(verifier.verify(json.dumps(signed(body))))
