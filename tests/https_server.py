"""An HTTPS server on loopback: answers what a test says, notes what it was asked, with a certificate of its own."""

import socket
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any, Self

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.sns import certificate


@dataclass(frozen=True, slots=True)
class Answer:
    """What the server says; `pause` is how many seconds it keeps silent before."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    pause: float = 0


@dataclass(frozen=True, slots=True)
class Request:
    method: str
    path: str
    headers: dict[str, str]
    body: bytes


class HttpsServer:
    """One server on a free port; its answers are given in turn, the last one for ever.

    `answers_to` has answers of their own for bodies that hold a text.
    """

    def __init__(self, folder: Path, host: str, *, tls: bool = True) -> None:
        self.answers, self.requests = [Answer(204)], list[Request]()
        self.answers_to: dict[bytes, list[Answer]] = {}
        self.authority = folder / "authority.pem"
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.port: int = self._server.server_address[1]
        if tls:
            self._server.socket = self._context(folder, host).wrap_socket(self._server.socket, server_side=True)
        self._thread = Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def stand_in_for(self, host: str, monkeypatch: pytest.MonkeyPatch) -> None:
        """Whoever connects to the host reaches this server; to others, nobody."""

        def connect(address: tuple[str, int], *arguments: Any, **options: Any) -> socket.socket:
            if address[0] != host:
                raise OSError(f"no way to {address[0]}")
            return real(("127.0.0.1", self.port), *arguments, **options)

        real = _CREATE_CONNECTION
        monkeypatch.setattr(socket, "create_connection", connect)

    def _context(self, folder: Path, host: str) -> ssl.SSLContext:
        private = rsa.generate_private_key(65537, 2048)
        pem = certificate(private, begins=datetime.now(UTC) - timedelta(minutes=1), host=host)
        self.authority.write_bytes(pem)
        chain = folder / "server.pem"
        chain.write_bytes(
            private.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
            + pem
        )
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(chain)
        return context

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        mine = self

        class Handler(BaseHTTPRequestHandler):
            def _answer(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length") or 0))
                headers = {name.lower(): value for name, value in self.headers.items()}
                answers = next((own for text, own in mine.answers_to.items() if text in body), mine.answers)
                answer = answers.pop(0) if len(answers) > 1 else answers[0]
                mine.requests.append(Request(self.command, self.path, headers, body))
                time.sleep(answer.pause)
                try:
                    self.send_response(answer.status)
                    for name, value in answer.headers.items():
                        self.send_header(name, value)
                    self.send_header("content-length", str(len(answer.body)))
                    self.end_headers()
                    self.wfile.write(answer.body)
                except OSError:  # who asked is gone
                    self.close_connection = True

            do_GET = do_POST = _answer  # noqa: N815

            def log_message(self, *_: object) -> None:
                """Tests need no access log."""

        return Handler


_CREATE_CONNECTION = socket.create_connection
