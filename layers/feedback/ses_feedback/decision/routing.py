"""Routing: whose mail was it? Environment, message stream and team of a sender, and the match that decided.

The most specific match wins: message tag, configuration set, tenant, topic, sender. Of the senders the strongest one
that is claimed wins, by its address or by the longest domain: an envelope address never beats a From by its domain.
Environment and message stream are matched independently. Outside production the environment's team is notified,
whatever the stream; in production the stream's team, if it has one.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from operator import attrgetter, itemgetter

from ses_feedback import address
from ses_feedback.events.feedback import Origin
from ses_feedback.events.sender import Sender
from ses_feedback.settings.file import MessageStream, Selectors, Settings
from ses_feedback.vocabulary import EVERY_TEAM, AccountEvent

NAMED, TAG, CONFIGURATION_SET, TENANT, TOPIC, ADDRESS, DOMAIN, DEFAULT = 5, 4, 3, 3, 2, 2, 1, 0
"""How much a match knows, as rows keep it. Of matches of one copy, their order here decides."""

_MOST_REMEMBERED = 1_000
_PLACE, _LENGTH = attrgetter("place"), itemgetter(0)

_FOR_ALL = (
    AccountEvent.SENDING_DISABLED,
    AccountEvent.SENDING_ENABLED,
    AccountEvent.RATE_HIGH,
    AccountEvent.RATE_CALM,
)


@dataclass(frozen=True, slots=True)
class Route:
    """`matched` is the match that decided on the team ("address staging@example.com"). `rank` is how specific both
    matches are together: of two copies of one event, the one with the higher rank is right.
    """

    environment: str
    message_stream: str
    team: str
    matched: str
    rank: int


@dataclass(frozen=True, slots=True)
class _Match:
    name: str
    rank: int
    matched: str


def route(origin: Origin, settings: Settings) -> Route:
    """Whose mail it was, as far as the settings claim it; otherwise the default's. Few senders write many mails, so
    routes are remembered.
    """
    tags, senders, rest = origin.tags, origin.senders, origin[2:]
    picked = tuple([(name, *tags[name]) for name in settings.claimed_tags if name in tags]) if tags else ()
    whose = (_claimable(senders, settings.claimed_addresses), picked, rest)
    known: Route | None = settings.routes.get(whose)
    if known is None:
        if len(settings.routes) >= _MOST_REMEMBERED:
            settings.routes.clear()
        known = settings.routes[whose] = _route(origin, settings)
    return known


@lru_cache(maxsize=256)
def _claimable(senders: tuple[Sender, ...], addresses: frozenset[str]) -> tuple[Sender, ...]:
    """What settings can claim of each sender: the domain alone, unless they name the address. Envelope senders that
    differ with every mail (VERP) are one then.
    """
    return tuple(
        [
            sender if sender.name in addresses else Sender(f"@{address.domain_of(sender.name)}", sender.place)
            for sender in senders
        ]
    )


def _route(origin: Origin, settings: Settings) -> Route:
    default = settings.default
    environment = _most_specific(origin, settings.environments, default.environment)
    stream = _most_specific(origin, settings.message_streams, default.message_stream)
    here = settings.environments[environment.name]
    streams_team = settings.message_streams[stream.name].team if stream.name in settings.message_streams else None
    if streams_team and (here.production or not here.team):
        team, matched = streams_team, stream.matched
    elif here.team:
        team, matched = here.team, environment.matched
    else:
        team, matched = settings.default_team, "default"
    if origin.account_event in _FOR_ALL and not environment.rank and not stream.rank:
        team, matched = EVERY_TEAM, "default"
    return Route(environment.name, stream.name, team, matched, environment.rank + stream.rank)


def _most_specific(origin: Origin, candidates: Mapping[str, Selectors], default: str) -> _Match:
    return next(_matches(origin, candidates), _Match(default, DEFAULT, "default"))


def _matches(origin: Origin, candidates: Mapping[str, Selectors]) -> Iterator[_Match]:
    """The ways in which an environment or a stream claims the mail, from the most to the least specific."""
    named = candidates.get(origin.environment or "")
    if origin.environment and named and not isinstance(named, MessageStream):
        yield _Match(origin.environment, NAMED, f"alarm of {origin.environment}")
    if origin.tags:
        for name, selectors in candidates.items():
            for tag in selectors.tags:
                key, _, value = tag.partition("=")
                if value in origin.tags.get(key, ()):
                    yield _Match(name, TAG, f"tag {tag}")
        for name, selectors in candidates.items():
            if origin.configuration_set in selectors.configuration_sets:
                yield _Match(name, CONFIGURATION_SET, f"configuration set {origin.configuration_set}")
        for name, selectors in candidates.items():
            if origin.tenant in selectors.tenants:
                yield _Match(name, TENANT, f"tenant {origin.tenant}")
    if origin.topic:
        for topic in (origin.topic, origin.topic.rpartition(":")[2]):
            for name, selectors in candidates.items():
                if topic in selectors.topics:
                    yield _Match(name, TOPIC, f"topic {topic}")
    yield from _matches_of_senders(origin.senders, candidates)


def _matches_of_senders(senders: Iterable[Sender], candidates: Mapping[str, Selectors]) -> Iterator[_Match]:
    for _, of_place in groupby(senders, key=_PLACE):
        written = list(of_place)  # several authors are equally strong
        for sender in written:
            for name, selectors in candidates.items():
                if sender.name in selectors.addresses:
                    yield _Match(name, ADDRESS, f"address {sender.name} ({sender.place})")
        claims = [
            (len(domain), name, domain, sender)
            for sender in written
            for name, selectors in candidates.items()
            for domain in selectors.domains
            if sender.name.endswith(domain) and f".{address.domain_of(sender.name)}".endswith(f".{domain}")
        ]
        if claims:
            _, name, domain, sender = max(claims, key=_LENGTH)
            yield _Match(name, DOMAIN, f"domain {domain} ({sender.place})")
