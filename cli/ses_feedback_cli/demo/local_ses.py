"""MiniStack, with what its SES lacks of the real one: `python -m ses_feedback_cli.demo.local_ses`.

MiniStack 1.5.33 keeps the identities of SES's two interfaces apart, cannot say where an identity's notifications go,
and takes any topic for any identity. Here both interfaces see the same identities, and

- v1 GetIdentityNotificationAttributes and SetIdentityHeadersInNotificationsEnabled exist;
- v1 SetIdentityNotificationTopic refuses an unknown identity, and a topic that is not there or elsewhere, as SES does
  (https://github.com/boto/boto3/issues/2645), and tells the topic that it was subscribed;
- v1 SetIdentityFeedbackForwardingEnabled refuses an unknown identity, and to end the forwarding of an identity whose
  bounces and complaints go to no topic (docs.aws.amazon.com/ses/latest/APIReference/);
- verifying an identity again keeps its settings;
- v2 CreateEmailIdentity refuses one that is there, DeleteEmailIdentity one that is not;
- v2 PutEmailIdentityConfigurationSetAttributes and PutEmailIdentityFeedbackAttributes exist, and GetEmailIdentity
  tells the default configuration set, the forwarding and the tags.

Everything lives in MiniStack's own stores, so that its CloudFormation and its sending see it too.
"""

import json
import re
from collections.abc import Callable
from importlib.metadata import version
from typing import Any
from urllib.parse import parse_qs

from ministack import app
from ministack.services import ses, ses_v2, sns

Answer = tuple[int, dict[str, str], bytes]

_NEEDED = {
    ses: ("handle_request", "_identities", "_make_identity", "_xml", "_error", "_esc"),
    ses_v2: ("handle_request", "_identities", "_config_sets", "_ses_tags", "_resource_arn", "_json_err"),
    sns: ("_topics", "publish_internal"),
}
_TYPES = ("Bounce", "Complaint", "Delivery")
_VERIFICATIONS = ("VerifyEmailIdentity", "VerifyEmailAddress", "VerifyDomainIdentity")
_MOST_AT_ONCE = 100


class _Refused(Exception):
    """SES says no: its code, and its words."""

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.code, self.message, self.status = code, message, status


def install() -> None:
    """Puts the additions in front of MiniStack's own handlers; raises SystemExit where this MiniStack has changed."""
    for module, names in _NEEDED.items():
        if missing := [name for name in names if not hasattr(module, name)]:
            raise SystemExit(
                f"MiniStack {version('ministack')} has no {', '.join(missing)} in {module.__name__}: the additions "
                "to its SES were written for 1.5.33. Install the locked version with `make install`."
            )
    v1, v2 = ses.handle_request, ses_v2.handle_request

    async def handle_v1(method: str, path: str, headers: Any, body: bytes, query: dict[str, Any]) -> Answer:
        if path.startswith("/v2/") or "sesv2" in headers.get("x-amz-target", "").lower():
            answer: Answer = await ses_v2.handle_request(method, path, headers, body, query)
            return answer
        _share_identities()
        asked = {name: value[0] if isinstance(value, list) else value for name, value in query.items()}
        asked |= {name: value[0] for name, value in parse_qs(body.decode(errors="replace")).items()}
        action = asked.get("Action", "")
        try:
            own = _V1[action](asked) if action in _V1 else None
        except _Refused as no:
            refusal: Answer = ses._error(no.code, no.message, no.status)
            return refusal
        if own is not None:
            done: Answer = ses._xml(200, f"{action}Response", f"<{action}Result>{own}</{action}Result>")
            return done
        verified = (asked.get("EmailAddress") or asked.get("Domain", "")) if action in _VERIFICATIONS else ""
        kept = ses._identities.get(verified)
        answer = await v1(method, path, headers, body, query)
        if kept:
            ses._identities[verified] = kept
        return answer

    async def handle_v2(method: str, path: str, headers: Any, body: bytes, query: dict[str, Any]) -> Answer:
        _share_identities()
        for wanted, pattern, operation in _V2:
            if method == wanted and (found := re.fullmatch(f"/v2/email{pattern}/?", path)):
                try:
                    own = operation(_read(body), *found.groups())
                except _Refused as no:
                    refusal: Answer = ses_v2._json_err(no.code, no.message, no.status)
                    return refusal
                if own is not None:
                    return 200, {"Content-Type": "application/json"}, json.dumps(own).encode()
        answer: Answer = await v2(method, path, headers, body, query)
        return answer

    ses.handle_request, ses_v2.handle_request = handle_v1, handle_v2


def _read(body: bytes) -> dict[str, Any]:
    try:
        found = json.loads(body or b"{}")
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise _Refused("BadRequestException", "The request is no JSON object.")
    return found


def _share_identities() -> None:
    """Each interface sees the identities that were made through the other."""
    for name in [name for name in ses._identities if name not in ses_v2._identities]:
        ses_v2._identities[name] = _v2_identity(name, [])
    for name in [name for name in ses_v2._identities if name not in ses._identities]:
        ses._identities[name] = ses._make_identity(name, "EmailAddress" if "@" in name else "Domain")


def _v2_identity(name: str, tags: list[dict[str, str]]) -> dict[str, Any]:
    ses_v2._ses_tags[ses_v2._resource_arn("identity", name)] = tags
    return {
        "IdentityType": "EMAIL_ADDRESS" if "@" in name else "DOMAIN",
        "VerifiedForSendingStatus": True,
        "DkimAttributes": {"SigningEnabled": False, "Status": "NOT_STARTED", "Tokens": []},
        "MailFromAttributes": {"BehaviorOnMxFailure": "USE_DEFAULT_VALUE"},
        "Tags": tags,
    }


# --- v1: the operation's XML inside its Result element, or None to leave it to MiniStack. ----------------------


def _identity(asked: dict[str, str]) -> dict[str, Any]:
    name = asked.get("Identity", "")
    if name not in ses._identities:
        words = f"Identity {name} is invalid. Must be a verified email address or domain."
        raise _Refused("InvalidParameterValue", words)
    found: dict[str, Any] = ses._identities[name]
    return found


def _notification_type(asked: dict[str, str]) -> str:
    if (found := asked.get("NotificationType", "")) not in _TYPES:
        raise _Refused("ValidationError", f"Notification type {found} is none of {', '.join(_TYPES)}.")
    return found


def _set_topic(asked: dict[str, str]) -> str:
    identity, wanted, topic = _identity(asked), _notification_type(asked), asked.get("SnsTopic", "")
    if topic and topic not in sns._topics:  # the store of this region: a topic elsewhere is as good as none
        raise _Refused("InvalidParameterValue", f"Invalid SNS topic <{topic}>: no such topic in this region.")
    identity["NotificationTopics"][wanted] = topic
    if topic:
        words = (
            f"You have successfully subscribed your Amazon SNS topic '{topic}' to receive '{wanted}' notifications "
            f"from Amazon SES for identity '{asked['Identity']}'."
        )
        sns.publish_internal(
            topic, json.dumps({"notificationType": "AmazonSnsSubscriptionSucceeded", "message": words})
        )
    return ""


def _set_headers(asked: dict[str, str]) -> str:
    _identity(asked).setdefault("HeadersIn", {})[_notification_type(asked)] = asked.get("Enabled") == "true"
    return ""


def _set_forwarding(asked: dict[str, str]) -> str:
    identity, enabled = _identity(asked), asked.get("ForwardingEnabled") == "true"
    topics = identity["NotificationTopics"]
    if not enabled and not (topics["Bounce"] and topics["Complaint"]):
        raise _Refused(
            "InvalidParameterValue",
            f"Feedback forwarding of {asked['Identity']} can only be disabled when Amazon SNS topics are specified "
            "for both bounces and complaints.",
        )
    identity["FeedbackForwardingEnabled"] = enabled
    return ""


def _notification_attributes(asked: dict[str, str]) -> str:
    """Says nothing of identities that are not there."""
    names = [value for name, value in asked.items() if name.startswith("Identities.member.")]
    if len(names) > _MOST_AT_ONCE:
        raise _Refused("ValidationError", f"Get at most {_MOST_AT_ONCE} identities at a time.")
    known = [(name, ses._identities[name]) for name in names if name in ses._identities]
    entries = "".join(
        f"<entry><key>{ses._esc(name)}</key><value>{_attributes(one)}</value></entry>" for name, one in known
    )
    return f"<NotificationAttributes>{entries}</NotificationAttributes>"


def _attributes(identity: dict[str, Any]) -> str:
    headers = identity.get("HeadersIn", {})
    parts = [f"<ForwardingEnabled>{_word(identity['FeedbackForwardingEnabled'])}</ForwardingEnabled>"]
    for name in _TYPES:
        enabled = f"HeadersIn{name}NotificationsEnabled"
        parts.append(f"<{enabled}>{_word(headers.get(name, False))}</{enabled}>")
        if topic := identity["NotificationTopics"].get(name):
            parts.append(f"<{name}Topic>{ses._esc(topic)}</{name}Topic>")
    return "".join(parts)


def _word(value: bool) -> str:
    return str(value).lower()


def _delete(asked: dict[str, str]) -> None:
    """MiniStack deletes it from the first interface, and no tag may bring it back in the second."""
    _forget_in_v2(asked.get("Identity", ""))


def _forget_in_v2(name: str) -> None:
    ses_v2._identities.pop(name, None)
    ses_v2._ses_tags.pop(ses_v2._resource_arn("identity", name), None)


_V1: dict[str, Callable[[dict[str, str]], str | None]] = {
    "GetIdentityNotificationAttributes": _notification_attributes,
    "SetIdentityNotificationTopic": _set_topic,
    "SetIdentityHeadersInNotificationsEnabled": _set_headers,
    "SetIdentityFeedbackForwardingEnabled": _set_forwarding,
    "DeleteIdentity": _delete,
}


# --- v2: the operation's answer, or None to leave it to MiniStack. ---------------------------------------------


def _v2_named(name: str) -> dict[str, Any]:
    if name not in ses_v2._identities:
        raise _Refused("NotFoundException", f"Email identity <{name}> does not exist.", 404)
    found: dict[str, Any] = ses_v2._identities[name]
    return found


def _check_configuration_set(name: str) -> None:
    if name and name not in ses_v2._config_sets:
        raise _Refused("NotFoundException", f"Configuration set <{name}> does not exist.", 404)


def _create_identity(data: dict[str, Any]) -> dict[str, Any] | None:
    name, default = data.get("EmailIdentity", ""), data.get("ConfigurationSetName", "")
    if name in ses_v2._identities:
        raise _Refused("AlreadyExistsException", f"Email identity {name} already exists.")
    if not default:
        return None
    _check_configuration_set(default)
    made = _v2_identity(name, list(data.get("Tags", []))) | {"ConfigurationSetName": default}
    ses_v2._identities[name] = made
    return {key: made[key] for key in ("IdentityType", "VerifiedForSendingStatus", "DkimAttributes")}


def _get_identity(_: dict[str, Any], name: str) -> dict[str, Any]:
    found = _v2_named(name)
    told = ("IdentityType", "VerifiedForSendingStatus", "DkimAttributes", "MailFromAttributes")
    answer = {key: found[key] for key in told} | {
        "FeedbackForwardingStatus": ses._identities[name]["FeedbackForwardingEnabled"],
        "Policies": {},
        "Tags": ses_v2._ses_tags.get(ses_v2._resource_arn("identity", name)) or found.get("Tags", []),
        "VerificationStatus": "SUCCESS",
    }
    default = found.get("ConfigurationSetName")
    return answer | ({"ConfigurationSetName": default} if default else {})


def _put_configuration_set(data: dict[str, Any], name: str) -> dict[str, Any]:
    found, default = _v2_named(name), data.get("ConfigurationSetName", "")
    _check_configuration_set(default)
    found["ConfigurationSetName"] = default
    return {}


def _put_feedback(data: dict[str, Any], name: str) -> dict[str, Any]:
    _v2_named(name)
    enabled = bool(data.get("EmailForwardingEnabled"))
    try:
        _set_forwarding({"Identity": name, "ForwardingEnabled": _word(enabled)})
    except _Refused as no:
        raise _Refused("BadRequestException", no.message) from no
    return {}


def _delete_identity(_: dict[str, Any], name: str) -> dict[str, Any]:
    _v2_named(name)
    ses._identities.pop(name, None)
    _forget_in_v2(name)
    return {}


_V2: tuple[tuple[str, str, Callable[..., dict[str, Any] | None]], ...] = (
    ("POST", "/identities", _create_identity),
    ("GET", "/identities/([^/]+)", _get_identity),
    ("DELETE", "/identities/([^/]+)", _delete_identity),
    ("PUT", "/identities/([^/]+)/configuration-set", _put_configuration_set),
    ("PUT", "/identities/([^/]+)/feedback", _put_feedback),
)


if __name__ == "__main__":
    install()
    app.main()
