"""receive_feedback, as API Gateway calls it."""

import base64
import json
from collections.abc import Callable
from types import ModuleType
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.exceptions import ClientError
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from ses_feedback.errors import Unavailable
from ses_feedback.https.request import MAX_BODY_BYTES
from tests.conftest import REGION
from tests.handlers.conftest import Context, Load
from tests.sns import NOW, TOPIC, http_request, key, message, signed
from tests.stores import calls_of, crash_at, messages_in

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient


class Keys:
    def key(self, _host: str, _path: str) -> RSAPublicKey:
        return key().public_key()


class Refusing:
    """A client for SNS that answers confirmations with an error."""

    def __init__(self, code: str) -> None:
        self.code = code

    def confirm_subscription(self, **_: str) -> None:
        raise ClientError({"Error": {"Code": self.code, "Message": "no"}}, "ConfirmSubscription")


@pytest.fixture
def operations_topic(aws: None, sqs: "SQSClient") -> tuple[str, str]:
    """The operators' topic, and a queue that hears what they hear."""
    sns = boto3.client("sns", region_name=REGION)
    topic, url = sns.create_topic(Name="operations")["TopicArn"], sqs.create_queue(QueueName="operators")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    return topic, url


@pytest.fixture
def module(function: Load, operations_topic: tuple[str, str], monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    secret = json.dumps({"username": "sns", "password": "a-password"})
    boto3.client("secretsmanager", region_name=REGION).create_secret(Name="https", SecretString=secret)
    variables = {"BASIC_AUTH_SECRET": "https", "TOPIC_ARNS": TOPIC, "ALLOW_SHA1": "false", "MAX_AGE_SECONDS": "3600"}
    for name, value in (variables | {"OPERATIONS_TOPIC_ARN": operations_topic[0]}).items():
        monkeypatch.setenv(name, value)
    loaded = function("receive_feedback")
    monkeypatch.setattr(loaded.verifier, "_certificates", Keys())
    monkeypatch.setattr(loaded.verifier, "_clock", lambda: NOW)
    return loaded


@pytest.fixture
def post(module: ModuleType, context: Context) -> Callable[[dict[str, Any]], dict[str, Any]]:
    return lambda event: dict(module.handler(event, context))


type Post = Callable[[dict[str, Any]], dict[str, Any]]


def test_a_signed_message_is_queued_as_the_feedback_topic_would_queue_it(
    post: Post, sqs: "SQSClient", feedback_queue: str
) -> None:
    body = message()
    assert post(http_request(signed(body)))["statusCode"] == 200
    [queued] = messages_in(sqs, feedback_queue)
    kept = ("Type", "MessageId", "TopicArn", "Timestamp", "Message")
    assert json.loads(queued["Body"]) == {name: body[name] for name in kept}


def test_what_is_queued_holds_nothing_that_was_not_signed(post: Post, sqs: "SQSClient", feedback_queue: str) -> None:
    body = signed(message()) | {"MessageAttributes": {"x": "y"}, "Records": [{"body": "another message"}]}
    assert post(http_request(body))["statusCode"] == 200
    [queued] = messages_in(sqs, feedback_queue)
    assert json.loads(queued["Body"]).keys() == {"Type", "MessageId", "TopicArn", "Timestamp", "Message"}


@pytest.mark.parametrize("text", ["\ufffe\uffff", "\x00\x0b", "ü\U0001f600\u2028"])
def test_text_that_sqs_does_not_accept_is_queued_escaped(
    post: Post, sqs: "SQSClient", feedback_queue: str, text: str
) -> None:
    assert post(http_request(signed(message(Message=text))))["statusCode"] == 200
    [queued] = messages_in(sqs, feedback_queue)
    assert not set("\ufffe\uffff\x00\x0b") & set(queued["Body"])
    assert json.loads(queued["Body"])["Message"] == text


@pytest.mark.parametrize("credentials", [None, b"", b"sns:", b"sns:a-passwor", b"sns:a-password ", b"\xff:\xff"])
def test_without_user_and_password_the_answer_is_the_challenge_that_sns_expects(
    post: Post, sqs: "SQSClient", feedback_queue: str, credentials: bytes | None
) -> None:
    answer = post(http_request(signed(message()), credentials))
    assert answer["statusCode"] == 401
    assert answer["headers"]["www-authenticate"].startswith("Basic realm=")
    assert messages_in(sqs, feedback_queue) == []


def test_a_new_password_is_accepted_at_once_and_the_old_one_refused(
    module: ModuleType, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SNS gives a message up after a 401 to user and password."""
    assert post(http_request(signed(message())))["statusCode"] == 200
    secret = json.dumps({"username": "sns", "password": "another"})
    boto3.client("secretsmanager", region_name=REGION).put_secret_value(SecretId="https", SecretString=secret)
    later = module.secret._clock() + 11
    monkeypatch.setattr(module.secret, "_clock", lambda: later)
    assert post(http_request(signed(message()), b"sns:another"))["statusCode"] == 200
    assert post(http_request(signed(message())))["statusCode"] == 401


@pytest.mark.parametrize(
    "given", ["Bearer c25zOmEtcGFzc3dvcmQ=", "c25zOmEtcGFzc3dvcmQ=", "Basic", "Basic !!", "Basic \u00fc"]
)
def test_another_authorization_scheme_is_refused(post: Post, given: str) -> None:
    assert post(http_request(signed(message()), None, authorization=given))["statusCode"] == 401


def test_a_message_that_sqs_did_not_accept_is_not_answered_with_success(
    module: ModuleType, context: Context, sqs: "SQSClient", feedback_queue: str
) -> None:
    client, error = module.receipt._sqs, ClientError({"Error": {"Code": "ServiceUnavailable"}}, "SendMessage")
    with crash_at(client, 0, "before-call", error), pytest.raises(ClientError):
        module.handler(http_request(signed(message())), context)  # API Gateway makes a 500 of it: SNS tries again
    assert messages_in(sqs, feedback_queue) == []


def test_a_certificate_that_cannot_be_fetched_is_answered_with_5xx(
    module: ModuleType, context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: str) -> RSAPublicKey:
        raise Unavailable("not there")

    monkeypatch.setattr(module.verifier._certificates, "key", fail, raising=False)
    assert module.handler(http_request(signed(message())), context)["statusCode"] == 503


def test_a_forged_message_is_refused_for_good(post: Post, sqs: "SQSClient", feedback_queue: str) -> None:
    assert post(http_request(signed(message()) | {"Message": "forged"}))["statusCode"] == 403
    assert messages_in(sqs, feedback_queue) == []


def test_raw_message_delivery_is_refused_with_what_to_do(post: Post) -> None:
    event = http_request(message()["Message"])
    event["headers"]["x-amz-sns-rawdelivery"] = "true"
    answer = post(event)
    assert answer["statusCode"] == 400
    assert "RawMessageDelivery" in answer["body"]


def test_a_body_that_is_too_large_is_refused(post: Post) -> None:
    assert post(http_request("x" * (MAX_BODY_BYTES + 1)))["statusCode"] == 413
    assert post(http_request("ü" * (MAX_BODY_BYTES // 2 + 1)))["statusCode"] == 413
    assert post(http_request("ü" * (MAX_BODY_BYTES // 2)))["statusCode"] == 400


@pytest.mark.parametrize(("body", "status"), [(b"\xff\xfe{\x00}\x00", 400), (b"", 400), (None, 200)])
def test_a_body_in_base64_is_read_as_utf8(post: Post, body: bytes | None, status: int) -> None:
    event = http_request(signed(message()))
    sent = event["body"].encode() if body is None else body
    event |= {"body": base64.b64encode(sent).decode(), "isBase64Encoded": True}
    assert post(event)["statusCode"] == status


def test_a_subscription_is_confirmed_by_the_api_in_the_topics_region(
    module: ModuleType, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    topic = boto3.client("sns", region_name="us-west-2").create_topic(Name="another")["TopicArn"]
    monkeypatch.setitem(module.verifier._hosts, topic, "sns.us-west-2.amazonaws.com")
    body = message("SubscriptionConfirmation", TopicArn=topic)
    body["SigningCertURL"] = body["SigningCertURL"].replace("eu-central-1", "us-west-2")
    with calls_of(module.sns_in("us-west-2", False)) as calls:
        assert post(http_request(signed(body)))["body"] == '{"message": "confirmed"}'
    assert calls == ["ConfirmSubscription"]


@pytest.mark.parametrize("code", ["AuthorizationError", "InvalidClientTokenId"])
def test_if_the_api_denies_us_or_does_not_know_us_in_an_opt_in_region_the_token_alone_confirms(
    module: ModuleType, post: Post, monkeypatch: pytest.MonkeyPatch, code: str
) -> None:
    unsigned = module.sns_in("us-west-2", True)
    topic = boto3.client("sns", region_name="us-west-2").create_topic(Name="another")["TopicArn"]
    monkeypatch.setitem(module.verifier._hosts, topic, "sns.us-west-2.amazonaws.com")
    monkeypatch.setattr(module.receipt, "_sns_in", lambda _, bare: unsigned if bare else Refusing(code))
    body = message("SubscriptionConfirmation", TopicArn=topic)
    body["SigningCertURL"] = body["SigningCertURL"].replace("eu-central-1", "us-west-2")
    sent = list[Any]()
    unsigned.meta.events.register("before-send.sns.ConfirmSubscription", lambda request, **_: sent.append(request))
    assert post(http_request(signed(body)))["statusCode"] == 200
    assert "Authorization" not in sent[0].headers


@pytest.mark.parametrize(("code", "status"), [("InvalidParameter", 400), ("NotFound", 400)])
def test_a_token_that_sns_does_not_know_is_refused_for_good(
    module: ModuleType, post: Post, monkeypatch: pytest.MonkeyPatch, code: str, status: int
) -> None:
    monkeypatch.setattr(module.receipt, "_sns_in", lambda *_: Refusing(code))
    assert post(http_request(signed(message("SubscriptionConfirmation"))))["statusCode"] == status


def test_the_operators_are_notified_of_an_ended_subscription_which_is_not_renewed(
    post: Post, sqs: "SQSClient", operations_topic: tuple[str, str], feedback_queue: str
) -> None:
    assert post(http_request(signed(message("UnsubscribeConfirmation"))))["statusCode"] == 200
    [told] = messages_in(sqs, operations_topic[1])
    assert TOPIC in json.loads(told["Body"])["Message"]
    assert messages_in(sqs, feedback_queue) == []


def test_logs_hold_neither_addresses_nor_the_password(
    capsys: pytest.CaptureFixture[str], request: pytest.FixtureRequest
) -> None:
    post = request.getfixturevalue("post")  # here, since a logger keeps the output that it finds when it is made
    post(http_request(signed(message())))
    post(http_request(signed(message()) | {"Message": "x@example.net"}))
    logged = capsys.readouterr()
    assert "queued" in logged.out
    assert not any(secret in logged.out + logged.err for secret in ("@", "a-password", "c25zOmEtcGFzc3dvcmQ"))
