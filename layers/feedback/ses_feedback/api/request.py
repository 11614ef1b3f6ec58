"""A request as API Gateway hands it over, made plain before it is routed. Raises `Refusal` for what cannot be read.

HTTP APIs decode the path before they hand it over, and custom domains put their own in front, so a route is found by
its key, and only the address is read from the path:
https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
"""

from base64 import b64decode
from typing import Any
from urllib.parse import parse_qsl, quote, unquote

from ses_feedback.errors import Refusal, Unreadable
from ses_feedback.strict_json import decode

MOST_BYTES = 1_048_576
"""A thousand addresses of the longest kind are two thirds of it."""

QUERY = {
    "GET /addresses/{address}": {"environment"},
    "GET /suppressions": {"scope", "reason", "provider", "prefix", "domain", "limit", "cursor"},
    "GET /statistics": {"days"},
}
"""What may stand behind the question mark: a name with a typing error must not filter nothing."""


def plain(event: dict[str, Any]) -> dict[str, Any]:
    """The event with a body that is JSON, and the path of its route, in which the address is percent-encoded."""
    key = str(event.get("routeKey") or "")
    method, _, route = key.partition(" ")
    path = str(event.get("rawPath") or "/")
    if "{address}" in route:
        before, _, behind = route.partition("{address}")
        address = path.partition(before)[2].removesuffix(behind)
        path = f"{before}{quote(address_in(address), safe='')}{behind}"
    elif route.startswith("/"):
        path = route
    context = dict(event.get("requestContext") or {})
    context |= {"stage": "$default", "http": {**(context.get("http") or {}), "path": path}}
    changed: dict[str, Any] = {"rawPath": path, "requestContext": context}
    if method == "POST":
        changed |= {"body": _body(event), "isBase64Encoded": False}
    return {**event, **changed, "queryStringParameters": _query(event, QUERY.get(key, set()))}


def address_in(path: str) -> str:
    """The address of a path, whether it is decoded already or still encoded: an address has an @."""
    return path if "@" in path or "%" not in path else unquote(path)


def _body(event: dict[str, Any]) -> str:
    headers = {str(name).lower(): str(value) for name, value in (event.get("headers") or {}).items()}
    sort = headers.get("content-type", "application/json").partition(";")[0].strip().lower()
    if sort != "application/json":
        raise Refusal(415, f"the body is {sort!r}: send JSON, with the header content-type: application/json")
    body = event.get("body") or ""
    if len(body) > MOST_BYTES * 4 // 3:
        raise Refusal(413, f"the body is larger than {MOST_BYTES:,} bytes: send fewer addresses at a time")
    try:
        text = b64decode(body, validate=True).decode() if event.get("isBase64Encoded") else str(body)
        if len(text.encode()) > MOST_BYTES:
            raise Refusal(413, f"the body is larger than {MOST_BYTES:,} bytes: send fewer addresses at a time")
        content = decode(text)
    except (Unreadable, ValueError) as error:
        raise Refusal(400, f"the body is not JSON in UTF-8: {error}") from None
    if not isinstance(content, dict):
        raise Refusal(400, f"the body is a JSON {type(content).__name__}, not an object")
    return text


def _query(event: dict[str, Any], allowed: set[str]) -> dict[str, str]:
    try:
        pairs = parse_qsl(str(event.get("rawQueryString") or ""), keep_blank_values=True, errors="strict")
    except ValueError:
        raise Refusal(400, "the query is not UTF-8") from None
    for name, value in pairs:
        if name not in allowed:
            names = ", ".join(sorted(allowed)) or "none"
            raise Refusal(400, f"no parameter {name!r:.100} here: this route knows {names}")
        if not value:
            raise Refusal(400, f"{name} is empty: give it a value, or leave it out")
        if "," in value:
            raise Refusal(400, f"{name} has a comma: it takes one value, and no value has one")
    if len(dict(pairs)) < len(pairs):
        raise Refusal(400, "a parameter of the query is given twice")
    return dict(pairs)
