"""The receiver in examples/ does what docs/webhook.md says of it."""

import http.client
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from ses_feedback.webhook.signature import signature_headers, signing_keys
from tests.samples import ROOT, load

SECRET = "whsec_" + "abcd" * 12
BODY = load("sqs_webhook.json")["Records"][0]["body"]


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """The example, run as its docs say, on a free port."""
    command = [sys.executable, "-u", str(ROOT / "examples" / "receive_webhook.py"), "0"]
    environment = os.environ | {"WEBHOOK_SECRET": SECRET}
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        try:
            assert process.stdout is not None
            yield int(process.stdout.readline().split()[-1])
        finally:
            process.terminate()


def post(port: int, body: str, headers: dict[str, str]) -> tuple[int, str]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request("POST", "/", body.encode(), headers)
        with connection.getresponse() as answer:
            return answer.status, answer.read().decode()
    finally:
        connection.close()


def signed(body: str, message_id: str) -> dict[str, str]:
    return signature_headers(signing_keys(SECRET), message_id, int(time.time()), body.encode())


def test_a_suppression_stops_the_address_and_a_copy_changes_nothing(port: int) -> None:
    event_id = json.loads(BODY)["id"]
    assert post(port, BODY, signed(BODY, event_id)) == (200, "1 stopped")
    assert post(port, BODY, signed(BODY, event_id)) == (200, "1 stopped")


def test_what_we_did_not_sign_is_rejected(port: int) -> None:
    headers = signed(BODY, "another")
    assert post(port, BODY.replace("marta", "mario"), headers)[0] == 401
    assert post(port, BODY, {})[0] == 401


def test_an_old_webhook_is_rejected(port: int) -> None:
    headers = signature_headers(signing_keys(SECRET), "old", int(time.time()) - 3600, BODY.encode())
    assert post(port, BODY, headers)[0] == 401
