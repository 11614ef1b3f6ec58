"""The library of Standard Webhooks verifies what we sign."""

import base64
import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from ses_feedback.webhook.signature import signature_headers, signing_keys

SECRET, OTHER = base64.b64encode(bytes(range(36))).decode(), "whsec_" + base64.b64encode(b"y" * 24).decode()


@given(st.dictionaries(st.text(), st.text()))
def test_the_standards_own_library_verifies_it(content: dict[str, str]) -> None:
    body = json.dumps(content, ensure_ascii=False).encode(errors="replace")
    headers = signature_headers(signing_keys(SECRET), "event-1", int(time.time()), body)
    assert Webhook(SECRET).verify(body, headers) == json.loads(body)


@pytest.mark.parametrize("name", ["webhook-id", "webhook-timestamp", "webhook-signature"])
def test_a_header_that_was_changed_is_noticed(name: str) -> None:
    headers = signature_headers(signing_keys(SECRET), "event-1", int(time.time()), b"{}")
    other = "1" if headers[name][-3] != "1" else "2"
    with pytest.raises(WebhookVerificationError):
        Webhook(SECRET).verify(b"{}", headers | {name: headers[name][:-3] + other + headers[name][-2:]})


def test_a_body_that_was_changed_is_noticed() -> None:
    headers = signature_headers(signing_keys(SECRET), "event-1", int(time.time()), b"{}")
    with pytest.raises(WebhookVerificationError):
        Webhook(SECRET).verify(b"{ }", headers)


@pytest.mark.parametrize("secret", [SECRET, OTHER])
def test_while_one_secret_replaces_another_both_verify(secret: str) -> None:
    headers = signature_headers(signing_keys(f"{SECRET} {OTHER}"), "event-1", int(time.time()), b"{}")
    assert Webhook(secret).verify(b"{}", headers) == {}


@pytest.mark.parametrize("secret", ["", " ", "whsec_", "not base64!", "c2hvcnQ=", f"{SECRET} c2hvcnQ="])
def test_an_unusable_secret_is_rejected_without_being_named(secret: str) -> None:
    with pytest.raises(ValueError, match="the webhook's secret must be") as refused:
        signing_keys(secret)
    assert "c2hvcnQ" not in str(refused.value)
