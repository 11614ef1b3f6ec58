"""`make openapi`: docs/openapi.json as the routes of the HTTP API describe themselves."""

import json
import re
from typing import Any, cast

from aws_lambda_powertools import Logger

from ses_feedback.api.work import Work
from ses_feedback.handlers.answer_requests import HttpApi
from tests.samples import ROOT, shipped_settings

PAGE = ROOT / "docs" / "openapi.json"

_PROBLEM = {
    "title": "Problem",
    "description": "RFC 9457. `code` is for programs, `detail` for people.",
    "type": "object",
    "required": ["type", "title", "status", "code", "detail"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"type": "string"},
        "detail": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["at", "detail"],
                "properties": {"at": {"type": "string"}, "detail": {"type": "string"}},
            },
        },
    },
}
_REFUSALS = {
    "400": "It cannot be read: not JSON, or a parameter that is unknown, empty or given twice.",
    "401": "No authorizer vouches for the caller.",
    "404": "No such route.",
    "413": "The body is larger than 1 MiB.",
    "415": "The body is not JSON.",
    "422": "It asks for what cannot be.",
    "503": "Something is busy: try again.",
}


def description() -> dict[str, Any]:
    """With the errors as they are answered, in place of Powertools' own."""
    nothing = cast(Any, None)
    app = HttpApi(Work(nothing, shipped_settings(), "ses-feedback", nothing, nothing), Logger("openapi")).app
    text = "Ask before you send, suppress and reinstate. docs/api.md explains it."
    made: dict[str, Any] = json.loads(
        app.get_openapi_json_schema(title="SES Feedback", version="1", openapi_version="3.1.0", description=text)
    )
    schemas = made["components"]["schemas"]
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    schemas["Problem"] = _PROBLEM
    made.pop("servers", None)
    content = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    for path, operations in made["paths"].items():
        for method, operation in operations.items():
            operation["operationId"] = re.sub(r"\W+", "_", f"{method}{path}").strip("_")
            operation["responses"] |= {
                status: {"description": text, "content": content} for status, text in _REFUSALS.items()
            }
    schemes = made["components"].setdefault("securitySchemes", {})
    schemes["iam"] = {"type": "apiKey", "in": "header", "name": "Authorization", "description": "Signature Version 4"}
    schemes["jwt"] = {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}
    return made | {"security": [{"iam": []}, {"jwt": []}]}


def text() -> str:
    return json.dumps(description(), indent=2, sort_keys=True) + "\n"


if __name__ == "__main__":
    PAGE.write_text(text(), encoding="utf-8")
