"""An unreliable connection to the local AWS: throttling, errors, resets, lost answers, and outages.

An HTTP proxy on loopback, which is the deployed functions' endpoint. Each fault is shaped as the service
shapes it: JSON with `__type` for DynamoDB and SQS, XML for S3, a status and a JSON message for SES.
"""

import http.client
import random
import socket
import struct
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

_NOT_FORWARDED = {"connection", "transfer-encoding", "content-length", "keep-alive"}
FAULTS = ("throttled", "error", "lost", "reset", "slow")


class Proxy:
    """`share` of the requests fail or are slow; while `is_out`, all fail. `counts` has the faults so far."""

    def __init__(self, port: int, chance: random.Random) -> None:
        self._upstream, self._chance = port, chance
        self.share, self.is_out = 0.0, False
        self.counts: Counter[str] = Counter()

    def choose(self) -> str | None:
        if self.is_out:
            fault = self._chance.choice(("error", "reset"))
        elif self._chance.random() < self.share:
            fault = self._chance.choice(FAULTS)
        else:
            return None
        self.counts[fault] += 1
        return fault

    def forward(self, method: str, path: str, headers: Any, body: bytes) -> tuple[int, list[tuple[str, str]], bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self._upstream, timeout=60)
        try:
            kept = {name: value for name, value in headers.items() if name.lower() not in _NOT_FORWARDED}
            connection.request(method, path, body, kept)
            answer = connection.getresponse()
            return answer.status, answer.getheaders(), answer.read()
        finally:
            connection.close()

    @contextmanager
    def running(self) -> Iterator[str]:
        """Its URL, while it runs."""

        class Handler(_Handler):
            proxy = self

        with _Server(("127.0.0.1", 0), Handler) as server:
            threading.Thread(target=server.serve_forever, daemon=True).start()
            try:
                yield f"http://127.0.0.1:{server.server_port}"
            finally:
                server.shutdown()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hung up, or was killed, is not worth reporting."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    proxy: Proxy

    def _serve(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        fault = self.proxy.choose()
        if fault in ("throttled", "error"):
            self._answer(*_refusal(fault, self.headers.get("X-Amz-Target", ""), self.path))
            return
        if fault == "reset":
            self._reset()
            return
        if fault == "slow":
            time.sleep(0.3)
        answer = self.proxy.forward(self.command, self.path, self.headers, body)
        if fault == "lost":  # performed, but the answer is lost
            self._reset()
            return
        self._answer(*answer)

    do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = _serve  # noqa: N815, since http.server calls them so

    def _answer(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
        self.send_response_only(status)
        for name, value in headers:
            if name.lower() not in _NOT_FORWARDED:
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def _reset(self) -> None:
        self.close_connection = True
        with suppress(OSError):
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()

    def log_message(self, *_: Any) -> None:
        """Silent."""


def _refusal(fault: str, target: str, path: str) -> tuple[int, list[tuple[str, str]], bytes]:
    is_throttled = fault == "throttled"
    if target.startswith("DynamoDB"):
        name = "ProvisionedThroughputExceededException" if is_throttled else "InternalServerError"
        kind = f"com.amazonaws.dynamodb.v20120810#{name}"
        status, content = (400 if is_throttled else 500), "application/x-amz-json-1.0"
        return status, [("Content-Type", content)], f'{{"__type": "{kind}", "message": "injected"}}'.encode()
    if target.startswith("AmazonSQS"):
        kind = "com.amazonaws.sqs#RequestThrottled" if is_throttled else "com.amazonaws.sqs#InternalError"
        status = 403 if is_throttled else 500
        return status, [("Content-Type", "application/x-amz-json-1.0")], f'{{"__type": "{kind}"}}'.encode()
    if path.startswith("/v2/email"):
        status, name = (429, "TooManyRequestsException") if is_throttled else (500, "InternalServiceErrorException")
        return status, [("Content-Type", "application/json"), ("x-amzn-ErrorType", name)], b'{"message": "injected"}'
    code = "SlowDown" if is_throttled else "InternalError"
    body = f"<Error><Code>{code}</Code><Message>injected</Message></Error>".encode()
    return 503 if is_throttled else 500, [("Content-Type", "application/xml")], body
