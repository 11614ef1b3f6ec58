"""Messages of SNS, signed with a key of our own, and the requests that bring them."""

import base64
import json
from datetime import UTC, datetime
from functools import partial
from typing import Any

from ses_feedback_cli.demo import signed_sns
from ses_feedback_cli.demo.signed_sns import HOST, PATH, TOPIC, key, signed
from tests.samples import EVENTS, load

__all__ = ["CREDENTIALS", "HOST", "NOW", "PATH", "TOPIC", "certificate", "http_request", "key", "message", "signed"]

NOW = datetime(2026, 11, 20, 10, tzinfo=UTC)
CREDENTIALS = b"sns:a-password"

certificate = partial(signed_sns.certificate, begins=NOW)


def message(kind: str = "Notification", **fields: Any) -> dict[str, Any]:
    """A message of SNS of this kind, not signed yet; a field that is None is left out."""
    body: dict[str, Any] = load(f"https/{kind}.json") | fields
    return {name: value for name, value in body.items() if value is not None}


def http_request(
    body: dict[str, Any] | str, credentials: bytes | None = CREDENTIALS, **headers: str
) -> dict[str, Any]:
    """What API Gateway hands to the function for such a post."""
    event: dict[str, Any] = json.loads((EVENTS / "https_notification.json").read_text(encoding="utf-8"))
    event["body"] = body if isinstance(body, str) else json.dumps(body)
    del event["headers"]["authorization"]
    event["headers"] |= headers
    if credentials is not None:
        event["headers"]["authorization"] = f"Basic {base64.b64encode(credentials).decode()}"
    return event
