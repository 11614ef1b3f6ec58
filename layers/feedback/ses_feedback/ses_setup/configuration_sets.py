"""Configuration sets compared with the settings: which to create, and where each publishes its events.

Only sets that this stack created (their tag says so) are ever changed: another's may belong to somebody's mail.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from ses_feedback.ses_setup.changes import OWNER_TAG, Change, Remark, SetupAction, Step, Weight
from ses_feedback.ses_setup.lists_asked import Options, asks_none, words_of_set
from ses_feedback.ses_setup.target import StackOffer
from ses_feedback.settings.file import Settings

PREFIX = "ses-feedback-"
"""Our event destinations begin with it; others in the same set are left alone."""

FEEDBACK = ("BOUNCE", "COMPLAINT", "REJECT", "RENDERING_FAILURE", "DELIVERY_DELAY", "SUBSCRIPTION")
ALL = ("SEND", "DELIVERY", *FEEDBACK)
COUNTED = ("SEND", "DELIVERY", "BOUNCE", "COMPLAINT", "REJECT")
"""Each metric in CloudWatch costs money. Opens and clicks are in no list, since SES would rewrite links for them."""

type Definition = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class ConfigurationSet:
    """A set as SES has it; `destinations` by name, as EventDestinationDefinition of SES's API v2, `suppression` as
    its SuppressionOptions.
    """

    name: str
    destinations: Mapping[str, Definition] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)
    suppression: Options = field(default_factory=dict)

    @property
    def owner(self) -> str:
        return self.tags.get(OWNER_TAG, "")


def named_sets(settings: Settings) -> list[str]:
    """All configuration sets of the settings, in their order."""
    return list(dict.fromkeys(name for selectors in settings.selectors for name in selectors.configuration_sets))


def set_steps(name: str, existing: ConfigurationSet | None, settings: Settings, offer: StackOffer) -> Iterator[Step]:
    """What to do about one set that the settings name; `existing` is None if SES does not have it."""
    wanted = wanted_destinations(name, settings, offer)
    if existing and (lists := words_of_set(existing.suppression)):
        yield Remark(Weight.WARNING if asks_none(existing.suppression) else Weight.NOTE, name, lists)
    if existing is None:
        if not settings.ses.create_configuration_sets:
            yield Remark(Weight.WARNING, name, "this configuration set does not exist; mail that names it is refused")
            return
        yield Change(SetupAction.CREATE_SET, name, "owner", "", offer.stack, {OWNER_TAG: offer.stack})
        existing = ConfigurationSet(name)
    elif (other := offer.other_owner(existing.owner)) is not None:
        yield Remark(Weight.PROBLEM, name, f"belongs to the stack {other}, which still exists: left alone")
        return
    elif not existing.owner:
        yield from _remarks_on_a_foreign_set(existing, offer)
        return
    elif existing.owner != offer.stack:
        yield Change(SetupAction.CLAIM_SET, name, "owner", existing.owner, offer.stack, {OWNER_TAG: offer.stack})
    yield from _destination_steps(existing, wanted)


def _remarks_on_a_foreign_set(existing: ConfigurationSet, offer: StackOffer) -> Iterator[Step]:
    leads_here = any(_leads_to(definition, offer) for definition in existing.destinations.values())
    if existing.name != offer.stack_name and not leads_here:
        text = "exists, but is not this stack's: left alone. None of its event destinations leads to this stack"
        yield Remark(Weight.WARNING, existing.name, text)


def _destination_steps(existing: ConfigurationSet, wanted: Mapping[str, Definition]) -> Iterator[Step]:
    for name, definition in wanted.items():
        now = existing.destinations.get(name)
        if now is None or summary(now) != summary(definition):
            before = summary(now) if now else ""
            yield Change(SetupAction.PUT_DESTINATION, existing.name, name, before, summary(definition), definition)
    for name, now in existing.destinations.items():
        if name.startswith(PREFIX) and name not in wanted:
            yield Change(SetupAction.DELETE_DESTINATION, existing.name, name, summary(now), "")


def removing_steps(existing: ConfigurationSet, settings: Settings, offer: StackOffer) -> Iterator[Step]:
    """At the end of the stack: nothing in a set that it created may lead nowhere. The set itself is deleted only if
    the settings say so, since SES refuses mail that names a set that does not exist.
    """
    if existing.owner != offer.stack:
        return
    yield from _destination_steps(existing, {})
    if settings.ses.delete_configuration_sets:
        yield Change(SetupAction.DELETE_SET, existing.name, "owner", existing.owner, "")


def wanted_destinations(name: str, settings: Settings, offer: StackOffer) -> dict[str, Definition]:
    """The event destinations of a set, by name, as SES's API v2 expects them."""
    environment, stream = whose(name, settings)
    types = FEEDBACK if "delivery" not in settings.ses.notifications else ("DELIVERY", *FEEDBACK)
    bus = offer.prefix.replace(":sns:", ":events:") + "event-bus/default"  # SES publishes to the default bus only
    firehose = {"IamRoleArn": offer.stream_role, "DeliveryStreamArn": offer.stream}
    dimensions = [_dimension("environment", environment), _dimension("message_stream", stream)]
    possible: dict[str, Definition] = {
        "sns": _definition(types, "SnsDestination", {"TopicArn": offer.topic_of(environment)}),
        "firehose": _definition(ALL, "KinesisFirehoseDestination", firehose),
        "eventbridge": _definition(types, "EventBridgeDestination", {"EventBusArn": bus}),
        "cloudwatch": _definition(COUNTED, "CloudWatchDestination", {"DimensionConfigurations": dimensions}),
    }
    return {f"{PREFIX}{kind}": possible[kind] for kind in settings.ses.event_destinations}


def whose(name: str, settings: Settings) -> tuple[str, str]:
    """The environment and the message stream whose mail a set is for."""
    environments = (key for key, selectors in settings.environments.items() if name in selectors.configuration_sets)
    streams = (key for key, selectors in settings.message_streams.items() if name in selectors.configuration_sets)
    return next(environments, settings.default.environment), next(streams, settings.default.message_stream)


def _definition(types: tuple[str, ...], kind: str, value: Definition) -> Definition:
    return {"Enabled": True, "MatchingEventTypes": list(types), kind: value}


def _dimension(name: str, default: str) -> dict[str, str]:
    return {"DimensionName": name, "DimensionValueSource": "MESSAGE_TAG", "DefaultDimensionValue": default}


def summary(definition: Definition) -> str:
    """One line that is equal for equal destinations, in whatever order SES lists their parts."""
    types = definition.get("MatchingEventTypes")
    names = ", ".join(sorted(types)).lower() if isinstance(types, list) else ""
    for kind, keys in _DESTINATION_KINDS.items():
        if isinstance(value := definition.get(kind), dict):
            where = " as ".join(str(value.get(key, "")) for key in keys) if keys else _dimensions(value)
            return f"{names} to {where}" + ("" if definition.get("Enabled") else " (switched off)")
    return names


_DESTINATION_KINDS: Mapping[str, tuple[str, ...]] = {
    "SnsDestination": ("TopicArn",),
    "KinesisFirehoseDestination": ("DeliveryStreamArn", "IamRoleArn"),
    "EventBridgeDestination": ("EventBusArn",),
    "CloudWatchDestination": (),
}


def _dimensions(value: Mapping[str, object]) -> str:
    configured = value.get("DimensionConfigurations")
    parts = (
        sorted(f"{d['DimensionName']}={d['DefaultDimensionValue']}" for d in configured)
        if isinstance(configured, list)
        else []
    )
    return f"CloudWatch by {', '.join(parts)}"


def topics_of(definitions: Mapping[str, Definition]) -> set[str]:
    """The topics that a set's live event destinations publish bounces to."""
    topics: set[str] = set()
    for definition in definitions.values():
        sns, types = definition.get("SnsDestination"), definition.get("MatchingEventTypes")
        if definition.get("Enabled") and isinstance(sns, dict) and isinstance(types, list) and "BOUNCE" in types:
            topics.add(str(sns["TopicArn"]))
    return topics


def _leads_to(definition: Definition, offer: StackOffer) -> bool:
    if any(map(offer.owns, topics_of({"": definition}))):
        return True
    firehose = definition.get("KinesisFirehoseDestination")
    return bool(definition.get("EventBridgeDestination")) or (
        isinstance(firehose, dict) and firehose.get("DeliveryStreamArn") == offer.stream
    )
