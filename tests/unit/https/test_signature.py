"""What SNS signed is taken, and nothing that merely looks like it."""

import base64
import json
from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey, generate_private_key
from hypothesis import given
from hypothesis import strategies as st

from ses_feedback.errors import Refusal
from ses_feedback.https.signature import SnsVerifier
from tests.sns import HOST, NOW, PATH, TOPIC, key, message, signed

KINDS = ("Notification", "SubscriptionConfirmation", "UnsubscribeConfirmation")


class Keys:
    """Hands out our key, and notes where it was asked for."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def key(self, host: str, path: str) -> RSAPublicKey:
        self.asked.append(f"https://{host}{path}")
        return key().public_key()


def verifier(keys: Keys | None = None, **options: Any) -> SnsVerifier:
    return SnsVerifier([TOPIC], keys or Keys(), clock=lambda: NOW, **options)


def refusal(body: dict[str, Any] | str, keys: Keys | None = None, **options: Any) -> Refusal:
    with pytest.raises(Refusal) as refused:
        verifier(keys, **options).verify(body if isinstance(body, str) else json.dumps(body))
    return refused.value


@pytest.mark.parametrize("kind", KINDS)
def test_a_signed_message_is_accepted_with_what_was_signed(kind: str) -> None:
    body = message(kind)
    found = verifier().verify(json.dumps(signed(body)))
    assert (found.type, found.topic_arn, found.message_id) == (kind, TOPIC, body["MessageId"])
    assert (found.text, found.timestamp) == (body["Message"], body["Timestamp"])
    assert (found.subject, found.token) == (body.get("Subject"), body.get("Token"))


def test_the_key_is_fetched_from_the_host_of_the_topics_region() -> None:
    keys = Keys()
    verifier(keys).verify(json.dumps(signed(message())))
    assert keys.asked == [f"https://{HOST}{PATH}"]


@pytest.mark.parametrize(
    ("topic", "host"),
    [
        ("arn:aws-cn:sns:cn-north-1:222233334444:t", "sns.cn-north-1.amazonaws.com.cn"),
        ("arn:aws-us-gov:sns:us-gov-west-1:222233334444:t", "sns.us-gov-west-1.amazonaws.com"),
        ("arn:aws-eusc:sns:eusc-de-east-1:222233334444:t", "sns.eusc-de-east-1.amazonaws.eu"),
    ],
)
def test_each_partition_has_its_own_host(topic: str, host: str) -> None:
    keys = Keys()
    body = signed(message(TopicArn=topic, SigningCertURL=f"https://{host}{PATH}"))
    SnsVerifier([topic], keys, clock=lambda: NOW).verify(json.dumps(body))
    assert keys.asked == [f"https://{host}{PATH}"]


@pytest.mark.parametrize(
    "topic", ["", "*", TOPIC + "*", TOPIC + ".fifo", "arn:aws-iso:sns:us-iso-east-1:222233334444:t", f"x {TOPIC}"]
)
def test_an_invalid_topic_stops_the_function_at_startup(topic: str) -> None:
    with pytest.raises(ValueError, match="not the ARN of a standard SNS topic"):
        SnsVerifier([topic], Keys())


def test_a_message_without_a_subject_is_accepted() -> None:
    assert verifier().verify(json.dumps(signed(message(Subject=None)))).subject is None


@pytest.mark.parametrize("text", ["", "ü \U0001f600", "a\nMessageId\nb\n", "\u2028\x00\ufffe"])
def test_any_text_that_was_signed_is_accepted(text: str) -> None:
    assert verifier().verify(json.dumps(signed(message(Message=text)))).text == text


@pytest.mark.parametrize(
    ("kind", "name"),
    [(kind, name) for kind in KINDS for name in message(kind) if name not in ("SignatureVersion", "UnsubscribeURL")],
)
def test_a_field_that_was_changed_after_signing_is_refused(kind: str, name: str) -> None:
    body = signed(message(kind))
    others = {"TopicArn": TOPIC + "2", "MessageId": "00000000-0000-0000-0000-000000000000", "Type": "Notification"}
    others |= {"Timestamp": "2026-11-20T09:59:57.000Z", "Signature": base64.b64encode(b"x" * 256).decode()}
    if kind == "Notification":
        others["Type"] = "SubscriptionConfirmation"
    assert refusal(body | {name: others.get(name, body[name] + "x")}).status in (400, 403)


@pytest.mark.parametrize(
    "name", ["Message", "MessageId", "Timestamp", "TopicArn", "Type", "Signature", "SigningCertURL"]
)
@pytest.mark.parametrize("value", [None, 5, True, ["a"], {"a": "b"}])
def test_a_field_that_is_not_a_text_is_refused(name: str, value: Any) -> None:
    assert refusal(signed(message()) | {name: value}).status in (400, 403)


@pytest.mark.parametrize(
    "name", ["Message", "MessageId", "Timestamp", "TopicArn", "Type", "Signature", "SigningCertURL"]
)
def test_a_missing_field_is_refused(name: str) -> None:
    body = signed(message())
    del body[name]
    assert refusal(body).status in (400, 403)


def test_fields_folded_into_the_message_are_refused() -> None:
    """The signed text stays the same, byte by byte, though the fields do not."""
    body = signed(message(Message="harmless", Subject=None))
    folded = body | {"Message": f"harmless\nMessageId\n{body['MessageId']}", "MessageId": body["MessageId"]}
    assert refusal(folded).status == 403
    moved = signed(message(Message="a", Subject="b"))
    moved["MessageId"] += f"\nSubject\n{moved.pop('Subject')}"
    assert refusal(moved).cause == "MessageId holds a line break"


@given(
    st.sampled_from(["MessageId", "Subject", "Timestamp", "TopicArn", "Type"]), st.sampled_from(["\n", "\r\n", "\r"])
)
def test_only_the_message_may_hold_a_line_break(name: str, line_break: str) -> None:
    body = message()
    assert refusal(signed(body | {name: f"{body[name]}{line_break}Type\nNotification"})).status in (400, 403)


def test_one_kind_of_message_does_not_pass_for_another() -> None:
    """A notification whose text ends like the rest of a confirmation."""
    wanted = message("SubscriptionConfirmation")
    text = "".join(f"{name}\n{wanted[name]}\n" for name in ("Message", "MessageId", "SubscribeURL"))
    body = signed(message(Message=text.removeprefix("Message\n").rstrip("\n")))
    forged = wanted | {"Signature": body["Signature"], "SignatureVersion": "2"}
    assert refusal(forged).cause == "the signature does not belong to this message"


@pytest.mark.parametrize(
    "topic", [TOPIC.upper(), TOPIC + " ", TOPIC[:-1], TOPIC.replace("222233334444", "222233334445")]
)
def test_another_topic_is_refused_before_any_certificate_is_fetched(topic: str) -> None:
    keys = Keys()
    assert refusal(signed(message(TopicArn=topic)), keys).status == 403
    assert keys.asked == []


@pytest.mark.parametrize(
    "url",
    [
        f"http://{HOST}{PATH}",
        f"HTTPS://{HOST}{PATH}",
        f"https://sns.s3-us-west-2.amazonaws.com{PATH}",
        f"https://sns.us-east-1.amazonaws.com{PATH}",
        f"https://sns.eu-central-1.amazonaws.com.cn{PATH}",
        f"https://{HOST}.evil.example{PATH}",
        f"https://evil.example/{HOST}{PATH}",
        f"https://{HOST}:443{PATH}",
        f"https://{HOST}:8443{PATH}",
        f"https://user@{HOST}{PATH}",
        f"https://{HOST}@evil.example{PATH}",
        f"https://{HOST}\\@evil.example{PATH}",
        f"https://{HOST}/x{PATH}",
        f"https://{HOST}/..{PATH}",
        f"https://{HOST}//{PATH}",
        f"https://{HOST}{PATH}?x=1",
        f"https://{HOST}{PATH}#x",
        f"https://{HOST}{PATH}/",
        f"https://{HOST}{PATH}\n",
        f" https://{HOST}{PATH}",
        f"https://{HOST}/SimpleNotificationService-.pem",
        f"https://{HOST}/SimpleNotificationService-%2e%2e.pem",
        f"https://{HOST}/SimpleNotificationService-a/b.pem",
        f"https://{HOST}/SimpleNotificationService-{'a' * 65}.pem",
        f"https://{HOST}/SimpleNotificationService-a.pem.html",
        f"https://{HOST}/simplenotificationservice-a.pem",
        f"https://{HOST}/SimpleNotificationService-\u0661.pem",
        f"https://{HOST.replace('sns', 'SNS')}{PATH}",
        f"https://{HOST}\t{PATH}",
        "https://sns.eu-central-1.amazonaws.com",
        "file:///etc/passwd",
        "",
    ],
)
def test_a_certificate_from_anywhere_else_is_never_fetched(url: str) -> None:
    keys = Keys()
    assert refusal(signed(message(SigningCertURL=url)), keys).status == 403
    assert keys.asked == []


def test_another_key_is_refused() -> None:
    assert refusal(signed(message(), signer=generate_private_key(65537, 2048))).status == 403


def test_sha1_is_refused_unless_it_is_allowed() -> None:
    body = signed(message(), version="1")
    assert "set the topic's attribute SignatureVersion to 2" in refusal(body).cause
    assert verifier(allow_sha1=True).verify(json.dumps(body)).text == body["Message"]


@pytest.mark.parametrize("version", ["0", "3", "", 2, None, ["2"], "2\n"])
def test_other_signature_versions_are_refused(version: Any) -> None:
    assert refusal(signed(message()) | {"SignatureVersion": version}, allow_sha1=True).status == 403


def test_a_swapped_version_is_refused() -> None:
    assert refusal(signed(message(), version="1") | {"SignatureVersion": "2"}, allow_sha1=True).status == 403


@pytest.mark.parametrize("age", [timedelta(hours=1, seconds=1), timedelta(days=400), timedelta(minutes=-6)])
def test_a_replay_of_an_old_message_is_refused(age: timedelta) -> None:
    stale = f"{(NOW - age).isoformat(timespec='milliseconds').removesuffix('+00:00')}Z"
    assert refusal(signed(message(Timestamp=stale))).status == 403


def test_the_greatest_age_of_a_message_can_be_set() -> None:
    body = signed(message(Timestamp="2026-11-20T08:30:00.000Z"))
    assert verifier(max_age=timedelta(hours=2)).verify(json.dumps(body)).timestamp == body["Timestamp"]


@pytest.mark.parametrize(
    "text",
    ["2026-11-20T09:59:58+00:00", "2026-11-20 09:59:58Z", "2026-02-30T09:59:58.000Z", "now", "20261120T095958Z"],
)
def test_a_time_in_another_form_is_refused(text: str) -> None:
    assert refusal(signed(message(Timestamp=text))).status == 400


@pytest.mark.parametrize(
    "message_id", ["1", "5F0C6A52-8D5E-5C11-9A3B-3B1F5F2C7D90", "{5f0c6a52-8d5e-5c11-9a3b-3b1f5f2c7d90}"]
)
def test_a_message_id_that_is_not_a_uuid_is_refused(message_id: str) -> None:
    assert refusal(signed(message(MessageId=message_id))).status == 400


@pytest.mark.parametrize("name", ["Message", "TopicArn", "SigningCertURL", "Extra"])
def test_a_name_that_occurs_twice_is_refused(name: str) -> None:
    body = json.dumps(signed(message()) | {"Extra": "1"})
    assert refusal(f'{body[:-1]}, "{name}": "x"}}').status == 400


@pytest.mark.parametrize("body", ["", "hello", "[]", "5", "null", "{", "[" * 100_000, '{"Message": NaN}', "\ufeff{}"])
def test_what_is_not_a_message_is_refused(body: str) -> None:
    assert refusal(body).status in (400, 403)


def test_half_a_character_is_refused() -> None:
    body = json.dumps(signed(message(Message="x"))).replace('"x"', '"\\ud800"')
    assert refusal(body).cause.endswith("(a lone surrogate)")


@pytest.mark.parametrize("signature", ["", "====", "not base64!", "YQ", "\u00fc"])
def test_what_is_not_a_signature_is_refused(signature: str) -> None:
    assert refusal(signed(message()) | {"Signature": signature}).status in (400, 403)


@given(
    st.dictionaries(
        st.sampled_from(
            ["Type", "MessageId", "TopicArn", "Message", "Timestamp", "Subject", "Token", "SubscribeURL"]
        ),
        st.text() | st.none() | st.integers() | st.lists(st.text()),
    )
)
def test_whatever_is_changed_the_signature_no_longer_matches(fields: dict[str, Any]) -> None:
    body = signed(message())
    same = {name for name in fields if fields[name] == body.get(name) or name in ("Token", "SubscribeURL")}
    if same == fields.keys():
        assert verifier().verify(json.dumps(body | fields)).text == body["Message"]
    else:
        assert refusal(body | fields).status in (400, 403)


@given(st.binary(max_size=300))
def test_any_other_body_is_refused(body: bytes) -> None:
    assert refusal(body.decode(errors="surrogateescape")).status in (400, 403)
