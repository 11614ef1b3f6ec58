"""DynamoDB and SQS as far as a benchmark needs them: answers at once, each call with what moto once answered to it.

    python -m benchmarks.endpoint ANSWERS [MILLISECONDS]    prints its port; answers each call after that time

ANSWERS is a JSON object: `call_of(...)` → [status, body].
"""

import json
import sys
import time
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any


def call_of(target: str, body: Mapping[str, Any]) -> str:
    """What a call is recognised by: its operation, and the keys of its items."""
    keys = body.get("Key") or {name: body.get("Item", {}).get(name) for name in ("pk", "sk")}
    return json.dumps([target, keys, body.get("RequestItems")], sort_keys=True)


class _Endpoint(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # the answer in one packet
    answers: Mapping[str, tuple[int, str]]
    seconds: float

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        status, answer = self.answers[call_of(self.headers["X-Amz-Target"], body)]
        time.sleep(self.seconds)
        data = answer.encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/x-amz-json-1.0")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: object) -> None:
        pass


def main(file: str, milliseconds: str = "0") -> None:
    _Endpoint.answers = json.loads(Path(file).read_text(encoding="utf-8"))
    _Endpoint.seconds = float(milliseconds) / 1000
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Endpoint)
    server.daemon_threads = True
    print(server.server_port, flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main(*sys.argv[1:])
