"""The HTTP API's answer to a request, and its errors as problem details (RFC 9457)."""

import json
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from aws_lambda_powertools.event_handler.exceptions import NotFoundError
from aws_lambda_powertools.event_handler.openapi.exceptions import RequestValidationError
from botocore.exceptions import BotoCoreError, ClientError

from ses_feedback.api import addresses, lists
from ses_feedback.api.identity import caller
from ses_feedback.api.problems import PROBLEM, problem, response
from ses_feedback.api.request import plain
from ses_feedback.api.work import Work
from ses_feedback.errors import InvalidRequest, Refusal, Unavailable

if TYPE_CHECKING:
    from aws_lambda_powertools import Logger

_BUSY = ("ProvisionedThroughputExceededException", "RequestLimitExceeded", "ThrottlingException", "Throttling")


class HttpApi:
    def __init__(self, work: Work, logger: "Logger") -> None:
        self._app, self._work, self._logger = APIGatewayHttpResolver(enable_validation=True), work, logger
        addresses.add_routes(self._app, work, logger.info)
        lists.add_routes(self._app, work)
        handles = self._app.exception_handler
        handles(NotFoundError)(lambda _: _problem(404, "no such route; docs/api.md lists them"))
        handles(InvalidRequest)(lambda error: _problem(422, str(error)))
        handles(RequestValidationError)(lambda error: _invalid(error))
        handles(Refusal)(lambda refusal: _problem(refusal.status, refusal.cause))
        handles(Unavailable)(lambda error: _problem(503, str(error)))
        handles(BotoCoreError)(self._unreachable)
        handles(ClientError)(self._refused)

    @property
    def app(self) -> APIGatewayHttpResolver:
        """For its description, docs/openapi.json."""
        return self._app

    def answer(self, event: dict[str, Any], context: Any) -> dict[str, Any]:
        """Raises only what nobody foresaw, of which API Gateway makes 500."""
        try:
            caller(event)
            request = plain(event)
        except Refusal as refusal:
            self._logger.warning("refused", extra={"status": refusal.status})
            return response(refusal.status, refusal.cause)
        return self._app.resolve(request, context)

    def _unreachable(self, error: BotoCoreError) -> Response[Any]:
        self._logger.warning("AWS cannot be reached", extra={"error": type(error).__name__})
        return _problem(503, "AWS cannot be reached now: try again")

    def _refused(self, error: ClientError) -> Response[Any]:
        if error.response["Error"].get("Code") in _BUSY:
            return _problem(503, "DynamoDB is busy: try again")
        raise error


def _invalid(error: RequestValidationError) -> Response[Any]:
    faults = [
        {"at": ".".join(str(part) for part in fault["loc"][1:]) or "body", "detail": str(fault["msg"])[:300]}
        for fault in error.errors()[:20]
    ]
    told = "; ".join(f"{fault['at']}: {fault['detail']}" for fault in faults[:3])
    return _problem(422, told, faults)


def _problem(status: int, detail: str, errors: list[dict[str, str]] | None = None) -> Response[Any]:
    headers = {"retry-after": "1"} if status == 503 else {}
    return Response(status, PROBLEM, json.dumps(problem(status, detail, errors)), headers)
