"""Verifies what claims to be a message of SNS, before any of it is trusted.

The order is the point: the topic first, since it says whose certificate may sign; then the form of every signed
field; then the certificate, from the one host that the topic allows; then the signature.

SNS signs the fields one after another, name and value on lines of their own, in
https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message-verify-message-signature.html
Nothing there marks where a value ends: a value that holds line breaks could pass for several fields. So only
`Message` may hold any; every other field is of one line, and MessageId, Timestamp, TopicArn and Type have exactly one
form. Then the signed text can be taken apart in one way only, from its end.

Needs the package cryptography, which only receive_feedback ships (its requirements.txt); nothing else imports this.
"""

import base64
import json
import re
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal, Protocol

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from ses_feedback.errors import Refusal
from ses_feedback.strict_json import refuse_constant

type MessageType = Literal["Notification", "SubscriptionConfirmation", "UnsubscribeConfirmation"]

_CONFIRMATION = ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type")
_SIGNED: dict[str, tuple[str, ...]] = {
    "Notification": ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"),
    "SubscriptionConfirmation": _CONFIRMATION,
    "UnsubscribeConfirmation": _CONFIRMATION,
}
_HASHES: dict[str, hashes.HashAlgorithm] = {"1": hashes.SHA1(), "2": hashes.SHA256()}  # noqa: S303

_DNS_SUFFIX = {
    "aws": "amazonaws.com",
    "aws-us-gov": "amazonaws.com",
    "aws-cn": "amazonaws.com.cn",
    "aws-eusc": "amazonaws.eu",
}
"""Where the partitions' endpoints are, as botocore's partitions.json has it."""

_ARN = re.compile(
    r"arn:(?P<partition>aws[a-z-]*):sns:(?P<region>[a-z]{2,}(?:-[a-z]+)+-\d):\d{12}:[A-Za-z0-9_-]{1,256}"
)
_MESSAGE_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_TIMESTAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{3})?Z")
_PATH = re.compile(r"/SimpleNotificationService-[0-9A-Za-z]{1,64}\.pem")
_LINE_BREAK = re.compile(r"[\r\n]")

_AHEAD = timedelta(minutes=5)
"""By how much the clocks of SNS and of this function may differ."""


class Certificates(Protocol):
    """Where keys come from: `key("sns.eu-central-1.amazonaws.com", "/SimpleNotificationService-….pem")`."""

    def key(self, host: str, path: str) -> RSAPublicKey: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class SnsMessage:
    """What the signature of a message covers. Only a confirmation has a `token`, and none has a `subject`."""

    type: MessageType
    topic_arn: str
    message_id: str
    timestamp: str
    text: str
    subject: str | None
    token: str | None


class SnsVerifier:
    """Knows which topics may speak. `max_age` is how long after its timestamp a message is still accepted.

    Raises `ValueError` for a topic that is not an ARN: nothing from it could ever be accepted.
    """

    def __init__(
        self,
        topics: Collection[str],
        certificates: Certificates,
        *,
        allow_sha1: bool = False,
        max_age: timedelta = timedelta(hours=1),
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._hosts = {topic: _host_of(topic) for topic in topics}
        self._certificates, self._clock, self._max_age = certificates, clock, max_age
        self._versions = ("1", "2") if allow_sha1 else ("2",)

    def verify(self, body: str) -> SnsMessage:
        """The message in a request's body. Raises `Refusal`, with a 4xx status, and whatever the fetch raises."""
        content = _object_in(body)
        topic = content.get("TopicArn")
        if not isinstance(topic, str) or topic not in self._hosts:
            raise Refusal(403, "this topic is not one of those that may report here (HttpsTopicArns)")
        fields = _signed_fields(content)
        self._check_age(fields["Timestamp"])
        version = content.get("SignatureVersion")
        if not isinstance(version, str) or version not in self._versions:
            wanted = " or ".join(self._versions)
            raise Refusal(403, f"SignatureVersion must be {wanted}: set the topic's attribute SignatureVersion to 2")
        key = self._certificates.key(self._hosts[topic], _path_of(content, self._hosts[topic]))
        try:
            key.verify(_signature_in(content), _signed_text(fields), PKCS1v15(), _HASHES[version])
        except InvalidSignature:
            raise Refusal(403, "the signature does not belong to this message") from None
        return _message(fields)

    def _check_age(self, text: str) -> None:
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            raise Refusal(400, "Timestamp is not a time") from None
        if not -_AHEAD <= self._clock() - moment <= self._max_age:
            raise Refusal(403, "Timestamp is too old or in the future: SNS retries for an hour at most")


def _host_of(topic: str) -> str:
    parts = _ARN.fullmatch(topic)
    if parts is None or parts["partition"] not in _DNS_SUFFIX:
        known = ", ".join(sorted(_DNS_SUFFIX))
        raise ValueError(f"{topic!r} is not the ARN of a standard SNS topic in one of the partitions {known}")
    return f"sns.{parts['region']}.{_DNS_SUFFIX[parts['partition']]}"


def _object_in(body: str) -> dict[str, Any]:
    """Strict JSON: a name that occurs twice could mean one thing here and another elsewhere."""
    try:
        content = json.loads(body, object_pairs_hook=_without_doubles, parse_constant=refuse_constant)
    except (ValueError, RecursionError):
        raise Refusal(400, "the body is not JSON as SNS writes it") from None
    if not isinstance(content, dict):
        raise Refusal(
            400, "the body is not a JSON object; is raw message delivery on? It is not signed: switch it off"
        )
    return content


def _without_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    content = dict(pairs)
    if len(content) != len(pairs):
        raise ValueError("a name that occurs twice")
    return content


def _signed_fields(content: dict[str, Any]) -> dict[str, str]:
    """The fields that the signature covers, each in the only form that it can have."""
    names = _SIGNED.get(content["Type"]) if isinstance(content.get("Type"), str) else None
    if names is None:
        raise Refusal(400, f"Type must be one of {', '.join(_SIGNED)}")
    fields: dict[str, str] = {}
    for name in names:
        value = content.get(name)
        if name == "Subject" and value is None:
            continue
        if not isinstance(value, str) or (not value and name not in ("Message", "Subject")):
            raise Refusal(400, f"{name} is missing or not text")
        if name != "Message" and _LINE_BREAK.search(value):
            raise Refusal(400, f"{name} holds a line break")
        fields[name] = value
    if not _MESSAGE_ID.fullmatch(fields["MessageId"]):
        raise Refusal(400, "MessageId is not a UUID")
    if not _TIMESTAMP.fullmatch(fields["Timestamp"]):
        raise Refusal(400, "Timestamp is not a time as SNS writes it")
    return fields


def _path_of(content: dict[str, Any], host: str) -> str:
    """The certificate's path, if its address is exactly that of SNS in the topic's region."""
    url, start = content.get("SigningCertURL"), f"https://{host}/"
    if isinstance(url, str) and url.startswith(start) and _PATH.fullmatch(path := url[len(start) - 1 :]):
        return path
    raise Refusal(403, f"SigningCertURL must be https://{host}/SimpleNotificationService-….pem")


def _signature_in(content: dict[str, Any]) -> bytes:
    try:
        return base64.b64decode(content["Signature"], validate=True)
    except (KeyError, TypeError, ValueError):
        raise Refusal(400, "Signature is missing or not Base64") from None


def _signed_text(fields: dict[str, str]) -> bytes:
    try:
        return "".join(f"{name}\n{value}\n" for name, value in fields.items()).encode()
    except UnicodeEncodeError:
        raise Refusal(400, "a field holds half a character (a lone surrogate)") from None


def _message(fields: dict[str, str]) -> SnsMessage:
    return SnsMessage(
        type=fields["Type"],  # type: ignore[arg-type]
        topic_arn=fields["TopicArn"],
        message_id=fields["MessageId"],
        timestamp=fields["Timestamp"],
        text=fields["Message"],
        subject=fields.get("Subject"),
        token=fields.get("Token"),
    )
