"""Whatever fits docs/openapi.json, and whatever does not, through the handler of the HTTP API: schemathesis."""

import json
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_schema_conformance,
    status_code_conformance,
)

from ses_feedback.ledger.table import Ledger
from tests.conftest import TABLE
from tests.handlers.conftest import Context, Load
from tests.samples import ROOT, load
from tests.ses_list import FakeSesList
from tests.stores import items_in

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

pytestmark = pytest.mark.slow

DESCRIPTION = json.loads((ROOT / "docs" / "openapi.json").read_text(encoding="utf-8"))
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    negative_data_rejection,
]
type Answer = Callable[[dict[str, Any]], dict[str, Any]]


class Gateway:
    """API Gateway before the function, as a WSGI application: it finds the route, and hands the path over decoded."""

    def __init__(self, answer: Answer) -> None:
        self._answer = answer

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        method = environ["REQUEST_METHOD"]
        path = unquote(environ.get("REQUEST_URI", "").partition("?")[0] or quote(environ["PATH_INFO"]))
        route = next(filter(None, (_match(template, path) for template in DESCRIPTION["paths"])), None)
        if route is None or method.lower() not in DESCRIPTION["paths"][route]:
            answer: dict[str, Any] = {"statusCode": 404, "body": "{}"}  # API Gateway's own: no function is called
        else:
            answer = self._answer(_event(environ, f"{method} {route}", path))
        headers = answer.get("headers") or {}
        headers |= {name: values[0] for name, values in (answer.get("multiValueHeaders") or {}).items()}
        start_response(f"{answer['statusCode']} X", [(name, str(value)) for name, value in headers.items()])
        return [str(answer.get("body") or "").encode()]


def _match(template: str, path: str) -> str | None:
    wanted, found = template.split("/"), path.split("/")
    fits = len(wanted) == len(found) and all(
        a == b or (a[:1] == "{" and b) for a, b in zip(wanted, found, strict=True)
    )
    return template if fits else None


def _event(environ: dict[str, Any], route: str, path: str) -> dict[str, Any]:
    event: dict[str, Any] = load("api_check.json")
    length = int(environ.get("CONTENT_LENGTH") or 0)
    body = environ["wsgi.input"].read(length) if length else b""
    event |= {"routeKey": route, "rawPath": path, "rawQueryString": environ.get("QUERY_STRING", "")}
    event |= {"body": body.decode("latin-1") if body else None}
    event["headers"] = {"content-type": environ["CONTENT_TYPE"]} if environ.get("CONTENT_TYPE") else {}
    event["requestContext"]["http"] |= {"method": route.partition(" ")[0], "path": path}
    return event


@pytest.fixture
def api(function: Load, ledger: Ledger, context: Context, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr("ses_feedback.operations.ses_list.SesLists._pace", lambda _: None)
    app, ses = function("answer_requests"), FakeSesList().client()
    app.ses.cache_clear()
    object.__setattr__(app.api._work, "ses_client", lambda: ses)
    schema = schemathesis.openapi.from_dict(DESCRIPTION)
    schema.app = Gateway(lambda event: dict(app.handler(event, context)))
    return schema


@pytest.mark.parametrize("mode", GenerationMode)
@pytest.mark.parametrize(
    ("path", "method"), [(path, method) for path, methods in DESCRIPTION["paths"].items() for method in methods]
)
def test_a_request_is_answered_as_described_and_a_refused_one_writes_nothing(
    path: str, method: str, mode: GenerationMode, api: Any, dynamodb: "DynamoDBClient"
) -> None:
    answered = set[int]()

    @given(api[path][method].as_strategy(generation_mode=mode), st.booleans())
    @settings(
        max_examples=60, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True, database=None
    )
    def ask(case: schemathesis.Case[Any], is_sensible: bool) -> None:
        if is_sensible and mode is GenerationMode.POSITIVE:
            _make_sensible(case)
        before = items_in(dynamodb, TABLE)
        answer = case.call()
        answered.add(answer.status_code)
        case.validate_response(answer, checks=CHECKS)
        if answer.status_code >= 400:
            assert items_in(dynamodb, TABLE) == before

    ask()
    assert 200 in answered or mode is GenerationMode.NEGATIVE


def _make_sensible(case: schemathesis.Case[Any]) -> None:
    """A text is seldom an address, and never a name of the settings."""
    if case.path_parameters:
        case.path_parameters["address"] = "jane@example.org"
    if isinstance(case.body, dict):
        case.body |= {"addresses": ["jane@example.org"]} if "addresses" in case.body else {}
        for name in ("stream", "environment"):
            case.body.pop(name, None)
    for name in ("environment", "scope", "reason", "provider", "prefix", "domain", "cursor"):
        (case.query or {}).pop(name, None)
