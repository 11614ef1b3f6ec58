"""Errors for people and programs, as RFC 9457 has them: `application/problem+json`."""

import json
from http import HTTPStatus
from typing import Any

PROBLEM = "application/problem+json"

CODES = {
    400: "malformed-request",
    401: "no-identity",
    404: "no-such-route",
    413: "too-large",
    415: "not-json",
    422: "invalid-request",
    503: "try-again",
}
"""In one word, for programs, beside the status."""


def problem(status: int, detail: str, errors: list[dict[str, str]] | None = None) -> dict[str, Any]:
    """What is answered. `errors`: each fault of the request and where it is (`at`), if there are several."""
    members = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status, "code": CODES[status]}
    return members | {"detail": detail} | ({"errors": errors} if errors else {})


def response(status: int, detail: str) -> dict[str, Any]:
    """The same as Lambda answers API Gateway."""
    body = json.dumps(problem(status, detail))
    return {"statusCode": status, "headers": {"content-type": PROBLEM}, "body": body, "isBase64Encoded": False}
