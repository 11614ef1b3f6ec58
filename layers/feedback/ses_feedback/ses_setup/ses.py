"""The current state of SES and SNS: read in batches, changed one call at a time, at the pace that SES allows.

SES accepts about one call a second, except for sending
(docs.aws.amazon.com/ses/latest/APIReference/API_SetIdentityNotificationTopic.html): the pace is kept here, and a call
that is throttled all the same is retried. So is what IAM does not know yet: a role seconds old, a tag just set.
"""

import math
import os
import time
from collections.abc import Callable, Iterator, Mapping
from copy import replace
from itertools import batched
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from ses_feedback.address import normalise
from ses_feedback.aws_errors import is_denied
from ses_feedback.errors import NotConfirmed, OutOfTime
from ses_feedback.ses_setup.changes import HEADERS, OFF, ON, TOPICS, Change, Identity, IdentitySetting, SetupAction
from ses_feedback.ses_setup.configuration_sets import ConfigurationSet, named_sets
from ses_feedback.ses_setup.identities import wanted_identities
from ses_feedback.ses_setup.plan import SesState, environments_with_topics
from ses_feedback.ses_setup.target import StackOffer, Topic, region_of
from ses_feedback.ses_setup.topics import FeedbackTopics
from ses_feedback.settings.file import Settings

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_kms import KMSClient
    from mypy_boto3_ses import SESClient
    from mypy_boto3_sesv2 import SESV2Client
    from mypy_boto3_sns import SNSClient

SECONDS_A_CALL = 1.0
MOST_IDENTITIES = 100
"""Of GetIdentityNotificationAttributes."""

TRIES = 6
_THROTTLED = ("Throttling", "ThrottlingException", "TooManyRequestsException", "ConcurrentModificationException")
_ROLE_IS_NEW = "could not assume iam role"
"""SES tries the role of a Firehose destination (https://github.com/hashicorp/terraform-provider-aws/issues/33367)."""

SETTLING_SECONDS = 10.0
"""How long a denied call is retried after its configuration set was tagged, or after a policy was attached: what may
be done depends on them, and IAM may not have seen them yet.
"""


def pace() -> float:
    """Seconds between two calls; none for an emulator of AWS, which does not throttle."""
    return 0.0 if "AWS_ENDPOINT_URL" in os.environ else SECONDS_A_CALL


class SesIdentities:
    """SES in the clients' account and region. Raises botocore's errors.

    `clock` and `sleep` in seconds, as in `time`. After the `deadline`, by that clock, `OutOfTime` is raised instead
    of making a call. `settling`: for how many seconds the caller's own permissions may be too new to be known.
    """

    def __init__(
        self,
        *,
        ses: "SESClient",
        sesv2: "SESV2Client",
        sns: "SNSClient",
        kms: "KMSClient",
        cloudformation: "CloudFormationClient",
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
        seconds_a_call: float = SECONDS_A_CALL,
        deadline: float = math.inf,
        settling: float = 0.0,
    ) -> None:
        self._ses, self._sesv2, self._cloudformation = ses, sesv2, cloudformation
        self._topics, self._deadline = FeedbackTopics(sns, kms), deadline
        self._clock, self._sleep, self._seconds, self._next = clock, sleep, seconds_a_call, 0.0
        self._tagged, self._settled = dict[str, float](), clock() + settling

    def look(self, settings: Settings, offer: StackOffer) -> tuple[SesState, StackOffer]:
        """What SES has of what the settings name and of what points at the stack's topics; and the offer with the
        names of its sets, the states of all topics seen, and the other owners that still exist.
        """
        offer = replace(offer, sets=frozenset([*named_sets(settings), offer.stack_name]))
        names = {normalise(name): name for name in self._identity_names()}
        attributes = self._notification_attributes(list(names.values()))
        wanted = {identity.name for identity in wanted_identities(settings)}
        met = {key for key, name in names.items() if any(offer.owns(a) for a in _topics_in(attributes[name]))}
        identities = {
            key: self._identity(names[key], attributes[names[key]]) for key in sorted(names.keys() & (wanted | met))
        }
        there = set(self._set_names())
        sets = {name: self._set(name) for name in offer.sets if name in there}
        owners = {i.owner for i in identities.values()} | {s.owner for s in sets.values()}
        offer = replace(
            offer,
            topics=self._topic_states(identities, settings, offer),
            alive=frozenset(filter(self._is_alive, owners - {"", offer.stack})),
        )
        return SesState(self._ses.meta.region_name, identities, sets, frozenset(names)), offer

    def apply(self, change: Change, offer: StackOffer) -> None:
        """Makes one change; idempotent."""
        self._check_time()
        name, detail = change.subject, dict(change.detail)
        match change.action:
            case SetupAction.SET:
                self._set_value(name, IdentitySetting(change.key), change.after)
            case SetupAction.CLAIM | SetupAction.CLAIM_SET:
                kind = "identity" if change.action is SetupAction.CLAIM else "configuration-set"
                self._call(self._sesv2.tag_resource, ResourceArn=_arn(offer, kind, name), Tags=_tags(detail))
            case SetupAction.RELEASE:
                self._call(
                    self._sesv2.untag_resource, ResourceArn=_arn(offer, "identity", name), TagKeys=list(detail)
                )
            case SetupAction.CREATE_SET:
                self._call(self._sesv2.create_configuration_set, ConfigurationSetName=name, Tags=_tags(detail))
            case SetupAction.PUT_DESTINATION:
                put = self._sesv2.update_configuration_set_event_destination
                call = put if change.before else self._sesv2.create_configuration_set_event_destination
                self._call(call, ConfigurationSetName=name, EventDestinationName=change.key, EventDestination=detail)
            case SetupAction.DELETE_DESTINATION:
                delete = self._sesv2.delete_configuration_set_event_destination
                self._call(delete, ConfigurationSetName=name, EventDestinationName=change.key)
            case SetupAction.DELETE_SET:
                self._call(self._sesv2.delete_configuration_set, ConfigurationSetName=name)
            case SetupAction.CREATE_TOPIC:
                self._topics.create(name, offer)
            case SetupAction.DELETE_TOPIC:
                self._topics.delete(name)
        if change.action in (SetupAction.CREATE_SET, SetupAction.CLAIM_SET):
            self._tagged[name] = self._clock()

    def _set_value(self, name: str, key: IdentitySetting, value: str) -> None:
        kind: Any = key.partition("-")[0].title()  # "Bounce", "Complaint", "Delivery": as SES's API v1 spells it
        if key in TOPICS:
            topic = {"SnsTopic": value} if value else {}
            self._call(self._ses.set_identity_notification_topic, Identity=name, NotificationType=kind, **topic)
        elif key is IdentitySetting.DEFAULT_SET:
            given = {"ConfigurationSetName": value} if value else {}
            self._call(self._sesv2.put_email_identity_configuration_set_attributes, EmailIdentity=name, **given)
        elif key is IdentitySetting.FORWARDING:
            if value == OFF:
                self._confirm_topics(name)
            call = self._ses.set_identity_feedback_forwarding_enabled
            self._call(call, Identity=name, ForwardingEnabled=value == ON)
        else:
            headers = self._ses.set_identity_headers_in_notifications_enabled
            self._call(headers, Identity=name, NotificationType=kind, Enabled=value == ON)

    def _confirm_topics(self, name: str) -> None:
        """Reads back whether bounces and complaints have topics: without them and e-mail, nothing is reported."""
        attributes = self._notification_attributes([name])[name]
        if not (attributes.get("BounceTopic") and attributes.get("ComplaintTopic")):
            raise NotConfirmed(
                "SES does not show the topics of bounces and complaints, so its e-mail forwarding stays on"
            )

    def _identity_names(self) -> list[str]:
        """All in the account and region; boto3 has no paginator for them."""
        more: dict[str, Any] = {}
        names: list[str] = []
        while True:
            answer = self._call(self._sesv2.list_email_identities, PageSize=1000, **more)
            names += [identity["IdentityName"] for identity in answer.get("EmailIdentities", [])]
            if not answer.get("NextToken"):
                return names
            more = {"NextToken": answer["NextToken"]}

    def _set_names(self) -> Iterator[str]:
        more: dict[str, Any] = {}
        while True:
            answer = self._call(self._sesv2.list_configuration_sets, PageSize=1000, **more)
            yield from answer.get("ConfigurationSets", [])
            if not answer.get("NextToken"):
                return
            more = {"NextToken": answer["NextToken"]}

    def _notification_attributes(self, names: list[str]) -> dict[str, Mapping[str, Any]]:
        attributes: dict[str, Mapping[str, Any]] = {name: {} for name in names}
        for batch in batched(names, MOST_IDENTITIES, strict=False):
            answer = self._call(self._ses.get_identity_notification_attributes, Identities=list(batch))
            attributes |= answer["NotificationAttributes"]
        return attributes

    def _identity(self, name: str, attributes: Mapping[str, Any]) -> Identity:
        answer = self._call(self._sesv2.get_email_identity, EmailIdentity=name)
        values = {IdentitySetting.DEFAULT_SET: answer.get("ConfigurationSetName") or ""}
        values[IdentitySetting.FORWARDING] = ON if attributes.get("ForwardingEnabled", True) else OFF
        for topic, headers in HEADERS.items():
            kind = topic.title()
            values[topic] = attributes.get(f"{kind}Topic") or ""
            values[headers] = ON if attributes.get(f"HeadersIn{kind}NotificationsEnabled") else OFF
        status = answer.get("VerificationStatus") or (
            "SUCCESS" if answer.get("VerifiedForSendingStatus") else "PENDING"
        )
        return Identity(name, status, values, _as_dict(answer.get("Tags", [])))

    def _set(self, name: str) -> ConfigurationSet:
        of_set = self._call(self._sesv2.get_configuration_set, ConfigurationSetName=name)
        answer = self._call(self._sesv2.get_configuration_set_event_destinations, ConfigurationSetName=name)
        return ConfigurationSet(
            name,
            {definition["Name"]: definition for definition in answer.get("EventDestinations", [])},
            _as_dict(of_set.get("Tags", [])),
            of_set.get("SuppressionOptions", {}),
        )

    def _topic_states(
        self, identities: Mapping[str, Identity], settings: Settings, offer: StackOffer
    ) -> dict[str, Topic]:
        """The topics that are wanted here, could have been created here, or were seen."""
        met = {
            value
            for identity in identities.values()
            for key in TOPICS
            for value in (identity.values[key], identity.remembered(key))
        }
        wanted = {offer.topic_of(name) for name in environments_with_topics(settings)}
        made = {offer.own_topic_of(name) for name in settings.environments}
        here = (topic for topic in (met | wanted | made) - {"", None} if topic and region_of(topic) == offer.region)
        return {topic: self._topic(topic, offer.account) for topic in sorted(here)}

    def _topic(self, topic: str, account: str) -> Topic:
        self._check_time()
        return self._topics.look(topic, account)

    def _is_alive(self, stack: str) -> bool:
        """Whether a stack exists; assumed to exist if the lookup is denied."""
        if region_of(stack) != self._ses.meta.region_name:
            return True
        self._check_time()
        try:
            stacks = self._cloudformation.describe_stacks(StackName=stack)["Stacks"]
        except ClientError as error:
            return "does not exist" not in str(error)
        return any(described["StackStatus"] != "DELETE_COMPLETE" for described in stacks)

    def _check_time(self) -> None:
        if self._clock() > self._deadline:
            raise OutOfTime("no time is left to ask SES: run `ses-feedback identities apply` to finish")

    def _call(self, operation: Callable[..., Any], **arguments: Any) -> Any:
        for attempt in range(TRIES):
            self._check_time()
            now = self._clock()
            if self._next > now:
                self._sleep(self._next - now)
            self._next = max(self._next, now) + self._seconds
            try:
                return operation(**arguments)
            except ClientError as error:
                if attempt == TRIES - 1 or not self._may_pass(error, arguments.get("ConfigurationSetName", "")):
                    raise
                self._sleep(SECONDS_A_CALL * 2**attempt)
        raise AssertionError("unreachable: the last attempt raises")

    def _may_pass(self, error: ClientError, configuration_set: str) -> bool:
        """Whether the same call may succeed seconds later."""
        answer = error.response["Error"]
        if answer["Code"] in _THROTTLED or _ROLE_IS_NEW in answer.get("Message", "").lower():
            return True
        settled = max(self._settled, self._tagged.get(configuration_set, -math.inf) + SETTLING_SECONDS)
        return is_denied(error) and self._clock() < settled


def _topics_in(attributes: Mapping[str, Any]) -> list[str]:
    return [attributes.get(f"{topic.title()}Topic") or "" for topic in TOPICS]


def _arn(offer: StackOffer, kind: str, name: str) -> str:
    return f"{offer.prefix.replace(':sns:', ':ses:')}{kind}/{name}"


def _tags(tags: Mapping[str, object]) -> list[Any]:
    return [{"Key": key, "Value": str(value)} for key, value in tags.items()]


def _as_dict(tags: list[Any]) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in tags}
