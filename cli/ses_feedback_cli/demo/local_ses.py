"""MiniStack, with additions that its SES lacks: `python -m ses_feedback_cli.demo.local_ses`.

MiniStack 1.5.33 separates the identities of SES's two interfaces, does not report where an identity's notifications
go, and accepts any topic for any identity. Here both interfaces see the same identities, and

- v1 GetIdentityNotificationAttributes and SetIdentityHeadersInNotificationsEnabled exist;
- v1 SetIdentityNotificationTopic refuses an unknown identity, and a topic that is missing or elsewhere, as SES does
  (https://github.com/boto/boto3/issues/2645), and publishes its confirmation to the topic;
- v1 SetIdentityFeedbackForwardingEnabled refuses an unknown identity, and refuses to end the forwarding of
  an identity without topics for bounces and complaints (docs.aws.amazon.com/ses/latest/APIReference/);
- verifying an identity again keeps its settings;
- v2 CreateEmailIdentity refuses an identity that exists, DeleteEmailIdentity one that does not;
- v2 PutEmailIdentityConfigurationSetAttributes and PutEmailIdentityFeedbackAttributes exist, and GetEmailIdentity
  returns the default configuration set, the forwarding and the tags;
- EventBridge accepts events of the source aws.ses only from callers that say they act for SES, as
  `ses-feedback simulate` does; from all others it refuses them, as AWS does.

Everything is kept in MiniStack's own stores, so that its CloudFormation and its sending see it too.
"""

import json
import re
from collections.abc import Awaitable, Callable
from functools import partial
from importlib.metadata import version
from typing import Any
from urllib.parse import parse_qs

from ministack import app
from ministack.services import eventbridge, ses, ses_v2, sns

from ses_feedback_cli.demo.local_ses_calls import V1, V2, Refused, share_identities
from ses_feedback_cli.simulate.publisher import ACTING_FOR, SES

type Answer = tuple[int, dict[str, str], bytes]
type Handler = Callable[[str, str, Any, bytes, dict[str, Any]], Awaitable[Answer]]

_NEEDED = {
    ses: ("handle_request", "_identities", "_make_identity", "_xml", "_error", "_esc"),
    ses_v2: ("handle_request", "_identities", "_config_sets", "_ses_tags", "_resource_arn", "_json_err"),
    sns: ("_topics", "publish_internal"),
    eventbridge: ("handle_request", "_put_events", "_ensure_default_bus"),
}
_VERIFICATIONS = ("VerifyEmailIdentity", "VerifyEmailAddress", "VerifyDomainIdentity")


def install() -> None:
    """Puts the additions in front of MiniStack's own handlers; raises SystemExit if this MiniStack differs."""
    for module, names in _NEEDED.items():
        if missing := [name for name in names if not hasattr(module, name)]:
            raise SystemExit(
                f"MiniStack {version('ministack')} has no {', '.join(missing)} in {module.__name__}: the additions "
                "to its SES were written for 1.5.33. Install the locked version with `make install`."
            )
    ses.handle_request = partial(_handle_v1, ses.handle_request)
    ses_v2.handle_request = partial(_handle_v2, ses_v2.handle_request)
    eventbridge.handle_request = partial(_handle_events, eventbridge.handle_request)


async def _handle_v1(
    original: Handler, method: str, path: str, headers: Any, body: bytes, query: dict[str, Any]
) -> Answer:
    if path.startswith("/v2/") or "sesv2" in headers.get("x-amz-target", "").lower():
        answer: Answer = await ses_v2.handle_request(method, path, headers, body, query)
        return answer
    share_identities()
    parameters = {name: value[0] if isinstance(value, list) else value for name, value in query.items()}
    parameters |= {name: value[0] for name, value in parse_qs(body.decode(errors="replace")).items()}
    action = parameters.get("Action", "")
    try:
        own = V1[action](parameters) if action in V1 else None
    except Refused as refused:
        refusal: Answer = ses._error(refused.code, refused.message, refused.status)
        return refusal
    if own is not None:
        done: Answer = ses._xml(200, f"{action}Response", f"<{action}Result>{own}</{action}Result>")
        return done
    verified = (parameters.get("EmailAddress") or parameters.get("Domain", "")) if action in _VERIFICATIONS else ""
    kept = ses._identities.get(verified)  # MiniStack resets an identity that is verified again
    answer = await original(method, path, headers, body, query)
    if kept:
        ses._identities[verified] = kept
    return answer


async def _handle_v2(
    original: Handler, method: str, path: str, headers: Any, body: bytes, query: dict[str, Any]
) -> Answer:
    share_identities()
    for wanted, pattern, operation in V2:
        if method == wanted and (match := re.fullmatch(f"/v2/email{pattern}/?", path)):
            try:
                own = operation(_read(body), *match.groups())
            except Refused as refused:
                refusal: Answer = ses_v2._json_err(refused.code, refused.message, refused.status)
                return refusal
            if own is not None:
                return 200, {"Content-Type": "application/json"}, json.dumps(own).encode()
    return await original(method, path, headers, body, query)


async def _handle_events(
    original: Handler, method: str, path: str, headers: Any, body: bytes, query: dict[str, Any]
) -> Answer:
    if headers.get(ACTING_FOR) == SES and headers.get("x-amz-target", "").endswith(".PutEvents"):
        eventbridge._ensure_default_bus()
        put: Answer = eventbridge._put_events(json.loads(body), allow_aws_source=True)
        return put
    return await original(method, path, headers, body, query)


def _read(body: bytes) -> dict[str, Any]:
    try:
        content = json.loads(body or b"{}")
    except ValueError:
        content = None
    if not isinstance(content, dict):
        raise Refused("BadRequestException", "The request is not a JSON object.")
    return content


if __name__ == "__main__":
    install()
    app.main()
