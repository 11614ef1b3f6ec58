"""The routes about addresses: check, the story of one, suppress and reinstate."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated, Any
from urllib.parse import unquote

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver
from aws_lambda_powertools.event_handler.openapi.params import Path, Query

from ses_feedback.address import is_rule
from ses_feedback.api.identity import caller
from ses_feedback.api.models import (
    AddressAnswer,
    CheckAnswer,
    CheckRequest,
    OverrideAnswer,
    ReinstateRequest,
    SuppressRequest,
)
from ses_feedback.api.work import Work
from ses_feedback.decision.override import reinstatement, suppression_of
from ses_feedback.errors import InvalidRequest
from ses_feedback.operations.check import verdicts
from ses_feedback.operations.lifting import lift, put, tenants_of
from ses_feedback.operations.override import Author, Outcome, apply, suppressible
from ses_feedback.operations.status import (
    PlannedMail,
    keys_of,
    known_environment,
    known_stream,
    planned_mail,
    row_of,
    stops,
)
from ses_feedback.operations.story import stories
from ses_feedback.scope import EVERYWHERE

type _InPath = Annotated[str, Path(description="The address, percent-encoded; or a domain's rule, *@example.com.")]


def add_routes(app: APIGatewayHttpResolver, work: Work, log: Callable[..., None]) -> None:
    ledger, settings = work.ledger, work.settings

    @app.post("/check", summary="Whether mail may be sent to up to 1,000 addresses", tags=["Addresses"])
    def check(mail: CheckRequest) -> CheckAnswer:
        planned = planned_mail(mail.environment, mail.stream, settings)
        answers = verdicts(mail.addresses, planned, ledger, settings, _now(), former_spellings=False)
        rows = [
            {
                "address": verdict.received,
                "may_send": not verdict.stopping,
                "suppressions": [row_of(held) for held in verdict.stopping],
            }
            for verdict in answers
        ]
        place = {"environment": planned.environment, "message_stream": planned.message_stream}
        return CheckAnswer.model_validate(place | {"verdicts": rows})

    @app.get("/addresses/<address>", summary="What is known of an address, and what follows", tags=["Addresses"])
    def story(
        address: _InPath, environment: Annotated[str | None, Query(description="Without, the default.")] = None
    ) -> AddressAnswer:
        sends_from = planned_mail(environment, None, settings).environment
        [told, *_] = stories(_one(unquote(address)), ledger, settings, _now())
        streams = sorted({*settings.message_streams, settings.default.message_stream})
        planned = [PlannedMail(sends_from, stream) for stream in streams]
        verdicts = [
            {
                "environment": mail.environment,
                "message_stream": mail.message_stream,
                "may_send": not any(stops(held, mail, settings) for held in told.suppressions),
            }
            for mail in planned
        ]
        return AddressAnswer.model_validate(told.row() | {"verdicts": verdicts})

    @app.post("/addresses/<address>/suppress", summary="Stop mail to an address or a domain", tags=["Addresses"])
    def suppress(address: _InPath, body: SuppressRequest) -> OverrideAnswer:
        if body.stream and body.environment:
            raise InvalidRequest("give stream or environment, not both: a suppression has one scope")
        author = Author(caller(app.current_event.raw_event), body.reason)
        stream = known_stream(body.stream, settings) if body.stream else EVERYWHERE
        environment = known_environment(body.environment, settings) if body.environment else EVERYWHERE
        outcomes = []
        for key in suppressible(unquote(address)):
            where = {"environment": environment, "message_stream": stream}
            override = suppression_of(key, _now(), author.by, author.note, days=body.days, **where)
            outcomes.append(apply(override, unquote(address), ledger, settings, _now()))
        wanted = settings.ses_list.push and not (body.stream or body.environment)
        own = next((held for outcome in outcomes if (held := outcome.belongs_on_ses_list)), None)
        changed = [put(outcomes[0].override.address, own, ledger, work.ses())] if wanted and own else []
        return _answer(outcomes, changed, log)

    @app.post(
        "/addresses/<address>/reinstate", summary="Allow mail again, here and on SES's lists", tags=["Addresses"]
    )
    def reinstate(address: _InPath, body: ReinstateRequest) -> OverrideAnswer:
        if body.stream and body.tenants:
            raise InvalidRequest("give stream or tenants, not both: a tenant's list stops all of its mail")
        author, received = Author(caller(app.current_event.raw_event), body.reason), unquote(address)
        stream = known_stream(body.stream, settings) if body.stream else EVERYWHERE
        outcomes, changed = [], []
        for key in keys_of(received):
            override = reinstatement(key, _now(), author.by, author.note, stream)
            outcomes.append(apply(override, received, ledger, settings, _now()))
            if not is_rule(key) and not body.stream:
                tenants = {*body.tenants, *tenants_of(ledger.state(received))}
                changed += lift(key, (key, received.strip()), tenants, ledger, work.ses())
        return _answer(outcomes, changed, log)


def _answer(outcomes: list[Outcome], changed: list[Any], log: Callable[..., None]) -> OverrideAnswer:
    for outcome in outcomes:
        facts = {"event_id": outcome.override.event_id, "effect": outcome.override.effect}
        log("overridden", extra=facts)  # the address and who decided are in the ledger; logs hold no addresses
    rows = [
        {
            "whose": "tenant" if each.tenant else "account",
            "tenant": each.tenant or None,
            "changed": list(each.spellings),
            "trouble": each.trouble or None,
            "add_permission": each.statement,
        }
        for each in changed
    ]
    return OverrideAnswer.model_validate({"outcomes": [outcome.row() for outcome in outcomes], "ses": rows})


def _one(received: str) -> str:
    if len(keys_of(received)) > 1:
        raise InvalidRequest(f"{received!r} names two rules: ask for *@{received} or for *.{received}")
    return received


def _now() -> datetime:
    return datetime.now(UTC)
