"""SES's identities and configuration sets, in memory: moto has only a part of them. What is asked and answered is
checked against botocore's description of the service, and what SES refuses is refused here.
"""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any
from urllib.parse import quote

import boto3
from botocore.validate import validate_parameters

REGION, ACCOUNT = "eu-central-1", "111122223333"
READS = ("List", "Get", "Describe")
KINDS = ("Bounce", "Complaint", "Delivery")


class Crash(Exception):
    """The process dies here."""


class Refusal(Exception):
    def __init__(self, code: str, message: str = "no") -> None:
        super().__init__(message)
        self.code = code


class FakeSes:
    """`identities` and `sets` as SES keeps them. `calls`: those that change something. `denied`, `throttled`,
    `not_yet`: by operation, refused always, so many times, or with these answers in turn. `crash_after`: so many
    changing calls are made, then the process dies.
    """

    def __init__(self) -> None:
        self.identities: dict[str, dict[str, Any]] = {}
        self.sets: dict[str, dict[str, Any]] = {}
        self.topics: set[str] = set()
        self.calls: list[str] = []
        self.reads: list[str] = []
        self.denied: set[str] = set()
        self.throttled: dict[str, int] = {}
        self.not_yet: dict[str, list[Refusal]] = {}
        self.crash_after: int | None = None
        self._asked: dict[str, Any] = {}

    def verify(self, name: str, status: str = "SUCCESS", **values: Any) -> dict[str, Any]:
        made = {"Topics": {}, "Headers": {}, "Forwarding": True, "Default": None, "Tags": {}, "Status": status}
        self.identities[name] = made | values
        return self.identities[name]

    def clients(self) -> tuple[Any, Any]:
        made = []
        for name in ("ses", "sesv2"):
            client: Any = boto3.client(
                name,
                region_name=REGION,
                aws_access_key_id="testing",
                aws_secret_access_key="testing",
            )
            client.meta.events.register(f"before-parameter-build.{name}.*", self._note)
            client.meta.events.register(f"before-call.{name}.*", self._answer)
            made.append(client)
        return made[0], made[1]

    def _note(self, params: dict[str, Any], **_: Any) -> None:
        self._asked = params

    def _answer(self, model: Any, **_: Any) -> tuple[Any, dict[str, Any]]:
        """In place of the request that would be sent."""
        name = model.name
        try:
            self._count(name)
            answer = _OPERATIONS[name](self, **self._asked) or {}
        except Refusal as no:
            error = {"Error": {"Code": no.code, "Message": str(no)}, "ResponseMetadata": {}}
            return SimpleNamespace(status_code=400), error
        if model.output_shape:
            validate_parameters(answer, model.output_shape)
        return SimpleNamespace(status_code=200), answer | {"ResponseMetadata": {}}

    def _count(self, name: str) -> None:
        if name in self.denied:
            raise Refusal("AccessDenied", f"not authorized to perform ses:{name}")
        if self.throttled.get(name):
            self.throttled[name] -= 1
            raise Refusal("Throttling", "Rate exceeded")
        if self.not_yet.get(name):
            raise self.not_yet[name].pop(0)
        if name.startswith(READS):
            self.reads.append(name)
            return
        if self.crash_after is not None and len(self.calls) >= self.crash_after:
            raise Crash
        subject = next((str(v) for k, v in self._asked.items() if k in _SUBJECTS), "")
        self.calls.append(f"{name} {subject.rpartition('/')[2]}")

    # --- identities ------------------------------------------------------------------------------------------

    def _one(self, name: str) -> dict[str, Any]:
        if name not in self.identities:
            raise Refusal("NotFoundException", f"Email identity {name} does not exist.")
        return self.identities[name]

    def list_identities(self, PageSize: int, NextToken: str = "0") -> dict[str, Any]:  # noqa: N803
        names = sorted(self.identities)
        start, size = int(NextToken), min(PageSize, 2)
        page = [
            {"IdentityName": one, "IdentityType": "EMAIL_ADDRESS" if "@" in one else "DOMAIN"}
            for one in names[start : start + size]
        ]
        return {"EmailIdentities": page} | ({"NextToken": str(start + size)} if start + size < len(names) else {})

    def get_attributes(self, Identities: list[str]) -> dict[str, Any]:  # noqa: N803
        assert len(Identities) <= 100
        return {"NotificationAttributes": {name: self._attributes(self.identities[name]) for name in Identities}}

    def _attributes(self, one: dict[str, Any]) -> dict[str, Any]:
        told: dict[str, Any] = {"ForwardingEnabled": one["Forwarding"]}
        for kind in KINDS:
            told[f"{kind}Topic"] = one["Topics"].get(kind, "")
            told[f"HeadersIn{kind}NotificationsEnabled"] = one["Headers"].get(kind, False)
        return told

    def get_identity(self, EmailIdentity: str) -> dict[str, Any]:  # noqa: N803
        one = self._one(EmailIdentity)
        told = {"VerificationStatus": one["Status"], "Tags": _told(one["Tags"])}
        return told | ({"ConfigurationSetName": one["Default"]} if one["Default"] else {})

    def set_topic(self, Identity: str, NotificationType: str, SnsTopic: str = "") -> None:  # noqa: N803
        one = self._one(Identity)
        if SnsTopic and SnsTopic not in self.topics:
            raise Refusal("InvalidParameterValue", f"Invalid SNS topic <{SnsTopic}>.")
        if not SnsTopic and not one["Forwarding"] and NotificationType != "Delivery":
            raise Refusal("InvalidParameterValue", "Feedback forwarding is off.")
        one["Topics"][NotificationType] = SnsTopic

    def set_headers(self, Identity: str, NotificationType: str, Enabled: bool) -> None:  # noqa: N803
        one = self._one(Identity)
        if Enabled and not one["Topics"].get(NotificationType):
            raise Refusal("InvalidParameterValue", "There is no topic for it.")
        one["Headers"][NotificationType] = Enabled

    def set_forwarding(self, Identity: str, ForwardingEnabled: bool) -> None:  # noqa: N803
        topics = self._one(Identity)["Topics"]
        if not ForwardingEnabled and not (topics.get("Bounce") and topics.get("Complaint")):
            raise Refusal("InvalidParameterValue", "Bounces and complaints have no topics.")
        self._one(Identity)["Forwarding"] = ForwardingEnabled

    def set_default(self, EmailIdentity: str, ConfigurationSetName: str | None = None) -> None:  # noqa: N803
        if ConfigurationSetName and ConfigurationSetName not in self.sets:
            raise Refusal("NotFoundException", "no such configuration set")
        self._one(EmailIdentity)["Default"] = ConfigurationSetName

    # --- configuration sets and tags -------------------------------------------------------------------------

    def _set(self, name: str) -> dict[str, Any]:
        if name not in self.sets:
            raise Refusal("NotFoundException", f"Configuration set <{name}> does not exist.")
        return self.sets[name]

    def list_sets(self, PageSize: int) -> dict[str, Any]:  # noqa: N803
        assert PageSize <= 1000
        return {"ConfigurationSets": sorted(self.sets)}

    def get_set(self, ConfigurationSetName: str) -> dict[str, Any]:  # noqa: N803
        one = self._set(ConfigurationSetName)
        return {"Tags": _told(one["Tags"]), "SuppressionOptions": one.get("Suppression", {})}

    def create_set(self, ConfigurationSetName: str, Tags: list[Any] | None = None) -> None:  # noqa: N803
        if ConfigurationSetName in self.sets:
            raise Refusal("AlreadyExistsException")
        self.sets[ConfigurationSetName] = {"Tags": _kept(Tags or []), "Destinations": {}}

    def delete_set(self, ConfigurationSetName: str) -> None:  # noqa: N803
        self._set(ConfigurationSetName)
        del self.sets[ConfigurationSetName]

    def get_destinations(self, ConfigurationSetName: str) -> dict[str, Any]:  # noqa: N803
        told = [{"Name": name, **one} for name, one in self._set(ConfigurationSetName)["Destinations"].items()]
        for one in told:
            one["MatchingEventTypes"] = sorted(one["MatchingEventTypes"])
        return {"EventDestinations": told}

    def put_destination(
        self,
        ConfigurationSetName: str,  # noqa: N803
        EventDestinationName: str,  # noqa: N803
        EventDestination: dict[str, Any],  # noqa: N803
        *,
        is_new: bool,
    ) -> None:
        destinations = self._set(ConfigurationSetName)["Destinations"]
        if is_new == (EventDestinationName in destinations):
            raise Refusal("AlreadyExistsException" if is_new else "NotFoundException")
        destinations[EventDestinationName] = EventDestination

    def delete_destination(self, ConfigurationSetName: str, EventDestinationName: str) -> None:  # noqa: N803
        del self._set(ConfigurationSetName)["Destinations"][EventDestinationName]

    def tag(self, ResourceArn: str, Tags: list[Any]) -> None:  # noqa: N803
        assert all(len(one["Value"]) <= 256 for one in Tags)
        self._tagged(ResourceArn).update(_kept(Tags))
        assert len(self._tagged(ResourceArn)) <= 50

    def untag(self, ResourceArn: str, TagKeys: list[str]) -> None:  # noqa: N803
        for key in TagKeys:
            self._tagged(ResourceArn).pop(key, None)

    def _tagged(self, arn: str) -> dict[str, str]:
        prefix, _, name = arn.partition("/")
        assert prefix.startswith(f"arn:aws:ses:{REGION}:{ACCOUNT}:"), quote(arn)
        tags: dict[str, str] = (self._one(name) if prefix.endswith(":identity") else self._set(name))["Tags"]
        return tags


_SUBJECTS = ("Identity", "EmailIdentity", "ConfigurationSetName", "ResourceArn")


def _told(tags: dict[str, str]) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def _kept(tags: list[Any]) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in tags}


_OPERATIONS: dict[str, Callable[..., Any]] = {
    "ListEmailIdentities": FakeSes.list_identities,
    "GetIdentityNotificationAttributes": FakeSes.get_attributes,
    "GetEmailIdentity": FakeSes.get_identity,
    "SetIdentityNotificationTopic": FakeSes.set_topic,
    "SetIdentityHeadersInNotificationsEnabled": FakeSes.set_headers,
    "SetIdentityFeedbackForwardingEnabled": FakeSes.set_forwarding,
    "PutEmailIdentityConfigurationSetAttributes": FakeSes.set_default,
    "ListConfigurationSets": FakeSes.list_sets,
    "GetConfigurationSet": FakeSes.get_set,
    "CreateConfigurationSet": FakeSes.create_set,
    "DeleteConfigurationSet": FakeSes.delete_set,
    "GetConfigurationSetEventDestinations": FakeSes.get_destinations,
    "CreateConfigurationSetEventDestination": lambda fake, **asked: fake.put_destination(**asked, is_new=True),
    "UpdateConfigurationSetEventDestination": lambda fake, **asked: fake.put_destination(**asked, is_new=False),
    "DeleteConfigurationSetEventDestination": FakeSes.delete_destination,
    "TagResource": FakeSes.tag,
    "UntagResource": FakeSes.untag,
}
