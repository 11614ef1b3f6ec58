"""The recipes of docs/client.md, with the real packages: who is suppressed gets nothing, everybody else does."""

import importlib.util
import socketserver
import threading
from collections.abc import Iterator
from email.message import EmailMessage
from types import ModuleType
from typing import Any

import boto3
import celery
import django
import pytest
from django.conf import settings as django_settings
from django.core import mail
from moto.backends import get_backend
from moto.core.models import DEFAULT_ACCOUNT_ID as ACCOUNT_ID

from ses_feedback.decision.override import suppression_of
from ses_feedback.ledger.table import Ledger
from ses_feedback_client import Suppressed, Suppressions, Unavailable
from ses_feedback_client.recipients import addresses_in
from tests.conftest import REGION, TABLE
from tests.samples import NOW, ROOT

GONE, OK = "gone@example.org", "ok@example.net"


@pytest.fixture(autouse=True)
def suppressed(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    """GONE gets nothing, the reader no marketing; SES sends for the domain of the shop."""
    monkeypatch.setenv("SES_FEEDBACK_TABLE", TABLE)
    ledger.apply(suppression_of(GONE, NOW, "ops", "x"))
    ledger.apply(suppression_of("reader@example.net", NOW, "ops", "x", message_stream="marketing"))
    boto3.client("ses", region_name=REGION).verify_domain_identity(Domain="example.com")


@pytest.fixture(scope="module", autouse=True)
def configured() -> None:
    """Django, as a project's settings would have it."""
    django_settings.configure(
        INSTALLED_APPS=["anymail"],
        ANYMAIL={"AMAZON_SES_CLIENT_PARAMS": {"region_name": REGION}},
        AWS_SES_REGION_NAME=REGION,
        AWS_SES_REGION_ENDPOINT=f"email.{REGION}.amazonaws.com",
        AWS_SES_AUTO_THROTTLE=None,
        DEFAULT_FROM_EMAIL="shop@example.com",
        USE_TZ=True,
    )
    django.setup()


def recipe(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, ROOT / "clients" / "python" / "examples" / f"{name}.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def sent() -> list[list[str]]:
    """The bare recipients of each mail that SES has; moto's list has those of the headers too."""
    found = list[list[str]]()
    for message in get_backend("ses")[ACCOUNT_ID][REGION].sent_messages:
        where = message.destinations
        entries = where if isinstance(where, list) else [entry for each in where.values() for entry in each]
        found.append(sorted({address for entry in entries for address in addresses_in(entry)}))
    return found


@pytest.fixture
def anymail() -> Iterator[None]:
    from anymail.signals import pre_send

    module = recipe("anymail_receiver")
    yield
    pre_send.disconnect(module.leave_out_the_suppressed)


def test_anymail_leaves_the_suppressed_out(anymail: None) -> None:
    from anymail.backends.amazon_ses import EmailBackend

    backend = EmailBackend()

    def send(*to: str, metadata: dict[str, str] | None = None) -> int:
        message: Any = mail.EmailMessage("Hello", "text", to=list(to))
        message.metadata = metadata or {}
        return int(backend.send_messages([message]))

    assert send(f"Ok <{OK}>", f"Gone <{GONE}>") == 1
    assert send(GONE) == 0
    assert send("reader@example.net", metadata={"message_stream": "marketing"}) == 0
    assert send("reader@example.net") == 1
    assert sent() == [[OK], ["reader@example.net"]]


@pytest.mark.parametrize("with_v2", [False, True])
def test_the_backend_of_django_ses_is_guarded(with_v2: bool) -> None:
    backend = recipe("guarded_ses_backend").GuardedSESBackend(use_ses_v2=with_v2)
    backend.send_messages([mail.EmailMessage("Hello", "text", to=[OK])])
    with pytest.raises(Suppressed):
        backend.send_messages([mail.EmailMessage("Hello", "text", to=[OK], bcc=[GONE])])
    assert sent() == [[OK]]


def test_a_celery_task_ends_or_is_retried(monkeypatch: pytest.MonkeyPatch) -> None:
    app = celery.Celery("shop", set_as_current=True)
    app.conf.update(task_always_eager=True)
    module = recipe("celery_task")
    assert module.send_newsletter.delay(OK, "News", "text").get()
    assert isinstance(module.send_newsletter.delay("reader@example.net", "News", "text").result, Suppressed)
    assert sent() == [[OK]]
    monkeypatch.setenv("SES_FEEDBACK_TABLE", "nowhere")
    module.ses.cache_clear()
    lost = module.send_newsletter.apply((OK, "News", "text"), throw=False)
    assert isinstance(lost.result, Unavailable)
    assert sent() == [[OK]]


class Server(socketserver.ThreadingTCPServer):
    """As much of SMTP as one mail needs; `recipients` of all mails."""

    allow_reuse_address, daemon_threads = True, True

    def __init__(self) -> None:
        self.recipients: list[str] = []
        super().__init__(("127.0.0.1", 0), Session)


class Session(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        self.wfile.write(b"220 ready\r\n")
        while line := self.rfile.readline().decode().strip():
            command = line[:4].upper()
            if command == "RCPT":
                assert isinstance(self.server, Server)
                self.server.recipients.append(line.partition("<")[2].rstrip(">"))
            if command == "DATA":
                self.wfile.write(b"354 go on\r\n")
                while self.rfile.readline() != b".\r\n":
                    pass
            self.wfile.write(b"221 bye\r\n" if command == "QUIT" else b"250 fine\r\n")


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def test_smtplib_skips_the_suppressed(server: Server, ledger: Ledger) -> None:
    checked = recipe("checked_smtp").CheckedSMTP
    checked.suppressions = Suppressions(TABLE)
    message = EmailMessage()
    message["From"], message["To"], message["Bcc"] = "shop@example.com", f"Ok <{OK}>", GONE
    message.set_content("Hello")
    with checked("127.0.0.1", server.server_address[1], timeout=5) as smtp:
        assert smtp.send_message(message) == {}
        with pytest.raises(Suppressed):
            smtp.sendmail("shop@example.com", GONE, "Subject: x\r\n\r\nHello")
    assert server.recipients == [OK]
