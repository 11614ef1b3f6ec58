"""The HTTPS endpoint: as deployed behind its gateway, and as built, with SNS's host played by a server of ours.

What is replaced is the network alone: the function's process connects to our server where it asks for
sns.eu-central-1.amazonaws.com, and trusts its authority. Host, path, TLS and signature are checked by what was built.
"""

import base64
import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from ses_feedback.timestamp import to_text
from tests.https_server import Answer, HttpsServer
from tests.sns import HOST, PATH, TOPIC, certificate, http_request, message, signed
from tests.stack.driver import Driver
from tests.stack.test_runtime import invoke

ROUTE = """
import socket
real = socket.create_connection
def connect(address, *arguments, **options):
    if address == ({host!r}, 443):
        address = ("127.0.0.1", {port})
    return real(address, *arguments, **options)
socket.create_connection = connect
"""


@pytest.fixture
def sns_host(tmp_path: Path) -> Iterator[HttpsServer]:
    with HttpsServer(tmp_path, HOST) as server:
        server.answers = [Answer(200, certificate(begins=datetime.now(UTC)))]
        yield server


@pytest.fixture
def network(tmp_path: Path, sns_host: HttpsServer) -> dict[str, str]:
    """Variables that route a process to our server."""
    folder = tmp_path / "network"
    folder.mkdir()
    (folder / "sitecustomize.py").write_text(ROUTE.format(host=HOST, port=sns_host.port), encoding="utf-8")
    return {"PYTHONPATH": str(folder), "SSL_CERT_FILE": str(sns_host.authority)}


def credentials(driver: Driver) -> bytes:
    client = driver.stack.aws.client("secretsmanager")
    secret = json.loads(client.get_secret_value(SecretId=driver.stack.outputs["HttpsSecret"])["SecretString"])
    return f"{secret['username']}:{secret['password']}".encode()


def now(kind: str = "Notification", **fields: Any) -> dict[str, Any]:
    return signed(message(kind, Timestamp=to_text(datetime.now(UTC)), **fields))


def test_a_message_that_sns_signed_becomes_a_row_of_the_ledger(
    driver: Driver, sns_host: HttpsServer, network: dict[str, str]
) -> None:
    text = json.dumps(driver.load("ses/event_bounce.json")).replace("@example.net", "@https.example")
    answer = invoke("ReceiveFeedback", http_request(now(Message=text), credentials(driver)), driver, **network)
    assert answer["statusCode"] == 200
    assert [request.path for request in sns_host.requests] == [PATH]
    driver.settle()
    assert len(driver.rows("https.example")) == 1


def test_a_message_that_was_changed_in_transit_is_refused(driver: Driver, network: dict[str, str]) -> None:
    event = http_request(now() | {"Message": "{}"}, credentials(driver))
    assert invoke("ReceiveFeedback", event, driver, **network)["statusCode"] == 403


def test_a_subscription_is_confirmed(driver: Driver, network: dict[str, str]) -> None:
    sns = driver.stack.aws.client("sns")
    event = http_request(now("SubscriptionConfirmation"), credentials(driver))
    answer = invoke("ReceiveFeedback", event, driver, **network)
    assert answer["statusCode"] == 400  # the local SNS has no such topic, and says so: it was asked
    assert "NotFound" in answer["body"]
    assert TOPIC not in json.dumps(sns.list_topics()["Topics"])


def post(driver: Driver, body: dict[str, Any], user: bytes | None) -> tuple[int, Any, str]:
    """Status, headers and body of a post to the deployed endpoint, by the path that the local gateway has for it."""
    api = driver.stack.outputs["HttpsEndpoint"].removeprefix("https://").partition(".")[0]
    url = f"{driver.stack.aws.url}/_aws/execute-api/{api}/$default/sns"
    request = urllib.request.Request(url, json.dumps(body).encode(), {"content-type": "text/plain; charset=UTF-8"})
    if user is not None:
        request.add_header("authorization", f"Basic {base64.b64encode(user).decode()}")
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status, answer.headers, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.headers, error.read().decode()


def test_the_deployed_endpoint_asks_for_user_and_password(driver: Driver) -> None:
    status, headers, _ = post(driver, now(), None)
    assert status == 401
    assert headers["www-authenticate"].startswith("Basic realm=")


def test_the_deployed_endpoint_refuses_another_topic(driver: Driver) -> None:
    status, _, body = post(driver, now(TopicArn=f"{TOPIC}-other"), credentials(driver))
    assert (status, "HttpsTopicArns" in body) == (403, True)


def test_the_deployed_endpoint_asks_sns_to_retry_if_the_certificate_cannot_be_fetched(driver: Driver) -> None:
    status, _, body = post(driver, now(), credentials(driver))  # there is no way to SNS's host from here
    assert (status, HOST in body) == (503, True)
