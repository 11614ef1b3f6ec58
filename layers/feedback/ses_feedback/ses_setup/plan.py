"""The whole difference between SES and the settings, in the order in which it can be applied: first what others
need (topics, configuration sets), then the identities; at the end of a stack in reverse.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ses_feedback.ses_setup.changes import (
    TOPICS,
    Change,
    Identity,
    IdentitySetting,
    Remark,
    SetupAction,
    Step,
    Weight,
)
from ses_feedback.ses_setup.configuration_sets import (
    ConfigurationSet,
    named_sets,
    removing_steps,
    set_steps,
    topics_of,
    wanted_destinations,
)
from ses_feedback.ses_setup.identities import Wanted, covering, identity_steps, restoring_steps, wanted_identities
from ses_feedback.ses_setup.target import StackOffer, Topic, TopicState
from ses_feedback.settings.file import FILE_NAME, Settings


@dataclass(frozen=True, slots=True)
class SesState:
    """What SES has: the identities that matter here, by the key of their address; the configuration sets that the
    settings name; the keys of all identities. `region`: where SES was read.
    """

    region: str
    identities: Mapping[str, Identity]
    sets: Mapping[str, ConfigurationSet]
    known: frozenset[str]


def plan(settings: Settings, offer: StackOffer, ses: SesState) -> list[Step]:
    """What brings SES in line with the settings; nothing if it is already."""
    if ses.region != offer.region:
        text = f"is in {offer.region}, but SES was asked in {ses.region}: it publishes to its own region only"
        return [Remark(Weight.PROBLEM, offer.topic, text)]
    wanted = wanted_identities(settings)
    topics, blocked = _topic_steps(settings, offer)
    if blocked:
        return topics
    return [
        *([Remark(Weight.WARNING, FILE_NAME, settings.warning)] if settings.warning else []),
        *topics,
        *(step for name in named_sets(settings) for step in set_steps(name, ses.sets.get(name), settings, offer)),
        *(step for identity in wanted for step in _identity_steps(identity, settings, offer, ses)),
        *_steps_for_unnamed(wanted, offer, ses),
        *_unheard_addresses(wanted, ses),
    ]


def restoring_plan(settings: Settings, offer: StackOffer, ses: SesState) -> list[Step]:
    """What restores the values that the stack found, if its own are still in place."""
    used = {
        identity.values[IdentitySetting.DEFAULT_SET]: identity
        for identity in ses.identities.values()
        if identity.owner != offer.stack
    }
    steps: list[Step] = [s for identity in ses.identities.values() for s in restoring_steps(identity, offer)]
    for name, existing in ses.sets.items():
        for step in removing_steps(existing, settings, offer):
            if isinstance(step, Change) and step.action is SetupAction.DELETE_SET and name in used:
                steps.append(Remark(Weight.WARNING, name, f"is the default of {used[name].name}: not deleted"))
            else:
                steps.append(step)
    topics = {offer.own_topic_of(name) for name in settings.environments} & offer.topics.keys()
    present = sorted(topic for topic in topics if offer.state_of(topic) is not TopicState.MISSING)
    return steps + [Change(SetupAction.DELETE_TOPIC, topic, "topic", topic, "") for topic in present]


def changes(steps: list[Step]) -> list[Change]:
    return [step for step in steps if isinstance(step, Change)]


def remarks(steps: list[Step]) -> list[Remark]:
    return [step for step in steps if isinstance(step, Remark)]


def environments_with_topics(settings: Settings) -> list[str]:
    """The environments whose topic is needed: of an identity or a configuration set."""
    from_sets = [name for name, selectors in settings.environments.items() if selectors.configuration_sets]
    return list(dict.fromkeys([*(wanted.environment for wanted in wanted_identities(settings)), *from_sets]))


_CREATED = (TopicState.MISSING, TopicState.CLOSED, TopicState.DEAF)
"""What creating a topic of an environment again puts right."""


def _lacks_key(topic: Topic, offer: StackOffer) -> bool:
    return bool(offer.key) and topic.key != offer.key and topic.state in (TopicState.READY, TopicState.SEALED)


def _topic_steps(settings: Settings, offer: StackOffer) -> tuple[list[Step], bool]:
    """The steps, and whether nothing else can be done until a topic is repaired."""
    steps: list[Step] = []
    blocked = False
    for topic in dict.fromkeys(map(offer.topic_of, environments_with_topics(settings))):
        seen = offer.topics.get(topic, Topic(TopicState.UNREAD))
        if seen.state is TopicState.UNREAD:
            text = "cannot be read (sns:GetTopicAttributes is denied): whether SES may publish to it is not known"
            steps.append(Remark(Weight.WARNING, topic, text))
        elif offer.per_environment and (seen.state in _CREATED or _lacks_key(seen, offer)):
            before = "" if seen.state is TopicState.MISSING else seen.state
            steps.append(Change(SetupAction.CREATE_TOPIC, topic, "topic", before, topic))
        elif seen.state is TopicState.MISSING:
            steps.append(Remark(Weight.PROBLEM, topic, "this topic of the stack is gone: deploy the stack again"))
            blocked = True
        else:
            is_shut = seen.state not in (TopicState.READY, TopicState.DEAF)
            steps += [Remark(Weight.PROBLEM if is_shut else Weight.WARNING, topic, cause) for cause in seen.causes]
            blocked = blocked or is_shut
    return steps, blocked


def _identity_steps(wanted: Wanted, settings: Settings, offer: StackOffer, ses: SesState) -> Iterator[Step]:
    identity = ses.identities.get(wanted.name)
    above = covering(wanted.name, ses.known)
    if identity is None:
        if above:
            yield Remark(
                Weight.NOTE, wanted.name, f"is not an identity of its own: the settings of {above} apply to it"
            )
        else:
            text = f"SES in {ses.region} knows neither it nor a domain above it ({wanted.place}): verify it"
            yield Remark(Weight.PROBLEM, wanted.name, text)
        return
    if above and "@" in wanted.name:
        text = f"is verified by itself, so neither the topics nor the default set of {above} apply to it"
        yield Remark(Weight.NOTE, wanted.name, text)
    steps = list(identity_steps(wanted, identity, settings, offer, _sets_then(settings, offer, ses)))
    yield from steps
    yield from _two_paths(identity, steps, settings, offer, ses)


def _sets_then(settings: Settings, offer: StackOffer, ses: SesState) -> frozenset[str]:
    """The configuration sets that will exist once the plan is applied."""
    created = named_sets(settings) if settings.ses.create_configuration_sets else []
    return frozenset([*ses.sets, *created, offer.stack_name])


def _two_paths(
    identity: Identity, steps: list[Step], settings: Settings, offer: StackOffer, ses: SesState
) -> Iterator[Step]:
    values = dict(identity.values) | {
        IdentitySetting(step.key): step.after
        for step in steps
        if isinstance(step, Change) and step.action is SetupAction.SET
    }
    default = values[IdentitySetting.DEFAULT_SET]
    if not default or not any(offer.owns(values[key]) for key in TOPICS):
        return
    existing = ses.sets.get(default)
    is_ours = existing is None or existing.owner == offer.stack
    events = wanted_destinations(default, settings, offer) if is_ours and default in named_sets(settings) else {}
    if default == offer.stack_name or any(
        map(offer.owns, topics_of(events or (existing.destinations if existing else {})))
    ):
        text = f"its topics and its default set {default} both report to this stack: counted once, but paid for twice"
        yield Remark(Weight.WARNING, identity.name, text)


def _steps_for_unnamed(wanted: list[Wanted], offer: StackOffer, ses: SesState) -> Iterator[Step]:
    names = {identity.name for identity in wanted}
    for name, identity in ses.identities.items():
        if name in names or offer.other_owner(identity.owner) is not None:
            continue
        if identity.owner:
            yield Remark(Weight.NOTE, identity.name, "is no longer in the settings: what was found is restored")
            yield from restoring_steps(identity, offer)
        else:
            text = "points at this stack, but the settings do not name it: set by hand, left alone"
            yield Remark(Weight.NOTE, identity.name, text)


def _unheard_addresses(wanted: list[Wanted], ses: SesState) -> Iterator[Step]:
    """Addresses verified by themselves under a domain of the settings: nothing of the domain's applies to them."""
    names = {identity.name for identity in wanted}
    unheard: dict[str, list[str]] = {}
    for name in sorted(ses.known - names - ses.identities.keys()):
        above = covering(name, names)
        if above and "@" in name:
            unheard.setdefault(above, []).append(name)
    for above, addresses in unheard.items():
        shown = ", ".join(addresses[:3]) + (f" and {len(addresses) - 3} more" if len(addresses) > 3 else "")
        text = f"its settings do not apply to {shown}, verified by itself: name it in `addresses` if it sends"
        yield Remark(Weight.NOTE, above, text)
