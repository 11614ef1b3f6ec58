"""A receiver of SES Feedback's webhook, as an application would build it in: verify, recognise copies, act, answer.

    pip install standardwebhooks
    WEBHOOK_SECRET=whsec_… python examples/receive_webhook.py 8000

It speaks plain HTTP on loopback; put it behind whatever terminates TLS for your application. Answer 2xx only when the
event is safe with you: everything else is retried, for about a day.
"""

import os
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from standardwebhooks.webhooks import Webhook, WebhookVerificationError

MAX_BODY_BYTES = 64 * 1024

seen: set[str] = set()  # in an application: a table with the id as its key, written together with what you do
stopped: set[str] = set()  # the addresses that your application no longer writes to


def act(event: dict[str, Any]) -> None:
    """What your application does at once; twice must be the same as once."""
    data = event["data"]
    is_ours = data.get("environment", "production") == "production"  # what operators do names no environment
    if "suppression.added" in event["names"] and is_ours:
        stopped.add(data["address"])
    elif "suppression.removed" in event["names"]:
        stopped.discard(data["address"])


class Receiver(BaseHTTPRequestHandler):
    webhook: Webhook

    def do_POST(self) -> None:
        length = int(self.headers.get("content-length") or 0)
        if length > MAX_BODY_BYTES:
            self._answer(413, "too large")
            return
        try:
            event = self.webhook.verify(self.rfile.read(length), {k.lower(): v for k, v in self.headers.items()})
        except WebhookVerificationError:
            self._answer(401, "not signed by SES Feedback")
            return
        if event["id"] not in seen:
            act(event)
            seen.add(event["id"])
        self._answer(200, f"{len(stopped)} stopped")

    def _answer(self, status: int, text: str) -> None:
        self.send_response(status)
        self.send_header("content-length", str(len(text)))
        self.end_headers()
        self.wfile.write(text.encode())


def main() -> None:
    Receiver.webhook = Webhook(os.environ["WEBHOOK_SECRET"])
    server = ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Receiver)
    print(f"listening on {server.server_address[1]}", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
