"""Whether mail may be sent to an address: a pure function of its state, the settings and the time.

Nothing stored says "suppressed", so a change of policy changes the answer at once. By default:

    fact                              does                                     for            taken back by
    user_unknown, mailbox_inactive    suppresses                               good           reinstated
    domain_invalid                    suppresses                               30 days        reinstated
    complaint.*.full                  suppresses; in a marketing stream,       good           reinstated, not_spam
                                      that stream alone
    complaint.*.low                   counts: nobody knows who complained      -              reinstated, not_spam
    soft.*                            counts; suppresses with 5 on 3 days      7 days; 30      reinstated, delivered
                                      within 180                               after 6 of 60,
                                                                               90 after 10 of
                                                                               180
    ses_suppressed.account            suppresses                               good           reinstated, delivered,
                                                                                              ses_unlisted
    ses_suppressed.tenant.<name>      suppresses that tenant's mail            good           reinstated, and that
                                                                                              tenant's delivered or
                                                                                              ses_unlisted
    ses_suppressed.tenant             suppresses its message stream            good           reinstated, delivered
    ses_suppressed.global             suppresses                               14 days        reinstated, delivered
    ses_suppressed.validation         suppresses                               1 day          reinstated, delivered
    operator, operator.<days>         suppresses                               good, or days  reinstated

Only what is later takes a fact back; a fact later still counts again. `[policy]` changes what a fact does and
for how long (`settings.policy`). What no setting changes is here: evidence outside production never leaves its
environment, what happens in one environment takes nothing back in another, and a fact that takes others back
never suppresses.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from ses_feedback import timestamp
from ses_feedback.decision.fact import NOT_SPAM, REINSTATED, Fact
from ses_feedback.decision.state import Place, Stamp, State
from ses_feedback.scope import EVERYWHERE, GLOBAL, Scope
from ses_feedback.settings.file import Settings
from ses_feedback.settings.policy import AtOnce, Reach, Soft

SES_GLOBAL_DAYS = 14
"""SES's global list (`Suppressed`) forgets an address after 14 days at most."""

PREDICTION_DAYS = 1
"""SES judges an address anew with every mail: what it predicted once must not keep it from doing so."""

_DAYS_ON_LIST = {"account": None, "tenant": None, "validation": PREDICTION_DAYS}


@dataclass(frozen=True, slots=True)
class Suppression:
    """Mail to this address is stopped in `scope`.

    `since` is the time of the evidence that decided, `until` the end (None: for good), `fact` what it says,
    `event_id` which event gave it. `rule`: the operator's rule that stops mail to the whole domain, `*@example.com`;
    empty where it is about this address.
    """

    scope: Scope
    fact: Fact
    since: str
    until: str | None
    event_id: str
    rule: str = ""

    def holds_at(self, now: str) -> bool:
        return self.until is None or now < self.until


def suppressions(state: State, settings: Settings) -> list[Suppression]:
    """All suppressions the state holds, ended ones too, the one that holds longest for each scope."""
    longest: dict[Scope, Suppression] = {}
    for suppression in (*_at_once(state, settings), *_soft(state, settings)):
        known = longest.get(suppression.scope)
        if known is None or _endurance(suppression) > _endurance(known):
            longest[suppression.scope] = suppression
    return [longest[scope] for scope in sorted(longest)]


def scopes(state: State, settings: Settings) -> set[Scope]:
    """Every scope that the state's evidence could suppress in, whether it does now or not."""
    lifting = ("reinstated", "ses_unlisted", "ses_pushed")
    return {scope_of(place, settings) for place in (*state.registers, *state.soft) if place.fact.name not in lifting}


def scope_of(place: Place, settings: Settings) -> Scope:
    """How far a fact reaches: evidence outside production never leaves its environment."""
    fact, name, stream_name = place
    tenant = fact.tenant if fact.is_from_ses_list else ""
    if name == EVERYWHERE:
        if tenant:
            return Scope.of_tenant(tenant)
        return GLOBAL if stream_name == EVERYWHERE else Scope.of_message_stream(stream_name)
    environment = settings.environments.get(name)
    if environment is None or not environment.production:
        return Scope.of_environment(name)
    if tenant:
        return Scope.of_tenant(tenant)
    reach = _reach(fact, settings)
    if reach == "environment" or stream_name == EVERYWHERE:
        return Scope.of_environment(name)
    stream = settings.message_streams.get(stream_name)
    is_complaint_on_marketing = fact.is_complaint and stream is not None and stream.marketing
    if reach == "message_stream" or (reach == "default" and is_complaint_on_marketing):
        return Scope.of_message_stream(stream_name)
    return GLOBAL


def applies_to(
    scope: Scope, environment: str, message_stream: str, settings: Settings, tenant: str | None = None
) -> bool:
    """Whether a suppression of this scope stops mail of that environment and stream, sent by that tenant or none."""
    here = settings.environments.get(environment)
    stops = [GLOBAL, Scope.of_environment(environment)]
    if here is not None and here.production:
        stops.append(Scope.of_message_stream(message_stream))
        if tenant:
            stops.append(Scope.of_tenant(tenant))
    return scope in stops


def counts(place: Place, time: str, state: State) -> bool:
    """Whether a fact of that time still counts: not after a reinstatement, nor a complaint taken back."""
    for known, stamp in state.registers.items():
        if _covers(known, place) and _takes_back(known.fact, stamp.time, place.fact, time):
            return False
    return True


def awaits_delivery(state: State) -> bool:
    """Whether a delivery may take something back: soft evidence that still counts, or what SES's lists said.

    What was learned from SES's list itself is about every environment, and no delivery takes it back.
    """
    soft = ((place, stamp) for place, stamps in state.soft.items() for stamp in stamps)
    return any(
        (place.fact.is_soft or place.fact.is_from_ses_list)
        and place.environment != EVERYWHERE
        and counts(place, stamp.time, state)
        for place, stamp in (*state.registers.items(), *soft)
    )


def _covers(known: Place, place: Place) -> bool:
    """Whether what is known at one place can take back what was reported at another: what happens in dev cannot."""
    if known.environment not in (EVERYWHERE, place.environment):
        return False
    return known.fact != REINSTATED or known.message_stream in (EVERYWHERE, place.message_stream)


def _takes_back(lifting: Fact, lifted_at: str, fact: Fact, time: str) -> bool:
    if lifting.is_delivery:
        is_past_list = fact.is_from_ses_list and fact.tenant in ("", lifting.tenant)
        return (fact.is_soft or is_past_list) and time < lifted_at
    if time > lifted_at:
        return False
    if lifting == NOT_SPAM:
        return fact.is_complaint
    return lifting == REINSTATED or (lifting.name == "ses_unlisted" and fact == Fact.ses_listed(lifting.tenant))


def suppresses_at_once(fact: Fact, settings: Settings) -> bool:
    """Whether a fact suppresses by itself."""
    rule = _rule_of(fact, settings)
    return rule is not None and rule.suppress


def _at_once(state: State, settings: Settings) -> Iterator[Suppression]:
    for place, stamp in state.registers.items():
        rule = _rule_of(place.fact, settings)
        if rule is not None and rule.suppress and counts(place, stamp.time, state):
            until = timestamp.later(stamp.time, days=rule.days) if rule.days else None
            yield Suppression(scope_of(place, settings), place.fact, stamp.time, until, stamp.event_id)


def _rule_of(fact: Fact, settings: Settings) -> AtOnce | None:
    """The rule of a fact that decides by itself; None for all others."""
    policy = settings.policy
    match fact.name:
        case "user_unknown" | "mailbox_inactive" | "domain_invalid" as name:
            rule: AtOnce = getattr(policy, name)
            return rule
        case "complaint":
            complaint = policy.complaint.of_kind(fact.feedback_type)
            decides = complaint.suppress and (fact.is_certain or complaint.low_confidence == "suppress")
            return AtOnce(suppress=decides, scope=complaint.scope, days=complaint.days)
        case "ses_suppressed":  # mirrors SES's own lists: until the entry goes, or the global one ends
            reach: Reach = "message_stream" if fact.detail == "tenant" else "global"
            days = _DAYS_ON_LIST.get(fact.detail.partition(".")[0], SES_GLOBAL_DAYS)
            return AtOnce(suppress=policy.ses_suppressed.suppress, scope=reach, days=days)
        case "operator":
            return AtOnce(days=fact.days)
    return None


def _soft_group(fact: Fact, settings: Settings) -> str:
    """What soft evidence counts together with: its own reason, or all that have no rule of their own."""
    return fact.detail if fact.detail in settings.policy.soft_rules else "soft"


def _reach(fact: Fact, settings: Settings) -> Reach:
    if fact.is_soft:
        return settings.policy.soft_rules[_soft_group(fact, settings)].scope
    rule = _rule_of(fact, settings)
    return rule.scope if rule else "default"


def _soft(state: State, settings: Settings) -> Iterator[Suppression]:
    """Soft evidence suppresses where enough of it lies close together; each scope by itself."""
    groups: dict[tuple[Scope, str], dict[Stamp, Fact]] = {}
    for place, stamps in state.soft.items():
        group = (scope_of(place, settings), _soft_group(place.fact, settings))
        for stamp in stamps:
            if counts(place, stamp.time, state):
                groups.setdefault(group, {})[stamp] = place.fact
    for (scope, name), facts in groups.items():
        rule = settings.policy.soft_rules[name]
        if rule.suppress and (suppression := _longest_run(scope, facts, rule)):
            yield suppression


def _longest_run(scope: Scope, facts: Mapping[Stamp, Fact], rule: Soft) -> Suppression | None:
    """The suppression that ends last, of all evidence that had enough before it within the window, if any has."""
    newest_first = sorted(facts, reverse=True)
    longest = None
    for index, stamp in enumerate(newest_first):
        since, before = stamp.time, newest_first[index:]
        window = _within(before, since, rule.within_days)
        if len(window) >= rule.evidence and _distinct_days(window) >= rule.distinct_days:
            until = timestamp.later(since, days=max([rule.days, *_escalated(before, since, rule)]))
            if longest is None or until > str(longest.until):
                longest = Suppression(scope, facts[stamp], since, until, stamp.event_id)
    return longest


def _escalated(before: list[Stamp], since: str, rule: Soft) -> Iterator[int]:
    for step in rule.escalation:
        if _distinct_days(_within(before, since, step.within_days)) >= step.distinct_days:
            yield step.days


def _within(stamps: list[Stamp], since: str, days: int) -> list[Stamp]:
    start = timestamp.later(since, days=-days)
    return [stamp for stamp in stamps if stamp.time > start]


def _distinct_days(stamps: Iterable[Stamp]) -> int:
    return len({stamp.day for stamp in stamps})


def _endurance(suppression: Suppression) -> tuple[str, str, str]:
    return (suppression.until or "9999", suppression.since, suppression.fact)
