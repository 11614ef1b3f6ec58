"""The status of an address: what suppresses it now, and what that means in plain words."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ses_feedback import address as addresses
from ses_feedback import timestamp
from ses_feedback.alerts.words import SES_PREDICTION, Words, effect_words, for_shell, minute, words_for
from ses_feedback.decision import suppression
from ses_feedback.decision.fact import PREDICTED, Fact
from ses_feedback.decision.rule import suppressions_by
from ses_feedback.decision.state import State
from ses_feedback.decision.suppression import Suppression
from ses_feedback.errors import InvalidRequest
from ses_feedback.scope import Scope
from ses_feedback.settings.file import Settings
from ses_feedback.vocabulary import Effect, Kind


@dataclass(frozen=True, slots=True)
class PlannedMail:
    """The mail that somebody wants to send: from which environment, in which message stream, and by which of SES's
    tenants, if any.
    """

    environment: str
    message_stream: str
    tenants: tuple[str, ...] = ()


def planned_mail(
    environment: str | None, stream: str | None, settings: Settings, tenants: Iterable[str] = ()
) -> PlannedMail:
    """What the options say, or the settings' default; unknown names raise `InvalidRequest`."""
    return PlannedMail(
        known_environment(environment or settings.default.environment, settings),
        known_stream(stream or settings.default.message_stream, settings),
        tuple(tenants),
    )


def known_environment(name: str, settings: Settings) -> str:
    if name not in settings.environments:
        raise InvalidRequest(
            f"no environment {name!r} in the settings: choose one of {', '.join(settings.environments)}"
        )
    return name


def known_stream(name: str, settings: Settings) -> str:
    streams = {*settings.message_streams, settings.default.message_stream}
    if name not in streams:
        raise InvalidRequest(
            f"no message stream {name!r} in the settings: choose one of {', '.join(sorted(streams))}"
        )
    return name


def key_of(received: str) -> str:
    """The ledger's key for an address as somebody typed it; `InvalidRequest` if it cannot be one."""
    key = addresses.mailbox_key(received)
    if key is None:
        raise InvalidRequest(f"{received!r} is not an e-mail address")
    return key


def keys_of(received: str) -> tuple[str, ...]:
    """Those of the rules that somebody named by a domain, else that of an address; anything else raises
    `InvalidRequest`.
    """
    if rules := addresses.rules_in(received):
        return rules
    if received.strip().startswith(("*@", "*.", "@")):
        raise InvalidRequest(
            f"{received!r} is not a rule: write *@example.com, *.example.com, or example.com for both"
        )
    return (key_of(received),)


def holding(
    state: State, settings: Settings, now: datetime, rules: Mapping[str, State] | None = None
) -> list[Suppression]:
    """The suppressions of an address that have not expired, in any scope; those of the rules over it come last."""
    moment = timestamp.to_text(now)
    held = [*suppression.suppressions(state, settings), *suppressions_by(rules or {}, settings)]
    return [each for each in held if each.holds_at(moment)]


def stops(held: Suppression, mail: PlannedMail, settings: Settings) -> bool:
    """Whether it stops the mail of any of its tenants, or, without tenants, the mail."""
    return reaches(held.scope, mail, settings)


def reaches(scope: Scope, mail: PlannedMail, settings: Settings) -> bool:
    """Whether a suppression of that scope stops the mail, as `stops` says."""
    place = (mail.environment, mail.message_stream, settings)
    return any(suppression.applies_to(scope, *place, tenant) for tenant in mail.tenants or (None,))


def row_of(held: Suppression) -> dict[str, Any]:
    """A suppression as `--json` gives it."""
    return {
        "scope": held.scope,
        "fact": held.fact,
        "since": held.since,
        "until": held.until,
        "event_id": held.event_id,
    } | ({"rule": held.rule} if held.rule else {})


def words_of_fact(fact: Fact) -> Words:
    """Plain words for a fact of the ledger (`soft.mailbox_full`, `complaint.abuse.full`)."""
    if fact.is_complaint:
        named = fact.feedback_type
        return words_for(Kind.COMPLAINT, None, None if named == "unspecified" else named, Effect.SUPPRESSED)
    if fact.is_from_operator:
        return words_for(Kind.OPERATOR)
    if fact == PREDICTED:
        return words_for(Kind.BOUNCE, fact.reason, SES_PREDICTION, Effect.SUPPRESSED)
    if fact.reason is not None:
        return words_for(Kind.BOUNCE, fact.reason, None, Effect.SUPPRESSED)
    return Words(fact, "", "")


def sentence(held: Suppression) -> str:
    """`Suppressed everywhere, for good: do not write to it again. Since …`"""
    rule = f" By the rule for {held.rule}." if held.rule else ""
    return f"{effect_words(Effect.SUPPRESSED, held.scope, held.until)} Since {minute(held.since)}.{rule}"


def name_of(key: str) -> str:
    """As people know it: the address, or the pattern of a rule."""
    return addresses.pattern_of(key) if addresses.is_rule(key) else key


def why_command(address: str) -> str:
    return f"ses-feedback why {for_shell(name_of(address))}"
