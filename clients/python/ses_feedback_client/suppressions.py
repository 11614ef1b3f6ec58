"""`Suppressions`: asks the ledger's table whether mail may be sent to addresses.

The ledger judges each event as it arrives, and keeps the outcome in an item for each scope in which it suppresses:
`A#<address>` / `S#<scope>`. Those are read, and no policy is applied here; only what has ended, and what another
environment or stream is about, stops nothing. A rule for a domain is filed in the same way (`address.rules_over`).

An address has up to four scopes and its rules, so a few dozen are read in one request. Of more, `STATE` is read
first, ten requests for a thousand: most addresses have none, and no scopes to look at.
"""

import logging
import os
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from itertools import islice
from typing import Any, Literal

import boto3
from botocore.config import Config

from ses_feedback_client.address import is_rule, keys, mailbox_key, rules_over
from ses_feedback_client.cache import Cache
from ses_feedback_client.errors import InvalidAddress, TooManyAddresses, Unavailable
from ses_feedback_client.names import Mail, Names
from ses_feedback_client.table import AT_ONCE, MOST_KEYS, DynamoDB, Read, read
from ses_feedback_client.verdict import Suppression, Verdict

MOST_ADDRESSES = 1000
"""At once, so that an answer comes within a second; `itertools.batched` makes such lists of longer ones."""

type OnError = Literal["raise", "allow", "suppress"]

_NEVER_SUPPRESSES = tuple(
    f"r#{fact}" for fact in ("delivered", "not_spam", "reinstated", "ses_unlisted", "ses_pushed")
)
"""Beginnings of STATE's attributes that only take others back: no need to look for a suppression."""

_CONFIG = Config(
    connect_timeout=1,
    read_timeout=2,
    retries={"total_max_attempts": 2, "mode": "standard"},
    max_pool_connections=AT_ONCE,
)
_logger = logging.getLogger("ses_feedback_client")


class Suppressions:
    """Asks one table; safe to share between threads.

    `settings`: your feedback.toml (or `Names`), for the names of environments and streams; without, those that it
    ships with. `on_error`, where the table cannot be asked: `raise` raises `Unavailable`, `allow` sends (fail-open),
    `suppress` does not (fail-closed). `cache_seconds`: for how long an answer may be repeated. `consistent`: sees
    what was written within the last second, for twice the price. `former_spellings`: looks under the keys of a stack
    from before 26 November 2026 that `ses-feedback refold` has not moved, for twice the requests. `client`: your own
    `boto3.client("dynamodb")`.
    """

    def __init__(
        self,
        table: str,
        *,
        settings: Names | str | os.PathLike[str] | None = None,
        on_error: OnError = "raise",
        cache_seconds: float = 0,
        consistent: bool = False,
        former_spellings: bool = False,
        client: DynamoDB | None = None,
    ) -> None:
        if on_error not in ("raise", "allow", "suppress"):
            raise ValueError(f"on_error={on_error!r}: choose raise, allow or suppress")
        self._table, self._on_error, self._consistent = table, on_error, consistent
        self.names = settings if isinstance(settings, Names) else _names(settings)
        self._cache = Cache[list[Suppression]](cache_seconds)
        self._former_spellings = former_spellings
        self._client: DynamoDB = client or boto3.client("dynamodb", config=_CONFIG)

    def verdict(
        self, address: str, *, stream: str | None = None, environment: str | None = None, tenant: str | None = None
    ) -> Verdict:
        """Whether this mail may be sent: one request. `stream` and `environment`: the mail's, by the names of the
        settings; without, their default. `tenant`: of SES's tenants, the one that sends it.

        Raises `InvalidAddress` and `UnknownName`; `Unavailable` unless `on_error` says otherwise.
        """
        return self.verdicts([address], stream=stream, environment=environment, tenant=tenant)[address]

    def verdicts(
        self,
        addresses: Iterable[str],
        *,
        stream: str | None = None,
        environment: str | None = None,
        tenant: str | None = None,
    ) -> dict[str, Verdict]:
        """The same of up to `MOST_ADDRESSES`, by the address as it was given, in their order. Raises
        `TooManyAddresses` too, and asks nothing if one of them is not an address.
        """
        mail = self.names.mail(environment, stream, tenant)
        keys_of = {received: _key_of(received) for received in _bounded(addresses)}
        found: dict[str, list[Suppression]] = {}
        for key in keys_of.values():
            if (known := self._cache.get((key, mail))) is not None:
                found[key] = known
        asked = {received: key for received, key in keys_of.items() if key not in found}
        errors = self._ask(asked, mail, found) if asked else {}
        now = _text(datetime.now(UTC))
        return {
            received: self._verdict(key, mail, found.get(key, []), errors.get(key), now)
            for received, key in keys_of.items()
        }

    def _ask(
        self, asked: Mapping[str, str], mail: Mail, found: dict[str, list[Suppression]]
    ) -> dict[str, Unavailable]:
        """Adds to `found` what is known of the keys in `asked`; returns why, where it could not be asked."""
        places: dict[str, dict[str, None]] = {}
        for received, key in asked.items():
            spellings = keys(received) if self._former_spellings else (key,)
            places.setdefault(key, {}).update(dict.fromkeys((*spellings, *rules_over(key))))
        entries = self._entries(dict.fromkeys(name for names in places.values() for name in names), mail)
        failed = {name: error for (name, _), error in entries.failed.items()}
        if failed:
            self._tell(next(iter(failed.values())))
        errors: dict[str, Unavailable] = {}
        for key, names in places.items():
            wanted = ((name, f"S#{scope}") for name in names for scope in mail.scopes)
            held = [_suppression(place, entries.items[place]) for place in wanted if place in entries.items]
            found[key] = [suppression for suppression in held if suppression]
            if error := next((failed[name] for name in names if name in failed), None):
                errors[key] = error
            else:
                self._cache.put((key, mail), found[key])
        return errors

    def _entries(self, names: Iterable[str], mail: Mail) -> Read:
        """The entries of the mail's scopes; of many names, only where their states have evidence."""
        names, states = list(names), Read()
        if len(names) * len(mail.scopes) > MOST_KEYS:
            states = self._read((name, "STATE") for name in names)
            names = [name for (name, _), state in states.items.items() if _may_suppress(state)]
        entries = self._read((name, f"S#{scope}") for name in names for scope in mail.scopes)
        return Read(entries.items, states.failed | entries.failed)

    def _read(self, places: Iterable[tuple[str, str]]) -> Read:
        return read(self._client, self._table, places, consistent=self._consistent)

    def _tell(self, error: Unavailable) -> None:
        if self._on_error == "raise":
            raise error
        outcome = "mail is sent without an answer" if self._on_error == "allow" else "mail is held back"
        _logger.error("%s: %s", error, outcome)

    def _verdict(
        self, key: str, mail: Mail, found: Iterable[Suppression], error: Unavailable | None, now: str
    ) -> Verdict:
        holding = tuple(held for held in found if held.until is None or now < held.until)
        may_send = not holding and (error is None or self._on_error == "allow")
        return Verdict(key, may_send, mail.environment, mail.message_stream, holding, error)


def _names(path: str | os.PathLike[str] | None) -> Names:
    return Names.shipped() if path is None else Names.read(path)


def _bounded(addresses: Iterable[str]) -> list[str]:
    if isinstance(addresses, str):
        raise TypeError("verdicts() takes several addresses; verdict() takes one")
    bounded = list(islice(addresses, MOST_ADDRESSES + 1))
    if len(bounded) > MOST_ADDRESSES:
        raise TooManyAddresses(
            f"more than {MOST_ADDRESSES:,} addresses: ask for {MOST_ADDRESSES:,} at a time (itertools.batched)"
        )
    return bounded


def _key_of(received: str) -> str:
    if not isinstance(received, str):
        raise InvalidAddress(f"{received!r} is not an e-mail address, but {type(received).__name__}")
    try:
        key = mailbox_key(received)
    except ModuleNotFoundError as error:
        raise InvalidAddress(
            f"{received!r:.400} has a domain outside ASCII: pip install 'ses-feedback-client[idna]'"
        ) from error
    if key is None:
        raise InvalidAddress(f"{received!r:.400} is not an e-mail address")
    return key


def _may_suppress(state: Mapping[str, Any]) -> bool:
    """Whether there is any evidence in a state but such that takes other evidence back."""
    return any(
        name.startswith("s#") or (name.startswith("r#") and not name.startswith(_NEVER_SUPPRESSES)) for name in state
    )


def _suppression(place: tuple[str, str], item: Mapping[str, Any]) -> Suppression | None:
    """What an entry says; None for a mark that something was lifted. Only operators make rules."""
    name, sk = place
    row = {attribute: next(iter(value.values())) for attribute, value in item.items()}
    if "fact" not in row or (is_rule(name) and row["fact"].partition(".")[0] != "operator"):
        return None
    rule = f"*{name}" if is_rule(name) else ""
    return Suppression(sk[2:], row["fact"], row["since"], row.get("until"), row["event_id"], rule)


def _text(moment: datetime) -> str:
    """As the ledger writes times: UTC, fixed width, so that text order is time order."""
    return f"{moment.isoformat(timespec='milliseconds')[:23]}Z"
