"""Routing: whose mail was it? Environment, message stream and team of a sender, and the match that decided.

The most specific match wins: message tag, configuration set, address, domain, default. What claims the From goes
before what claims the identity or the envelope sender. Environment and message stream are matched independently.
Outside production the environment's team is notified, whatever the stream; in production the stream's team, if it
has one.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from ses_feedback import address
from ses_feedback.events.feedback import Origin
from ses_feedback.settings.file import MessageStream, Selectors, Settings
from ses_feedback.vocabulary import EVERY_TEAM, AccountEvent

NAMED, TAG, CONFIGURATION_SET, ADDRESS, DOMAIN, DEFAULT = 5, 4, 3, 2, 1, 0
"""How specific a match is."""

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
    length: int = 0
    is_by_from: bool = False

    @property
    def strength(self) -> tuple[int, bool, int, int]:
        """From is whom people see: what claims it goes before what claims another name of the sender."""
        return (self.rank if self.rank > ADDRESS else 0, self.is_by_from, self.rank, self.length)


def route(origin: Origin, settings: Settings) -> Route:
    """Whose mail it was, by its tags, configuration set and sender."""
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
    matches = (match for name, selectors in candidates.items() if (match := _match(origin, name, selectors)))
    return max(matches, key=lambda match: match.strength, default=_Match(default, DEFAULT, "default"))


def _match(origin: Origin, name: str, selectors: Selectors) -> _Match | None:
    """The most specific way in which one environment or stream claims the mail."""
    if name == origin.environment and not isinstance(selectors, MessageStream):
        return _Match(name, NAMED, f"alarm of {name}")
    for tag in selectors.tags:
        key, _, value = tag.partition("=")
        if value in origin.tags.get(key, ()):
            return _Match(name, TAG, f"tag {tag}")
    if origin.configuration_set in selectors.configuration_sets:
        return _Match(name, CONFIGURATION_SET, f"configuration set {origin.configuration_set}")
    names = (origin.sender, *origin.other_senders)
    by_sender = [match for each in names if each and (match := _match_sender(origin, each, name, selectors))]
    return max(by_sender, key=lambda match: match.strength, default=None)


def _match_sender(origin: Origin, sender: str, name: str, selectors: Selectors) -> _Match | None:
    """How one environment or stream claims an address or a domain that the mail names as its sender."""
    is_from = origin.has_header_from and sender == origin.sender
    if sender in selectors.addresses:
        return _Match(name, ADDRESS, f"address {sender}", is_by_from=is_from)
    is_domain = "@" not in sender and sender in origin.other_senders
    domain = f".{sender if is_domain else address.domain_of(sender)}"
    claimed = max((d for d in selectors.domains if domain.endswith(f".{d}")), key=len, default=None)
    return _Match(name, DOMAIN, f"domain {claimed}", len(claimed), is_from) if claimed else None
