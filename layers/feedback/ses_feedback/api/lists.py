"""The routes about all addresses together: who is suppressed, and what was counted."""

from datetime import UTC, datetime
from typing import Annotated

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver
from aws_lambda_powertools.event_handler.openapi.params import Query

from ses_feedback.api.models import StatisticsAnswer, SuppressionsAnswer
from ses_feedback.api.work import Work
from ses_feedback.operations.listing import Filter, page, reason_of
from ses_feedback.operations.statistics import counts
from ses_feedback.operations.status import name_of, row_of

_SCOPE = "`global`, `environment:<name>`, `message_stream:<name>` or `tenant:<name>`. Without, all."


def add_routes(app: APIGatewayHttpResolver, work: Work) -> None:
    @app.get("/suppressions", summary="Who is suppressed now", tags=["Lists"])
    def suppressions(
        scope: Annotated[str, Query(description=_SCOPE)] = "",
        reason: Annotated[str, Query(description="Of a bounce (`user_unknown` …), `complaint` or `operator`.")] = "",
        provider: Annotated[str, Query(description="Who runs the mail: `Google`, `Microsoft` …")] = "",
        prefix: Annotated[str, Query(description="How the address begins.")] = "",
        domain: Annotated[str, Query(description="What follows its @.")] = "",
        limit: Annotated[int, Query(ge=1, le=1_000, description="How many at most.")] = 100,
        cursor: Annotated[str, Query(max_length=4_000, description="`next` of the page before.")] = "",
    ) -> SuppressionsAnswer:
        wanted = Filter(scope=scope, reason=reason, provider=provider, prefix=prefix, domain=domain)
        found = page(work.ledger, wanted, datetime.now(UTC), most=limit, cursor=cursor)
        rows = [
            row_of(held)
            | {"address": name_of(address), "reason": reason_of(held.fact), "provider": provider_of_address}
            for address, held, provider_of_address in found.entries
        ]
        return SuppressionsAnswer.model_validate({"suppressions": rows, "next": found.cursor})

    @app.get("/statistics", summary="What was sent, and what came of it", tags=["Lists"])
    def statistics(
        days: Annotated[int, Query(ge=1, le=90, description="Days of UTC, today included.")] = 7,
    ) -> StatisticsAnswer:
        found = counts(work.cloudwatch(), work.service, work.settings, datetime.now(UTC), days)
        return StatisticsAnswer.model_validate(
            {
                "days": days,
                "environments": [_row(name, counted) for name, counted in found["environment"].items()],
                "message_streams": [_row(name, counted) for name, counted in found["message_stream"].items()],
            }
        )


def _row(name: str, counted: dict[str, int]) -> dict[str, object]:
    sends = counted["sends"]
    return {
        "name": name,
        **counted,
        "bounce_rate": round(100 * counted["bounces_for_rate"] / sends, 3) if sends else None,
        "complaint_rate": round(100 * counted["complaints_for_rate"] / sends, 3) if sends else None,
    }
