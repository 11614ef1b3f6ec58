"""SES's identities compared with the settings: what to change so that notifications go where the settings say.

Everything an identity can be set to is one value of one `IdentitySetting`, as text, so that what was found can be
remembered in the identity's own tags, and restored. An identity is claimed (tagged) before any of it is changed: a
crash in between loses nothing, and no other stack touches it.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from ses_feedback import address
from ses_feedback.ses_setup.changes import (
    FOUND_TAG,
    HEADERS,
    MOST_IN_A_TAG,
    NONE,
    OFF,
    ON,
    OWNER_TAG,
    SETTLED,
    TOPICS,
    Change,
    Identity,
    IdentitySetting,
    Remark,
    SetupAction,
    Step,
    Weight,
)
from ses_feedback.ses_setup.target import StackOffer, TopicState, region_of
from ses_feedback.settings.file import Selectors, Settings


@dataclass(frozen=True, slots=True)
class Wanted:
    """An identity that the settings name. `place`: where they name it ("environments.dev.addresses")."""

    name: str
    place: str
    environment: str
    default_set: str | None


def wanted_identities(settings: Settings) -> list[Wanted]:
    """All domains and addresses of the settings, once each, domains first."""
    identities: dict[str, Wanted] = {}
    for kind, group in (("message_streams", settings.message_streams), ("environments", settings.environments)):
        for group_name, selectors in group.items():
            for key in ("domains", "addresses"):
                for name in getattr(selectors, key):
                    if name not in identities:
                        default = selectors.default_configuration_set or _default_set(name, settings)
                        place = f"{kind}.{group_name}.{key}"
                        identities[name] = Wanted(name, place, environment_of(name, settings), default)
    return sorted(identities.values(), key=lambda identity: ("@" in identity.name, identity.name))


def environment_of(name: str, settings: Settings) -> str:
    """The environment that claims an identity: by the address, else by the longest domain, else the default."""
    claims = {
        len(claim): environment
        for environment, selectors in settings.environments.items()
        for claim in _claims(name, selectors)
    }
    return claims[max(claims)] if claims else settings.default.environment


def _claims(name: str, selectors: Selectors) -> Iterator[str]:
    domain = address.domain_of(name) or name
    yield from (claim for claim in selectors.addresses if claim == name)
    yield from (claim for claim in selectors.domains if f".{domain}".endswith(f".{claim}"))


def _default_set(name: str, settings: Settings) -> str | None:
    return settings.environments[environment_of(name, settings)].default_configuration_set


def covering(name: str, known: Collection[str]) -> str | None:
    """The identity that covers mail from an address or domain, other than its own: its domain, or a parent domain."""
    domain = address.domain_of(name) or name.partition(".")[2]
    while domain:
        if domain in known:
            return domain
        domain = domain.partition(".")[2]
    return None


def identity_steps(
    wanted: Wanted, identity: Identity, settings: Settings, offer: StackOffer, sets: frozenset[str]
) -> Iterator[Step]:
    """What to do about an identity that the settings name. `sets`: those that will exist by then."""
    if identity.verification not in SETTLED:
        yield _warning(identity, f"is not verified ({identity.verification.lower()}): nothing is set until it is")
        return
    if (owner := offer.other_owner(identity.owner)) is not None:
        yield _problem(identity, f"belongs to the stack {owner}, which still exists: left alone")
        return
    asked, remarks = _asked(wanted, identity, settings, offer, sets)
    yield from remarks
    yield from _changes(identity, asked, offer)


def restoring_steps(identity: Identity, offer: StackOffer) -> Iterator[Step]:
    """What restores the values that were found, if this stack's are still in place."""
    if offer.other_owner(identity.owner) is None:
        yield from _changes(identity, {}, offer)


def _asked(
    wanted: Wanted, identity: Identity, settings: Settings, offer: StackOffer, sets: frozenset[str]
) -> tuple[dict[IdentitySetting, str], list[Step]]:
    """What the settings ask of an identity and get, and the remarks about what they do not get."""
    asked: dict[IdentitySetting, str] = {}
    remarks: list[Step] = []
    topic = offer.topic_of(wanted.environment)
    for key in TOPICS:
        if key.value not in settings.ses.notifications:
            continue
        now = identity.values[key]
        if is_free(key, now, offer) or settings.ses.take_over:
            asked[key] = topic
            if settings.ses.headers:
                asked[HEADERS[key]] = ON
            if now and not is_free(key, now, offer):
                remarks.append(_warning(identity, f"{key} topic {now} is taken over; it is put back at the end"))
        else:
            remarks.append(_problem(identity, f"{key} topic is {now}: {_TAKE_OVER}"))
            remarks += [_warning(identity, f"{key} topic {now}: {cause}") for cause in _causes(now, offer)]
    if wanted.default_set:
        now = identity.values[IdentitySetting.DEFAULT_SET]
        if wanted.default_set not in sets:
            remarks.append(
                _problem(identity, f"the configuration set {wanted.default_set}, its default, does not exist")
            )
        elif now == wanted.default_set or is_free(IdentitySetting.DEFAULT_SET, now, offer) or settings.ses.take_over:
            asked[IdentitySetting.DEFAULT_SET] = wanted.default_set
        else:
            remarks.append(_problem(identity, f"default configuration set is {now}: {_TAKE_OVER}"))
    if settings.ses.forwarding == OFF:
        if asked.get(IdentitySetting.BOUNCE) and asked.get(IdentitySetting.COMPLAINT):
            asked[IdentitySetting.FORWARDING] = OFF
        else:
            remarks.append(_warning(identity, "e-mail forwarding stays on: bounces and complaints need topics first"))
    return asked, remarks


_TAKE_OVER = "left as it is; set take_over = true in [ses] to replace it, and have it put back at the end"


def is_free(key: IdentitySetting, now: str, offer: StackOffer) -> bool:
    """Whether a value may be replaced without asking: nothing, this stack's own, or a topic that no longer exists."""
    if key is IdentitySetting.DEFAULT_SET:
        return not now or now in offer.sets
    return not now or offer.owns(now) or offer.state_of(now) is TopicState.MISSING or _is_elsewhere(now, offer)


def _causes(topic: str, offer: StackOffer) -> tuple[str, ...]:
    seen = offer.topics.get(topic)
    return seen.causes if seen else ()


def _is_elsewhere(topic: str, offer: StackOffer) -> bool:
    """SES publishes to topics of its own region only
    (docs.aws.amazon.com/ses/latest/DeveloperGuide/configure-sns-notifications.html).
    """
    return region_of(topic) != offer.region


def _changes(identity: Identity, asked: Mapping[IdentitySetting, str], offer: StackOffer) -> Iterator[Step]:
    """From the current values to those asked for; what is not asked for, but was set by this stack, is restored."""
    goals = {key: asked[key] if key in asked else _restored(key, identity, offer) for key in IdentitySetting}
    if not (goals[IdentitySetting.BOUNCE] and goals[IdentitySetting.COMPLAINT]):
        goals[IdentitySetting.FORWARDING] = ON  # SES keeps the topics of an identity that reports in no other way
    differing = [key for key in IdentitySetting if goals[key] != identity.values[key]]
    if asked and (identity.owner != offer.stack or _unremembered(identity)):
        tags = _claim(identity, offer)
        if long := [tag for tag, value in tags.items() if len(value) > MOST_IN_A_TAG]:
            yield _problem(
                identity, f"what was found cannot be remembered ({', '.join(long)} is too long): left alone"
            )
            return
        yield Change(SetupAction.CLAIM, identity.name, "owner", identity.owner, offer.stack, tags)
    for key in sorted(differing, key=lambda setting: _order(setting, goals)):
        yield Change(SetupAction.SET, identity.name, key, identity.values[key], goals[key])
    if not asked and identity.owner:
        ours = {tag: "" for tag in identity.tags if tag == OWNER_TAG or tag.startswith(FOUND_TAG)}
        yield Change(SetupAction.RELEASE, identity.name, "owner", identity.owner, "", ours)


def _order(key: IdentitySetting, goals: Mapping[IdentitySetting, str]) -> int:
    """Forwarding is enabled before a topic is removed, disabled after topics are set; headers need their topic."""
    if key is IdentitySetting.FORWARDING:
        return 0 if goals[key] == ON else 4
    if key in TOPICS:
        return 2
    if key is IdentitySetting.DEFAULT_SET:
        return 3
    return 3 if goals[key] == ON else 1


def _restored(key: IdentitySetting, identity: Identity, offer: StackOffer) -> str:
    """What was found, if this stack set the current value; else the current value."""
    now = identity.values[key]
    if key in TOPICS:
        if not offer.owns(now):
            return now
        topic_before = identity.remembered(key) or NONE
        return NONE if _is_gone(topic_before, offer) else topic_before
    before = identity.remembered(key)
    if before is None:
        return now
    if key is IdentitySetting.DEFAULT_SET:
        return before if now in offer.sets else now
    if key is IdentitySetting.FORWARDING:
        both = all(
            offer.owns(identity.values[topic]) for topic in (IdentitySetting.BOUNCE, IdentitySetting.COMPLAINT)
        )
        return before if now == OFF and both else now
    topic = next(topic for topic, headers in HEADERS.items() if headers is key)
    return before if now == ON and offer.owns(identity.values[topic]) else now


def _is_gone(topic: str, offer: StackOffer) -> bool:
    return offer.state_of(topic) is TopicState.MISSING or (bool(topic) and _is_elsewhere(topic, offer))


def _claim(identity: Identity, offer: StackOffer) -> dict[str, str]:
    """The tags of a claim. What a deleted stack remembered is kept: the values that it set are not what was found."""
    tags = {OWNER_TAG: offer.stack}
    for key in IdentitySetting:
        now = identity.values[key]
        before = identity.remembered(key) if identity.owner else None
        if before is None:
            before = NONE if key in TOPICS and offer.owns(now) else now
        tags[f"{FOUND_TAG}{key}"] = before or "-"
    return tags


def _unremembered(identity: Identity) -> bool:
    return any(identity.remembered(key) is None for key in IdentitySetting)


def _problem(identity: Identity, text: str) -> Remark:
    return Remark(Weight.PROBLEM, identity.name, text)


def _warning(identity: Identity, text: str) -> Remark:
    return Remark(Weight.WARNING, identity.name, text)
