"""How receive_feedback would judge a request; without the key of SNS, which it would have to fetch."""

import json
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any, NoReturn, cast

from ses_feedback.cached_secret import CachedSecret
from ses_feedback.errors import Refusal
from ses_feedback.https.request import BasicAuth, body_of
from ses_feedback.https.signature import SnsVerifier

SAMPLE_SECRET = {"username": "sns", "password": "a-password"}
"""That of the samples in events/."""

_THEN = {
    "Notification": "queue it",
    "SubscriptionConfirmation": "confirm the subscription",
    "UnsubscribeConfirmation": "notify the operators",
}


class _Reached(Exception):
    """All that can be judged without the key is right; `args[0]` is the certificate's address."""


def answer(event: dict[str, Any], env: Any) -> dict[str, Any]:
    """`would_answer`: the refusal and its status; or `would_fetch` and `would_then`: what is left to do."""
    secret = cast(CachedSecret, SimpleNamespace(text=lambda *_: json.dumps(SAMPLE_SECRET)))
    checked = {"sample_secret": SAMPLE_SECRET}
    try:
        BasicAuth(secret).check(event)
        body = body_of(event)
        _verifier(body, env).verify(body)
    except Refusal as refusal:
        return checked | {"would_answer": {"status": refusal.status, "cause": refusal.cause}}
    except _Reached as reached:
        kind = json.loads(body)["Type"]
        return checked | {"would_fetch": str(reached), "would_then": f"{_THEN[kind]}, if the signature is right"}
    raise AssertionError("a signature was verified without a key")


def _verifier(body: str, env: Any) -> SnsVerifier:
    """As the function has it; but its clock shows the message's own time, and no key is fetched."""

    class NoKeys:
        def key(self, host: str, path: str) -> NoReturn:
            raise _Reached(f"https://{host}{path}")

    return SnsVerifier(
        env.topic_arns,
        NoKeys(),
        allow_sha1=env.allow_sha1,
        max_age=timedelta(seconds=env.max_age_seconds),
        clock=lambda: _time_of(body),
    )


def _time_of(body: str) -> datetime:
    try:
        return datetime.fromisoformat(json.loads(body)["Timestamp"])
    except (ValueError, KeyError, TypeError):
        return datetime.now(UTC)
