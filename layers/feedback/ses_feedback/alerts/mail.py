"""The mail that tells a team what happened, why, and what to do; and its plain form for a second channel.

Alerts are grouped by what they ask for. A group shows its newest few in full and counts the rest, so that ten
thousand bounces still make one page. Everything that came with an event (addresses, subjects, replies) may be
hostile: it goes through `words.shown` before it reaches a template or a header.
"""

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import EmailPolicy

from ses_feedback.address import domain_of
from ses_feedback.alerts import words as plain_words
from ses_feedback.alerts.alert import Alert
from ses_feedback.alerts.delisting import detail_in, lines_about
from ses_feedback.alerts.render import render
from ses_feedback.alerts.words import TAGS, cut, shown
from ses_feedback.vocabulary import AccountEvent, Action, Effect, Kind

_SUBJECT, _SNS_SUBJECT = 120, 99  # SNS: "less than 100 characters", ASCII
_LARGEST = 95_000  # bytes; Gmail clips a message at 102 KB
_SIZES = ((5, 20), (3, 10), (1, 5), (0, 0))  # examples and further addresses of a group: the first that fits
_REPLY, _FIELD, _IN_SUBJECT, _TOP = 600, 200, 64, 5  # characters shown; rows of a total


class _Policy(EmailPolicy):
    """Seven-bit SMTP. Long ids stay whole: the library would fold them into encoded words, which mail programs do not
    compare.
    """

    def fold_binary(self, name: str, value: str) -> bytes:
        if name in ("Message-ID", "In-Reply-To", "References", "List-Id"):
            return f"{name}: {value}\r\n".encode()
        return super().fold_binary(name, value)


def compose(team: str, alerts: Sequence[Alert], *, sender: str, to: Sequence[str], now: datetime) -> EmailMessage:
    """One mail about all these alerts, at least one. `sender` and `to` are bare addresses.

    `Auto-Submitted` and `List-Id` keep automatic replies away; `Precedence` is in no standard, and left out. SES
    sets its own Message-ID, so a shared `References` makes one thread of a team's mails of a day.
    """
    digest = _digest(team, alerts)
    domain = domain_of(sender)
    thread = f"<{team}.{now.astimezone(UTC):%Y-%m-%d}@ses-feedback.{domain}>"
    events = sorted({f"{alert.about} {alert.event_id}" for alert in alerts})
    identity = hashlib.sha256("\n".join(events).encode("utf-8", "replace"))
    message = EmailMessage(policy=_Policy(linesep="\r\n", cte_type="7bit"))
    message["From"] = Address("SES Feedback", addr_spec=sender)
    message["To"] = [Address(addr_spec=recipient) for recipient in to]
    message["Subject"] = digest.subject
    message["Date"] = now
    message["Message-ID"] = f"<{identity.hexdigest()[:32]}@ses-feedback.{domain}>"
    message["In-Reply-To"] = message["References"] = thread
    message["List-Id"] = f"SES Feedback <{team}.ses-feedback.{domain}>"
    message["Auto-Submitted"] = "auto-generated"
    message["X-Auto-Response-Suppress"] = "All"
    message.set_content(_rendered("alert.txt.j2", digest))
    message.add_alternative(_rendered("alert.html.j2", digest), subtype="html")
    return message


def summary(team: str, alerts: Sequence[Alert]) -> tuple[str, str]:
    """Subject and text for an SNS topic: an ASCII line of less than 100 characters, and at most 95 KB."""
    digest = _digest(team, alerts)
    plain = digest.subject.translate({ord("…"): "..."})
    return plain.encode("ascii", "replace").decode()[:_SNS_SUBJECT], _rendered("alert.txt.j2", digest)


# --- What a mail says ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Example:
    """One alert in full: `facts` are labelled lines, `reply` the words of `source`, verbatim."""

    recipient: str
    effect: str
    facts: list[tuple[str, str]]
    source: str
    reply: str


@dataclass(frozen=True, slots=True)
class _Group:
    """The alerts of one title, the newest first."""

    tone: str
    tag: str
    words: plain_words.Words
    advice: list[tuple[str, str]]
    alerts: list[Alert]

    def examples(self, most: int) -> list[_Example]:
        return [_example(alert) for alert in self.alerts[:most]]

    def others(self, skip: int, most: int) -> list[str]:
        """Further addresses, each once."""
        later = dict.fromkeys(alert.about for alert in self.alerts[skip:])
        return [shown(recipient, _FIELD) for recipient in list(later)[:most]]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Digest:
    """All that the templates need."""

    team: str
    subject: str
    headline: str
    environments: str
    span: str
    total: int
    groups: list[_Group]
    totals: list[tuple[str, list[tuple[str, int]]]]
    next_words: str
    commands: list[str]


def _digest(team: str, alerts: Sequence[Alert]) -> _Digest:
    alerts = list({(alert.about, alert.event_id): alert for alert in alerts}.values())
    by_words: dict[tuple[Kind, str], list[Alert]] = {}
    for alert in sorted(alerts, key=lambda alert: alert.occurred_at, reverse=True):
        by_words.setdefault((alert.kind, plain_words.cause_in(alert)), []).append(alert)
    groups = [_group(members) for members in by_words.values()]
    groups.sort(key=lambda group: (list(TAGS).index(group.tone), -len(group.alerts), group.words.title))
    first, environments = groups[0].alerts[0], _top(alert.where for alert in alerts)
    headline = _headline(groups)
    return _Digest(
        team=team,
        subject=_subject(team, groups, headline, [name for name, _ in environments]),
        headline=headline,
        environments=", ".join(name for name, _ in environments),
        span=_span(alerts),
        total=len(alerts),
        groups=groups,
        totals=[
            ("Recipients' domains", _top(domain_of(alert.recipient or "") for alert in alerts)),
            ("Senders", _top(f"{alert.sender or 'unknown sender'} ({alert.environment})" for alert in alerts)),
        ],
        next_words=plain_words.NEXT_ACCOUNT if first.kind is Kind.ACCOUNT else plain_words.NEXT_ADDRESS,
        commands=plain_words.commands_about(first.address, first.resource, first.environment, first.message_stream),
    )


def _group(alerts: list[Alert]) -> _Group:
    first, cause = alerts[0], plain_words.cause_in(alerts[0])
    effects = Counter(alert.effect for alert in alerts)
    stopped, total = effects[Effect.SUPPRESSED], len(alerts)
    words = plain_words.words_about(first, Effect.NONE)
    advice_if_stopped = plain_words.words_about(first, Effect.SUPPRESSED).advice
    tone = _tone(first, cause, effects)
    if stopped in (0, total) or words.advice == advice_if_stopped:
        advice = [("", advice_if_stopped if stopped else words.advice)]
        return _Group(tone, TAGS[tone], words, advice, alerts)
    advice = [(f"{stopped:,} suppressed", advice_if_stopped), (f"{total - stopped:,} not suppressed", words.advice)]
    tag = f"{stopped:,} of {total:,} suppressed" if tone == "suppressed" else TAGS[tone]
    return _Group(tone, tag, words, advice, alerts)


def _tone(alert: Alert, cause: str, effects: Counter[Effect]) -> str:
    match alert.kind, cause:
        case (Kind.ACCOUNT, cause):
            return _TONE_OF_ACCOUNT.get(cause, "notice")
        case (Kind.COMPLAINT, "not-spam"):
            return "good"
        case (Kind.COMPLAINT, "auth-failure") | (Kind.REJECT | Kind.RENDERING_FAILURE, _):
            return "fix"
        case (Kind.COMPLAINT, cause) if cause != plain_words.SES_ECHO:
            return "complaint"
    if alert.action is Action.FIX_SENDER:
        return "fix"
    if effects[Effect.SUPPRESSED]:
        return "suppressed"
    return "counted" if effects[Effect.COUNTED] else "notice"


_TONE_OF_ACCOUNT: dict[str, str] = {
    AccountEvent.SENDING_DISABLED: "stopped",
    AccountEvent.SENDING_ENABLED: "good",
    AccountEvent.FINDING_OPEN: "fix",
    AccountEvent.FINDING_RESOLVED: "good",
    AccountEvent.RATE_HIGH: "fix",
    AccountEvent.RATE_CALM: "good",
}


def _example(alert: Alert) -> _Example:
    sent_with = f" · configuration set {alert.configuration_set}" if alert.configuration_set else ""
    facts = (
        [
            ("Reported", plain_words.minute(alert.occurred_at)),
            ("Concerns", alert.where),
        ]
        if alert.kind is Kind.ACCOUNT
        else [
            ("Forwarded to", alert.final_recipient or ""),
            ("Subject", alert.subject or "(not reported)"),
            ("From", alert.sender or "(not reported)"),
            ("Sent", plain_words.minute(alert.sent_at)),
            ("Reported", plain_words.minute(alert.occurred_at)),
            ("Belongs to", f"{alert.environment} · {alert.message_stream}{sent_with}"),
            ("Message ID", alert.message_id or "(not reported)"),
            ("Its own ID", alert.header_message_id or ""),
            ("Tags", plain_words.tags_words(alert)),
            ("Routed by", alert.matched),
            ("Rule", alert.rule or ""),
            ("Mail host", alert.provider or ""),
        ]
    )
    reply = alert.diagnostic or ""
    if alert.status and alert.status not in reply:
        reply = f"{alert.status} {reply}"
    return _Example(
        recipient=shown(plain_words.resource_words(alert.about), _FIELD),
        effect=plain_words.effect_words(alert.effect, alert.scope, alert.until, alert.action, alert.kind),
        facts=[(label, shown(value, _FIELD)) for label, value in facts if value] + lines_about(detail_in(alert)),
        source=_source(alert),
        reply=shown(reply, _REPLY),
    )


def _source(alert: Alert) -> str:
    """Whose words the reply is."""
    if alert.account_event in (AccountEvent.RATE_HIGH, AccountEvent.RATE_CALM):
        return "CloudWatch says"
    return "Server's reply" if alert.kind in (Kind.BOUNCE, Kind.DELIVERY_DELAY) else "SES says"


def _headline(groups: Sequence[_Group]) -> str:
    """`1 complaint, 3 bounces`, the most urgent first."""
    counts: Counter[str] = Counter()
    if len(groups) == 1 and groups[0].alerts[0].kind is Kind.ACCOUNT:
        return groups[0].words.title
    for group in groups:
        counts[_noun(group)] += len(group.alerts)
    return ", ".join(f"{n:,} {noun}{'' if n == 1 else 's'}" for noun, n in counts.items())


def _noun(group: _Group) -> str:
    match group.alerts[0].kind:
        case Kind.COMPLAINT:
            return "withdrawn complaint" if group.tone == "good" else "complaint"
        case Kind.REJECT:
            return "rejected message"
        case Kind.RENDERING_FAILURE:
            return "unfilled template"
        case Kind.DELIVERY_DELAY:
            return "delayed message"
        case Kind.ACCOUNT:
            return "sending stop" if group.tone == "stopped" else "notice about the account"
    return "refused message" if group.tone == "fix" else "bounce"


def _subject(team: str, groups: Sequence[_Group], headline: str, environments: Sequence[str]) -> str:
    """`[production] 1 complaint, 3 bounces (customer_service)`; of a single group, its title."""
    first = groups[0]
    where = f"[{cut(', '.join(environments), 40)}]"
    what = f"{cut(headline, _SUBJECT - len(f'{where}  ({team})'))} ({team})"
    if len(groups) == 1:
        many = len(first.alerts)
        recipient = shown(plain_words.resource_words(first.alerts[0].about), _IN_SUBJECT)
        what = f"{first.words.title}, {many:,} times ({team})" if many > 1 else f"{first.words.title}: {recipient}"
    return cut(f"{where} {what}", _SUBJECT)


def _top(names: Iterable[str]) -> list[tuple[str, int]]:
    """The most frequent, and how many others there are."""
    counts = Counter(names).most_common()
    top = [(shown(name, _FIELD) or "(none)", count) for name, count in counts[:_TOP]]
    rest = counts[_TOP:]
    return [*top, (f"{len(rest):,} more", sum(count for _, count in rest))] if rest else top


def _span(alerts: Sequence[Alert]) -> str:
    first, last = (plain_words.minute(pick(alert.occurred_at for alert in alerts)) for pick in (min, max))
    return shown(first if first == last else f"{first} to {last}", _FIELD)


def _rendered(template: str, digest: _Digest) -> str:
    """The template filled in, with as many examples as fit."""
    for examples, listed in _SIZES:
        text = render(template, digest=digest, most_examples=examples, most_listed=listed)
        if len(text.encode()) <= _LARGEST:
            break
    return text
