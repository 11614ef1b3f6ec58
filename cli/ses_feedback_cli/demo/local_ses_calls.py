"""The operations of SES's two interfaces that `local_ses` adds to MiniStack, on MiniStack's own stores."""

import json
from collections.abc import Callable
from typing import Any

from ministack.services import ses, ses_v2, sns

_TYPES = ("Bounce", "Complaint", "Delivery")
_MOST_AT_ONCE = 100


class Refused(Exception):
    """A refusal of SES: its code and its message."""

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.code, self.message, self.status = code, message, status


def share_identities() -> None:
    """Each interface sees the identities that were created through the other."""
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


def _identity(parameters: dict[str, str]) -> dict[str, Any]:
    name = parameters.get("Identity", "")
    if name not in ses._identities:
        words = f"Identity {name} is invalid. Must be a verified email address or domain."
        raise Refused("InvalidParameterValue", words)
    identity: dict[str, Any] = ses._identities[name]
    return identity


def _notification_type(parameters: dict[str, str]) -> str:
    if (name := parameters.get("NotificationType", "")) not in _TYPES:
        raise Refused("ValidationError", f"Notification type {name} is not one of {', '.join(_TYPES)}.")
    return name


def _set_topic(parameters: dict[str, str]) -> str:
    identity, wanted, topic = _identity(parameters), _notification_type(parameters), parameters.get("SnsTopic", "")
    if topic and topic not in sns._topics:  # the store of this region: a topic elsewhere counts as missing
        raise Refused("InvalidParameterValue", f"Invalid SNS topic <{topic}>: no such topic in this region.")
    identity["NotificationTopics"][wanted] = topic
    if topic:
        words = (
            f"You have successfully subscribed your Amazon SNS topic '{topic}' to receive '{wanted}' notifications "
            f"from Amazon SES for identity '{parameters['Identity']}'."
        )
        sns.publish_internal(
            topic, json.dumps({"notificationType": "AmazonSnsSubscriptionSucceeded", "message": words})
        )
    return ""


def _set_headers(parameters: dict[str, str]) -> str:
    _identity(parameters).setdefault("HeadersIn", {})[_notification_type(parameters)] = (
        parameters.get("Enabled") == "true"
    )
    return ""


def _set_forwarding(parameters: dict[str, str]) -> str:
    identity, enabled = _identity(parameters), parameters.get("ForwardingEnabled") == "true"
    topics = identity["NotificationTopics"]
    if not enabled and not (topics["Bounce"] and topics["Complaint"]):
        raise Refused(
            "InvalidParameterValue",
            f"Feedback forwarding of {parameters['Identity']} can only be disabled when Amazon SNS topics are "
            "specified for both bounces and complaints.",
        )
    identity["FeedbackForwardingEnabled"] = enabled
    return ""


def _notification_attributes(parameters: dict[str, str]) -> str:
    """Leaves out identities that do not exist."""
    names = [value for name, value in parameters.items() if name.startswith("Identities.member.")]
    if len(names) > _MOST_AT_ONCE:
        raise Refused("ValidationError", f"Get at most {_MOST_AT_ONCE} identities at a time.")
    known = [(name, ses._identities[name]) for name in names if name in ses._identities]
    entries = "".join(
        f"<entry><key>{ses._esc(name)}</key><value>{_attributes(identity)}</value></entry>"
        for name, identity in known
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


def _delete(parameters: dict[str, str]) -> None:
    """MiniStack deletes it from v1; this deletes it from v2, tags included, so that it does not reappear."""
    _forget_in_v2(parameters.get("Identity", ""))


def _forget_in_v2(name: str) -> None:
    ses_v2._identities.pop(name, None)
    ses_v2._ses_tags.pop(ses_v2._resource_arn("identity", name), None)


V1: dict[str, Callable[[dict[str, str]], str | None]] = {
    "GetIdentityNotificationAttributes": _notification_attributes,
    "SetIdentityNotificationTopic": _set_topic,
    "SetIdentityHeadersInNotificationsEnabled": _set_headers,
    "SetIdentityFeedbackForwardingEnabled": _set_forwarding,
    "DeleteIdentity": _delete,
}


# --- v2: the operation's answer, or None to leave it to MiniStack. ---------------------------------------------


def _v2_named(name: str) -> dict[str, Any]:
    if name not in ses_v2._identities:
        raise Refused("NotFoundException", f"Email identity <{name}> does not exist.", 404)
    identity: dict[str, Any] = ses_v2._identities[name]
    return identity


def _check_configuration_set(name: str) -> None:
    if name and name not in ses_v2._config_sets:
        raise Refused("NotFoundException", f"Configuration set <{name}> does not exist.", 404)


def _create_identity(data: dict[str, Any]) -> dict[str, Any] | None:
    name, default = data.get("EmailIdentity", ""), data.get("ConfigurationSetName", "")
    if name in ses_v2._identities:
        raise Refused("AlreadyExistsException", f"Email identity {name} already exists.")
    if not default:
        return None
    _check_configuration_set(default)
    made = _v2_identity(name, list(data.get("Tags", []))) | {"ConfigurationSetName": default}
    ses_v2._identities[name] = made
    return {key: made[key] for key in ("IdentityType", "VerifiedForSendingStatus", "DkimAttributes")}


def _get_identity(_: dict[str, Any], name: str) -> dict[str, Any]:
    identity = _v2_named(name)
    kept = ("IdentityType", "VerifiedForSendingStatus", "DkimAttributes", "MailFromAttributes")
    answer = {key: identity[key] for key in kept} | {
        "FeedbackForwardingStatus": ses._identities[name]["FeedbackForwardingEnabled"],
        "Policies": {},
        "Tags": ses_v2._ses_tags.get(ses_v2._resource_arn("identity", name)) or identity.get("Tags", []),
        "VerificationStatus": "SUCCESS",
    }
    default = identity.get("ConfigurationSetName")
    return answer | ({"ConfigurationSetName": default} if default else {})


def _put_configuration_set(data: dict[str, Any], name: str) -> dict[str, Any]:
    identity, default = _v2_named(name), data.get("ConfigurationSetName", "")
    _check_configuration_set(default)
    identity["ConfigurationSetName"] = default
    return {}


def _put_feedback(data: dict[str, Any], name: str) -> dict[str, Any]:
    _v2_named(name)
    enabled = bool(data.get("EmailForwardingEnabled"))
    try:
        _set_forwarding({"Identity": name, "ForwardingEnabled": _word(enabled)})
    except Refused as refused:
        raise Refused("BadRequestException", refused.message) from refused
    return {}


def _delete_identity(_: dict[str, Any], name: str) -> dict[str, Any]:
    _v2_named(name)
    ses._identities.pop(name, None)
    _forget_in_v2(name)
    return {}


V2: tuple[tuple[str, str, Callable[..., dict[str, Any] | None]], ...] = (
    ("POST", "/identities", _create_identity),
    ("GET", "/identities/([^/]+)", _get_identity),
    ("DELETE", "/identities/([^/]+)", _delete_identity),
    ("PUT", "/identities/([^/]+)/configuration-set", _put_configuration_set),
    ("PUT", "/identities/([^/]+)/feedback", _put_feedback),
)
