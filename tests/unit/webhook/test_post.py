"""A webhook goes to where its host is, if that is on the internet, and nowhere else."""

import socket
from collections.abc import Iterator
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest

from ses_feedback.errors import Undelivered
from ses_feedback.webhook import post as webhook_post
from ses_feedback.webhook.post import WebhookAddress, is_public
from tests.https_server import Answer, HttpsServer

HOST = "app.example.com"


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[HttpsServer]:
    """The application: its name resolves to loopback, and its certificate is trusted for this test."""
    with HttpsServer(tmp_path, HOST) as server:
        resolve(monkeypatch, "127.0.0.1")
        monkeypatch.setenv("SSL_CERT_FILE", str(server.authority))
        yield server


def resolve(monkeypatch: pytest.MonkeyPatch, *addresses: str) -> list[str]:
    """Names resolve to these, in turn; returns the names that were looked up."""
    asked, real = list[str](), socket.getaddrinfo

    def getaddrinfo(host: str, port: int, *arguments: Any, **options: Any) -> Any:
        if host != HOST:
            return real(host, port, *arguments, **options)
        asked.append(host)
        return [(0, 0, 0, "", (address, port)) for address in addresses]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    return asked


def address(server: HttpsServer, *, allow_private: bool = True) -> WebhookAddress:
    return WebhookAddress(f"https://{HOST}:{server.port}/feedback?key=1", allow_private=allow_private)


def test_an_event_is_posted_with_its_headers(server: HttpsServer) -> None:
    address(server).post(b'{"a": 1}', {"webhook-id": "1"})
    [request] = server.requests
    assert (request.method, request.path, request.body) == ("POST", "/feedback?key=1", b'{"a": 1}')
    assert (request.headers["webhook-id"], request.headers["host"]) == ("1", f"{HOST}:{server.port}")


@pytest.mark.parametrize("status", [200, 201, 202, 204])
def test_every_2xx_means_delivered(server: HttpsServer, status: int) -> None:
    server.answers = [Answer(status)]
    address(server).post(b"{}", {})
    assert len(server.requests) == 1


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(server: HttpsServer, status: int) -> None:
    server.answers = [Answer(status, headers={"location": f"https://{HOST}:{server.port}/elsewhere"})]
    with pytest.raises(Undelivered, match="redirect"):
        address(server).post(b"{}", {})
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("status", "is_final"), [(400, False), (404, False), (410, True), (429, False), (500, False)]
)
def test_only_gone_is_final(server: HttpsServer, status: int, is_final: bool) -> None:
    server.answers = [Answer(status)]
    with pytest.raises(Undelivered) as undelivered:
        address(server).post(b"{}", {})
    assert undelivered.value.is_final == is_final


@pytest.mark.parametrize(("said", "wait"), [("120", 120), ("", 0), ("-1", 0), ("soon", 0), ("9" * 9, 0), ("\xb2", 0)])
def test_a_receiver_may_ask_to_wait(server: HttpsServer, said: str, wait: int) -> None:
    server.answers = [Answer(503, headers={"retry-after": said})]
    with pytest.raises(Undelivered) as undelivered:
        address(server).post(b"{}", {})
    assert undelivered.value.retry_after == wait


def test_a_host_that_cannot_prove_its_identity_gets_nothing(
    server: HttpsServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")
    with pytest.raises(Undelivered, match="CERTIFICATE_VERIFY_FAILED"):
        address(server).post(b"{}", {})
    assert server.requests == []


def test_a_host_that_does_not_answer_in_time_is_given_up(
    server: HttpsServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webhook_post, "SECONDS", 0.2)
    server.answers = [Answer(200, pause=1.0)]
    with pytest.raises(Undelivered, match="no answer"):
        address(server).post(b"{}", {})


def test_loopback_is_refused_unless_a_test_allows_it(server: HttpsServer) -> None:
    with pytest.raises(Undelivered, match="private network"):
        address(server, allow_private=False).post(b"{}", {})
    assert server.requests == []


def test_one_private_address_among_public_ones_is_enough_to_refuse(
    server: HttpsServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    resolve(monkeypatch, "93.184.215.14", "10.0.0.1")
    with pytest.raises(Undelivered, match="private network"):
        address(server, allow_private=False).post(b"{}", {})


def test_the_name_is_resolved_once_and_the_connection_goes_to_what_was_checked(
    server: HttpsServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A second look at the name could find another address: DNS rebinding."""
    asked, connected = resolve(monkeypatch, "93.184.215.14"), list[Any]()

    def connect(place: tuple[str, int], **_: Any) -> socket.socket:
        connected.append(place)
        raise OSError("enough")

    monkeypatch.setattr(socket, "create_connection", connect)
    with pytest.raises(Undelivered):
        address(server, allow_private=False).post(b"{}", {})
    assert (asked, connected) == ([HOST], [("93.184.215.14", server.port)])


@pytest.mark.parametrize(
    "text",
    [
        "127.0.0.1", "127.255.0.1", "0.0.0.1", "10.1.2.3", "172.16.0.1", "172.31.255.255", "192.168.0.1",
        "169.254.169.254", "169.254.170.2", "100.64.0.1", "192.0.0.1", "192.0.2.1", "198.18.0.1", "198.51.100.1",
        "203.0.113.1", "224.0.0.1", "240.0.0.1", "255.255.255.255", "::", "::1", "fe80::1", "fc00::1",
        "fd00:ec2::254", "ff02::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254",
        "64:ff9b::7f00:1", "64:ff9b:1::a00:1", "2002:7f00:1::", "2001:db8::1", "2001::1", "3fff::1",
        "::7f00:1", "::a9fe:a9fe", "::ffff:0:a00:1", "fec0::1", "5f00::1", "4000::1",
    ],
)  # fmt: skip
def test_addresses_that_are_not_on_the_internet_are_rejected(text: str) -> None:
    assert not is_public(ip_address(text))


@pytest.mark.parametrize("text", ["93.184.215.14", "8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8"])
def test_addresses_on_the_internet_are_accepted(text: str) -> None:
    assert is_public(ip_address(text))


@pytest.mark.parametrize(
    "url",
    ["http://a.example/", "https://", "https://u:p@a.example/", "https://u@a.example/", "https://a.example/#x", "a",
     "", "ftp://a.example/", "file:///etc/passwd", "https://a.example:x/"],
)  # fmt: skip
def test_anything_but_a_plain_https_address_stops_the_function_at_startup(url: str) -> None:
    with pytest.raises(ValueError, match=r"WebhookUrl must be|Port could not"):
        WebhookAddress(url)
