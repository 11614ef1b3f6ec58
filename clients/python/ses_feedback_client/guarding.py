"""`guard`: a client of boto3 for SES that asks before it sends."""

from collections.abc import Callable
from itertools import batched
from typing import Any, Literal

from ses_feedback_client.errors import Suppressed
from ses_feedback_client.recipients import CALLS, Call, Params
from ses_feedback_client.suppressions import MOST_ADDRESSES, Suppressions
from ses_feedback_client.verdict import Verdict

_GONE = "ses_feedback_client.gone"


def guard[Client](
    ses_client: Client,
    suppressions: Suppressions,
    *,
    stream: str | None = None,
    environment: str | None = None,
    tenant: str | None = None,
    on_suppressed: Literal["raise", "drop"] = "raise",
) -> Client:
    """The same client (of SES v1 or v2), which from now on asks `suppressions` about every recipient of every send.

    `stream`, `environment`, `tenant`: of the mail that this client sends; SES v2's own `TenantName` of a call comes
    first. Mail of another stream needs a client of its own.

    `on_suppressed`: `raise` raises `Suppressed`, and nothing is sent to anybody. `drop` sends to the others, and
    raises `Suppressed` only if nobody is left. Entries of a bulk that lose all recipients are left out, and the
    answer tells of them as rejected, so that its order stays that of the call.

    Sends raise what `Suppressions.verdict` raises, before anything is sent.
    """
    client: Any = ses_client
    service = client.meta.service_model.service_id.hyphenize()
    if service not in CALLS:
        raise ValueError(f"{service!r} is not a client of SES: pass boto3.client('ses') or boto3.client('sesv2')")
    if on_suppressed not in ("raise", "drop"):
        raise ValueError(f"on_suppressed={on_suppressed!r}: choose raise or drop")
    suppressions.names.mail(environment, stream, tenant)  # an unknown name fails here, not at the first mail
    for operation, call in CALLS[service].items():

        def ask(params: Params, context: dict[str, Any], call: Call = call, **_: Any) -> None:
            whose = params.get("TenantName") or tenant
            stopped = _stopped(call.recipients(params), suppressions, stream, environment, whose)
            if not stopped:
                return
            if on_suppressed == "raise":
                raise Suppressed(tuple(stopped.values()))
            gone = call.drop(params, stopped.__contains__)
            if gone is None:
                raise Suppressed(tuple(stopped.values()))
            if gone:
                context[_GONE] = gone

        client.meta.events.register_last(f"before-parameter-build.{service}.{operation}", ask)
        if call.results:
            client.meta.events.register(f"after-call.{service}.{operation}", _teller(call))
    return ses_client


def _stopped(
    recipients: list[str], suppressions: Suppressions, stream: str | None, environment: str | None, tenant: str | None
) -> dict[str, Verdict]:
    """Who must not be written to, by the address as the call has it."""
    verdicts = dict[str, Verdict]()
    for batch in batched(dict.fromkeys(recipients), MOST_ADDRESSES, strict=False):
        verdicts |= suppressions.verdicts(batch, stream=stream, environment=environment, tenant=tenant)
    return {address: verdict for address, verdict in verdicts.items() if not verdict.may_send}


def _teller(call: Call) -> Callable[..., None]:
    def tell(parsed: dict[str, Any], context: dict[str, Any], **_: Any) -> None:
        error = "not sent by ses_feedback_client: every recipient of this entry is suppressed"
        gone: list[int] = context.pop(_GONE, []) if call.results in parsed else []
        for number in gone:
            parsed[call.results].insert(number, {"Status": call.rejected, "Error": error})

    return tell
