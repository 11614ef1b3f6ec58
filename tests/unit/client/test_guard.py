"""A guarded client of SES: whom it asks about, what it raises, and what it sends to the rest."""

import io
import pickle
from collections.abc import Callable
from copy import deepcopy
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from botocore.exceptions import ParamValidationError

from ses_feedback.decision.override import suppression_of
from ses_feedback.ledger.table import Ledger
from ses_feedback_client import InvalidAddress, Suppressed, Suppressions, Unavailable, UnknownName, guard
from tests.conftest import REGION, TABLE
from tests.samples import NOW

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

GONE, GONE_TOO, OK = "gone@example.org", "anybody@closed.example", "ok@example.net"
RAW = b"From: a@example.com\r\nTo: Ok <ok@example.net>\r\nCc: =?utf-8?q?G=C3=B6ne?= <gone@example.org>\r\n\r\nHello"
MESSAGE = {"Subject": {"Data": "x"}, "Body": {"Text": {"Data": "x"}}}

type Send = Callable[..., Any]


class Ses:
    """Clients of SES that answer by themselves; `sent` are the parameters that would have left."""

    def __init__(self) -> None:
        self.sent, self._params = list[dict[str, Any]](), dict[str, Any]()
        self.answer: dict[str, Any] = {"MessageId": "1"}

    def client(self, service: Any) -> Any:
        return boto3.client(service, region_name=REGION)

    def watch(self, client: Any) -> Any:
        client.meta.events.register("before-parameter-build.*.*", self._note)
        client.meta.events.register("before-call.*.*", self._send)
        return client

    def _note(self, params: dict[str, Any], **_: Any) -> None:
        self._params = params  # which the guard may still change

    def _send(self, **_: Any) -> Any:
        self.sent.append(deepcopy(self._params))
        return AWSResponse("", 200, HTTPHeaders(), None), self.answer


@pytest.fixture
def ses(aws: None) -> Ses:
    return Ses()


@pytest.fixture
def suppressions(ledger: Ledger, dynamodb: "DynamoDBClient") -> Suppressions:
    for address in (GONE, "@closed.example"):
        ledger.apply(suppression_of(address, NOW, "ops", "x"))
    ledger.apply(suppression_of("reader@example.net", NOW, "ops", "x", message_stream="marketing"))
    return Suppressions(TABLE, client=dynamodb)


def destination(*to: str, cc: tuple[str, ...] = (), bcc: tuple[str, ...] = ()) -> dict[str, list[str]]:
    fields = {"ToAddresses": to, "CcAddresses": cc, "BccAddresses": bcc}
    return {name: list(entries) for name, entries in fields.items() if entries}


V1 = {
    "send_email": lambda where: {"Source": "a@example.com", "Destination": where, "Message": MESSAGE},
    "send_templated_email": lambda where: {
        "Source": "a@example.com", "Destination": where, "Template": "t", "TemplateData": "{}",
    },
}  # fmt: skip
V2 = {
    "simple": {"Simple": MESSAGE},
    "template": {"Template": {"TemplateName": "t", "TemplateData": "{}"}},
    "raw": {"Raw": {"Data": RAW}},
}
SINGLE = [("ses", name, None) for name in V1] + [("sesv2", "send_email", content) for content in V2]


def call(client: Any, operation: str, content: str | None, where: dict[str, list[str]]) -> Any:
    if content:
        return client.send_email(FromEmailAddress="a@example.com", Destination=where, Content=V2[content])
    return getattr(client, operation)(**V1[operation](where))


@pytest.mark.parametrize(("service", "operation", "content"), SINGLE)
def test_a_send_to_a_suppressed_recipient_raises_and_nothing_leaves(
    service: str, operation: str, content: str | None, ses: Ses, suppressions: Suppressions
) -> None:
    client = ses.watch(guard(ses.client(service), suppressions))
    for where in (destination(OK, GONE), destination(OK, cc=(f"G <{GONE}>",)), destination(OK, bcc=(GONE,))):
        with pytest.raises(Suppressed) as raised:
            call(client, operation, content, where)
        assert (raised.value.address, raised.value.reason) == (GONE, "operator")
        assert "not sent: 'gone@example.org' must not be written to: operator (global, for good)" in str(raised.value)
    assert ses.sent == []
    call(client, operation, content, destination(OK))
    assert len(ses.sent) == 1


@pytest.mark.parametrize(("service", "operation", "content"), SINGLE)
def test_a_suppressed_recipient_is_dropped_and_the_rest_get_the_mail(
    service: str, operation: str, content: str | None, ses: Ses, suppressions: Suppressions
) -> None:
    client = ses.watch(guard(ses.client(service), suppressions, on_suppressed="drop"))
    given = destination(GONE, f"Ok <{OK}>", cc=(GONE_TOO,), bcc=("b@example.net", GONE))
    before = deepcopy(given)
    call(client, operation, content, given)
    assert ses.sent[0]["Destination"] == destination(f"Ok <{OK}>", bcc=("b@example.net",))
    assert given == before, "the caller's own objects stay as they are"
    with pytest.raises(Suppressed, match=r"\(and 1 more\)"):
        call(client, operation, content, destination(GONE, cc=(GONE_TOO,)))
    assert len(ses.sent) == 1


@pytest.mark.parametrize("data", [RAW, bytearray(RAW), RAW.replace(b"\r\n", b"\n")])
def test_a_raw_mail_without_destinations_goes_by_its_headers(data: Any, ses: Ses, suppressions: Suppressions) -> None:
    v1, v2 = (ses.watch(guard(ses.client(name), suppressions, on_suppressed="drop")) for name in ("ses", "sesv2"))
    v1.send_raw_email(RawMessage={"Data": data})
    v2.send_email(Content={"Raw": {"Data": data}})
    assert ses.sent[0] == {"RawMessage": {"Data": data}, "Destinations": [OK]}
    assert ses.sent[1] == {"Content": {"Raw": {"Data": data}}, "Destination": {"ToAddresses": [OK]}}
    strict = ses.watch(guard(ses.client("ses"), suppressions))
    with pytest.raises(Suppressed):
        strict.send_raw_email(RawMessage={"Data": data})


def test_destinations_of_a_raw_mail_come_before_its_headers(ses: Ses, suppressions: Suppressions) -> None:
    client = ses.watch(guard(ses.client("ses"), suppressions))
    client.send_raw_email(RawMessage={"Data": RAW}, Destinations=[OK])
    with pytest.raises(Suppressed):
        client.send_raw_email(RawMessage={"Data": RAW.replace(b"gone@", b"fine@")}, Destinations=[GONE])
    assert len(ses.sent) == 1


def test_a_raw_mail_in_a_file_is_read_once(ses: Ses, suppressions: Suppressions) -> None:
    client = ses.watch(guard(ses.client("sesv2"), suppressions, on_suppressed="drop"))
    client.send_email(Content={"Raw": {"Data": io.BytesIO(RAW)}})
    assert ses.sent[0]["Content"]["Raw"]["Data"] == RAW


def test_a_raw_mail_to_nobody_is_refused(ses: Ses, suppressions: Suppressions) -> None:
    client = ses.watch(guard(ses.client("sesv2"), suppressions))
    with pytest.raises(InvalidAddress, match="names nobody in To, Cc or Bcc"):
        client.send_email(Content={"Raw": {"Data": b"Subject: x\r\n\r\nHello"}})
    assert ses.sent == []


def entries(*to: str) -> list[dict[str, Any]]:
    return [{"Destination": destination(address), "ReplacementTags": [{"Name": "n", "Value": "v"}]} for address in to]


def bulk(ses: Ses, suppressions: Suppressions, service: str, *to: str) -> Any:
    client = ses.watch(guard(ses.client(service), suppressions, on_suppressed="drop"))
    if service == "ses":
        ses.answer = {"Status": [{"Status": "Success", "MessageId": f"{n}"} for n in range(to.count(OK))]}
        common = {"Source": "a@example.com", "Template": "t", "DefaultTemplateData": "{}"}
        return client.send_bulk_templated_email(Destinations=entries(*to), **common)["Status"]
    ses.answer = {"BulkEmailEntryResults": [{"Status": "SUCCESS", "MessageId": f"{n}"} for n in range(to.count(OK))]}
    content = {"Template": {"TemplateName": "t", "TemplateData": "{}"}}
    return client.send_bulk_email(BulkEmailEntries=entries(*to), DefaultContent=content)["BulkEmailEntryResults"]


@pytest.mark.parametrize(("service", "rejected"), [("ses", "MessageRejected"), ("sesv2", "MESSAGE_REJECTED")])
def test_a_bulk_goes_to_the_rest_and_its_answer_keeps_the_order_of_the_call(
    service: str, rejected: str, ses: Ses, suppressions: Suppressions
) -> None:
    answer = bulk(ses, suppressions, service, GONE, OK, GONE_TOO, GONE, OK)
    assert [row.get("MessageId") for row in answer] == [None, "0", None, None, "1"]
    assert [row["Status"] for row in answer if "MessageId" not in row] == [rejected] * 3
    assert "every recipient of this entry is suppressed" in answer[0]["Error"]
    name = "Destinations" if service == "ses" else "BulkEmailEntries"
    assert ses.sent[0][name] == entries(OK, OK)


@pytest.mark.parametrize("service", ["ses", "sesv2"])
def test_a_bulk_of_which_nobody_is_left_raises(service: str, ses: Ses, suppressions: Suppressions) -> None:
    with pytest.raises(Suppressed):
        bulk(ses, suppressions, service, GONE, GONE_TOO)
    assert ses.sent == []


def test_a_client_sends_mail_of_one_stream(ses: Ses, suppressions: Suppressions) -> None:
    news = ses.watch(guard(ses.client("sesv2"), suppressions, stream="marketing"))
    mail = ses.watch(guard(ses.client("sesv2"), suppressions))
    with pytest.raises(Suppressed):
        call(news, "send_email", "simple", destination("reader@example.net"))
    call(mail, "send_email", "simple", destination("reader@example.net"))
    with pytest.raises(UnknownName):
        guard(ses.client("sesv2"), suppressions, stream="news")


@pytest.mark.parametrize("service", ["ses", "sesv2"])
def test_a_mail_that_verifies_an_address_is_a_send_too(service: str, ses: Ses, suppressions: Suppressions) -> None:
    client = ses.watch(guard(ses.client(service), suppressions, on_suppressed="drop"))
    with pytest.raises(Suppressed):
        client.send_custom_verification_email(EmailAddress=GONE, TemplateName="t")
    client.send_custom_verification_email(EmailAddress=OK, TemplateName="t")


def test_other_calls_are_left_alone(ses: Ses, suppressions: Suppressions) -> None:
    client = ses.watch(guard(ses.client("sesv2"), suppressions))
    client.get_suppressed_destination(EmailAddress=GONE)
    assert ses.sent == [{"EmailAddress": GONE}]


def test_no_recipients_and_wrong_types_are_left_to_botocore_and_ses(ses: Ses, suppressions: Suppressions) -> None:
    client = ses.watch(guard(ses.client("ses"), suppressions, on_suppressed="drop"))
    call(client, "send_email", None, {})
    call(client, "send_email", None, {"ToAddresses": []})
    with pytest.raises(ParamValidationError, match="type: <class 'str'>"):
        call(client, "send_email", None, {"ToAddresses": OK})  # type: ignore[dict-item]


def test_a_table_that_cannot_be_asked_stops_the_send(ses: Ses, dynamodb: "DynamoDBClient") -> None:
    client = ses.watch(guard(ses.client("sesv2"), Suppressions("nowhere", client=dynamodb)))
    with pytest.raises(Unavailable):
        call(client, "send_email", "simple", destination(OK))
    open_client = Suppressions("nowhere", client=dynamodb, on_error="allow")
    call(ses.watch(guard(ses.client("sesv2"), open_client)), "send_email", "simple", destination(OK))
    assert len(ses.sent) == 1


def test_the_error_survives_a_queue(suppressions: Suppressions) -> None:
    error = Suppressed([suppressions.verdict(GONE)])
    assert pickle.loads(pickle.dumps(error)).verdicts == error.verdicts  # noqa: S301


def test_only_clients_of_ses_can_be_guarded(dynamodb: "DynamoDBClient", suppressions: Suppressions) -> None:
    with pytest.raises(ValueError, match="'dynamodb' is not a client of SES"):
        guard(dynamodb, suppressions)
    with pytest.raises(ValueError, match="on_suppressed='skip': choose raise or drop"):
        guard(boto3.client("ses", region_name=REGION), suppressions, on_suppressed="skip")  # type: ignore[arg-type]
