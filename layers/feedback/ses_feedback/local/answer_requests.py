"""What a request to the HTTP API would do; without the ledger, which has the answer."""

from typing import Any

from ses_feedback.api.identity import caller
from ses_feedback.api.request import plain
from ses_feedback.errors import Refusal


def answer(event: dict[str, Any], env: Any) -> dict[str, Any]:
    """`would_answer`: the refusal and its status; or what would be read, or written, and in whose name."""
    try:
        by, request = caller(event), plain(event)
    except Refusal as refusal:
        return {"would_answer": {"status": refusal.status, "cause": refusal.cause}}
    verb = "would_write" if event["routeKey"].endswith(("/suppress", "/reinstate")) else "would_read"
    return {verb: env.table_name, "request": f"{event['routeKey'].partition(' ')[0]} {request['rawPath']}", "by": by}
