"""An HTTPS server on loopback: the application that webhooks are posted to, and the host of SNS's certificates."""

import base64
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509.oid import NameOID

from tests.golden.clock import NOW

SNS_HOST = "sns.eu-central-1.amazonaws.com"
_SIGNED = ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type")
_SIGNED_OF_OTHERS = ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type")


class Server:
    """`posts` are the requests that it got; `statuses` what it answers them, the last one for ever."""

    def __init__(self, folder: Path) -> None:
        self.posts, self.statuses = list[dict[str, Any]](), [204]
        self.key = rsa.generate_private_key(65537, 2048)
        self.authority = folder / "authority.pem"
        pem = self._certificate()
        self.authority.write_bytes(pem)
        chain = folder / "server.pem"
        encoding, form, none = (
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption,
        )
        chain.write_bytes(self.key.private_bytes(encoding, form, none()) + pem)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(chain)
        self.http = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self, pem))
        self.http.socket = context.wrap_socket(self.http.socket, server_side=True)
        self.port = int(self.http.server_address[1])

    def signed(self, body: dict[str, Any]) -> dict[str, Any]:
        """A message as SNS signs it, with this server's key."""
        names = _SIGNED if body["Type"] == "Notification" else _SIGNED_OF_OTHERS
        text = "".join(f"{name}\n{body[name]}\n" for name in names if name in body)
        signature = self.key.sign(text.encode(), padding.PKCS1v15(), hashes.SHA256())
        return body | {"SignatureVersion": "2", "Signature": base64.b64encode(signature).decode()}

    def _certificate(self) -> bytes:
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "golden")])
        hosts = [x509.DNSName("localhost"), x509.DNSName(SNS_HOST)]
        return (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(self.key.public_key())
            .serial_number(7)
            .not_valid_before(NOW - timedelta(days=3650))
            .not_valid_after(NOW + timedelta(days=36500))
            .add_extension(x509.SubjectAlternativeName(hosts), critical=False)
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .sign(self.key, hashes.SHA256())
            .public_bytes(serialization.Encoding.PEM)
        )


@contextmanager
def server(folder: Path) -> Iterator[Server]:
    """Who connects to SNS's host reaches this server, and so does who connects to its own port; nobody else is."""
    found = Server(folder)
    real = socket.create_connection

    def connect(address: tuple[str, int], *arguments: Any, **options: Any) -> socket.socket:
        if address[0] != SNS_HOST and address[1] != found.port:
            raise OSError(f"no way to {address[0]}")
        return real(("127.0.0.1", found.port), *arguments, **options)

    thread = Thread(target=found.http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    socket.create_connection = connect  # type: ignore[assignment]
    thread.start()
    try:
        yield found
    finally:
        found.http.shutdown()
        found.http.server_close()
        socket.create_connection = real


def _handler(mine: Server, pem: bytes) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer(200, pem)

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length") or 0)).decode()
            kept = ("content-type", "user-agent", "webhook-id", "webhook-timestamp", "webhook-signature")
            mine.posts.append({name: self.headers.get(name) for name in kept} | {"path": self.path, "body": body})
            self._answer(mine.statuses.pop(0) if len(mine.statuses) > 1 else mine.statuses[0], b"")

        def _answer(self, status: int, body: bytes) -> None:
            self.send_response(status)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """The recording needs no access log."""

    return Handler
