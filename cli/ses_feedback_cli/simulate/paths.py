"""Where a sender's feedback goes, looked up in an emulated SES as SES itself does."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from mypy_boto3_ses import SESClient
    from mypy_boto3_sesv2 import SESV2Client

_NOTIFICATIONS = ("Bounce", "Complaint", "Delivery")
_KINDS = {
    "SEND": "Send",
    "DELIVERY": "Delivery",
    "BOUNCE": "Bounce",
    "COMPLAINT": "Complaint",
    "REJECT": "Reject",
    "DELIVERY_DELAY": "DeliveryDelay",
}
"""Those of SES's MatchingEventTypes that a simulated mail can cause."""


class NotSendable(Exception):
    """SES would refuse the mail."""


@dataclass(frozen=True, slots=True)
class Topics:
    """The topics of an identity by notification type, and the types that include headers."""

    name: str
    topics: dict[str, str]
    headers: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Destination:
    """An event destination of a configuration set: `service` is sns, firehose or events, `target` an ARN."""

    name: str
    service: str
    target: str
    kinds: frozenset[str]


type Path = Topics | Destination


@dataclass(frozen=True, slots=True)
class Sending:
    """How mail is sent: the identity that authorises the sender, its set, its paths, and why others are skipped."""

    identity: str
    configuration_set: str | None
    paths: list[Path] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)


def read_sending(ses: "SESClient", v2: "SESV2Client", sender: str, chosen_set: str | None) -> Sending:
    """A verified address takes precedence over its domain, and inherits neither topics nor default set from it
    (docs.aws.amazon.com/ses/latest/dg/creating-identities.html). Raises `NotSendable`.
    """
    for name in _identities_of(sender):
        identity = _identity(v2, name)
        if identity is not None:
            configuration_set = chosen_set or identity.get("ConfigurationSetName") or None
            sending = Sending(name, configuration_set)
            sending.paths.extend(_topics(ses, name))
            if configuration_set:
                _add_destinations(v2, configuration_set, sending)
            return sending
    raise NotSendable(f"neither {sender} nor its domain is an identity of this SES: verify one first")


def _identities_of(sender: str) -> list[str]:
    labels = sender.rpartition("@")[2].lower().split(".")
    return [sender, *(".".join(labels[start:]) for start in range(len(labels) - 1))]


def _identity(v2: "SESV2Client", name: str) -> dict[str, Any] | None:
    try:
        return dict(v2.get_email_identity(EmailIdentity=name))
    except ClientError as error:
        if error.response["Error"]["Code"] == "NotFoundException":
            return None
        raise


def _topics(ses: "SESClient", name: str) -> list[Topics]:
    answer: dict[str, Any] = dict(ses.get_identity_notification_attributes(Identities=[name]))
    attributes = answer["NotificationAttributes"].get(name, {})
    topics = {kind: attributes[f"{kind}Topic"] for kind in _NOTIFICATIONS if attributes.get(f"{kind}Topic")}
    headers = frozenset(kind for kind in _NOTIFICATIONS if attributes.get(f"HeadersIn{kind}NotificationsEnabled"))
    level = "address" if "@" in name else "domain"
    return [Topics(f"{level} {name}", topics, headers)] if topics else []


def _add_destinations(v2: "SESV2Client", configuration_set: str, sending: Sending) -> None:
    try:
        answer = v2.get_configuration_set_event_destinations(ConfigurationSetName=configuration_set)
    except ClientError as error:
        if error.response["Error"]["Code"] == "NotFoundException":
            raise NotSendable(
                f"there is no configuration set {configuration_set}: SES would refuse the mail"
            ) from None
        raise
    for destination in answer.get("EventDestinations", []):
        name = f"{configuration_set}/{destination['Name']}"
        kinds = frozenset(_KINDS[kind] for kind in destination["MatchingEventTypes"] if kind in _KINDS)
        service, target = _target(dict(destination))
        if not destination.get("Enabled"):
            sending.skipped.append(f"{name} is switched off")
        elif not target:
            sending.skipped.append(f"{name} is for {service}, which receives metrics, not events")
        else:
            sending.paths.append(Destination(name, service, target, kinds))


def _target(destination: dict[str, Any]) -> tuple[str, str]:
    if sns := destination.get("SnsDestination"):
        return "sns", sns["TopicArn"]
    if firehose := destination.get("KinesisFirehoseDestination"):
        return "firehose", firehose["DeliveryStreamArn"]
    if bus := destination.get("EventBridgeDestination"):
        return "events", bus["EventBusArn"]
    return "CloudWatch" if "CloudWatchDestination" in destination else "Pinpoint", ""
