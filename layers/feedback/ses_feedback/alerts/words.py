"""What an event means in plain words, and what to do: the look-ups in `words.toml`.

Alert mails and `ses-feedback why` take their words from here, and show text from outside through `shown`. A reason or
a kind without words fails at import, not at night.
"""

import re
import shlex
import tomllib
import unicodedata
from pathlib import Path
from typing import NamedTuple

from ses_feedback import timestamp
from ses_feedback.event_row import EventRow
from ses_feedback.scope import Scope
from ses_feedback.ses_lists import SesList, held_by
from ses_feedback.vocabulary import AccountEvent, Action, Effect, Kind, Reason, feedback_type

SES_ECHO = "echo"
"""In place of a complaint type where SES only echoes an earlier complaint (OnAccountSuppressionList)."""

SES_PREDICTION = "prediction"
"""In place of a bounce's reason where SES only predicts that the mail would bounce (EmailValidationSuppressed)."""

SES_UNSUBSCRIBED = "unsubscribed"
"""In place of a bounce's reason where the recipient left the mail's contact list (UnsubscribedRecipient)."""


class Words(NamedTuple):
    """`title` heads a list ("Mailbox full"), `meaning` explains it, `advice` says what to do about it."""

    title: str
    meaning: str
    advice: str


class _Entry(NamedTuple):
    """`stopped`: the advice once the address is suppressed, where that changes what is to be done."""

    title: str
    meaning: str
    advice: str
    stopped: str = ""


_TABLE = tomllib.loads(Path(__file__).with_name("words.toml").read_text("utf-8"))
_REASONS = {reason: _Entry(**_TABLE["reason"][reason]) for reason in Reason}
_KINDS = {kind: _Entry(**_TABLE["kind"][kind]) for kind in Kind if kind not in (Kind.COMPLAINT, Kind.ACCOUNT)}
_ACCOUNT = {event: _Entry(**_TABLE["account"][event]) for event in AccountEvent}
_HELD_BACK = {name: _Entry(**_TABLE["held_back"][name]) for name in (SES_PREDICTION, SES_UNSUBSCRIBED)}
_COMPLAINTS = {name: _Entry(**entry) for name, entry in _TABLE["complaint"].items()}

TAGS = {
    "stopped": "Act now",
    "complaint": "Complaint",
    "fix": "Sender must fix",
    "suppressed": "Suppressed",
    "counted": "Counted",
    "notice": "For information",
    "good": "Good news",
}
"""The tones of a group of events, most urgent first, and the words on the tag."""


def words_about(row: EventRow, effect: Effect) -> Words:
    """The words for the event of a row. `effect` changes the advice only."""
    return words_for(row.kind, row.reason, cause_in(row), effect)


def cause_in(row: EventRow) -> str:
    """What tells events of one kind apart: the reason, the type of complaint, or what happened to an account."""
    if row.kind == Kind.COMPLAINT:
        return complaint_type(row.complaint_feedback_type, row.complaint_sub_type)
    return row.account_event or bounce_cause(row.reason, row.bounce_sub_type)


def words_for(
    kind: Kind,
    reason: Reason | None = None,
    named: str | None = None,
    effect: Effect = Effect.NONE,
) -> Words:
    """The words for an event. `named`: the type of a complaint, the cause of a bounce where that says more than its
    reason, or what happened to an account; `effect` changes the advice only.
    """
    entry = _entry(kind, reason, named)
    stopped = entry.stopped if effect is Effect.SUPPRESSED else ""
    words = Words(entry.title, entry.meaning, stopped or entry.advice)
    if kind is not Kind.DELIVERY_DELAY or reason is None:
        return words
    title = f"{_KINDS[kind].title}: {words.title[0].lower()}{words.title[1:]}"
    return Words(title, f"{_KINDS[kind].meaning} {words.meaning}", words.advice)


def _entry(kind: Kind, reason: Reason | None, named: str | None) -> _Entry:
    if kind is Kind.ACCOUNT:
        return _ACCOUNT[AccountEvent(named) if named in list(AccountEvent) else AccountEvent.OTHER]
    if kind is Kind.COMPLAINT:
        return _COMPLAINTS[complaint_type(named)]
    if named in _HELD_BACK:
        return _HELD_BACK[named]
    return (reason and _REASONS.get(reason)) or _KINDS.get(kind, _KINDS[Kind.UNKNOWN])


def bounce_cause(reason: Reason | None, sub_type: str | None) -> str:
    """Why a mail bounced, where it did: the reason, or what says more (`SES_PREDICTION`, `SES_UNSUBSCRIBED`)."""
    match held_by(sub_type):
        case SesList.VALIDATION:
            return SES_PREDICTION
        case SesList.CONTACT_LIST:
            return SES_UNSUBSCRIBED
    return reason or ""


def complaint_type(received: str | None, sub_type: str | None = None) -> str:
    """The complaint type that has words: `none` if there is none, `other` for one without words of its own."""
    if held_by(sub_type):
        return SES_ECHO
    word = feedback_type(received) or "none"
    return word if word in _COMPLAINTS else "other"


def effect_words(
    effect: Effect,
    scope: str | None = None,
    until: str | None = None,
    action: Action | None = None,
    kind: Kind = Kind.BOUNCE,
) -> str:
    """What was done about the address, as one sentence. `action` and `kind` say why nothing was done."""
    match effect:
        case Effect.SUPPRESSED:
            return _suppressed(scope or "global", until)
        case Effect.COUNTED:
            return "Counted, not suppressed: you may still write to it, but more of the same can suppress it."
        case Effect.CLEARED:
            return "Cleared: what was held against this address no longer counts."
        case Effect.REINSTATED:
            return "Reinstated: you may write to it again."
        case Effect.NONE:
            if kind is Kind.ACCOUNT:
                return "No address is suppressed by this."
            why = ": SES is still trying" if kind is Kind.DELIVERY_DELAY else ""
            return f"Not held against this address{_WHY_NOTHING.get(action, why)}."


NEXT_ADDRESS = "The whole history of the address, and whether you may write to it now:"
NEXT_ACCOUNT = "Its current status at SES:"


def commands_about(recipient: str | None, resource: str | None, environment: str, stream: str) -> list[str]:
    """What to type to learn more. A resource that SES cannot be asked about gets the command about the account."""
    if recipient is not None:
        address = for_shell(recipient)
        place = f"--environment {environment} --stream {stream}"
        return [f"ses-feedback why {address}", f"ses-feedback check {address} {place}"]
    arn = re.fullmatch(r"arn:[a-z-]+:ses:([a-z0-9-]+):\d{12}:[A-Za-z0-9/_.@-]+", resource or "")
    if arn is None:
        return ["aws sesv2 get-account"]
    return [
        f"aws sesv2 get-account --region {arn[1]}",
        f"aws sesv2 get-reputation-entity --region {arn[1]} --reputation-entity-type RESOURCE"
        f" --reputation-entity-reference {arn[0]}",
    ]


def resource_words(about: str) -> str:
    """`tenant paper-lantern`, of an ARN of SES; an address, and any other text, as it is."""
    arn = re.fullmatch(r"arn:[a-z-]+:ses:[a-z0-9-]+:\d{12}:([a-z-]+)/([^/]+)(/.*)?", about)
    return f"{arn[1].replace('-', ' ')} {arn[2]}" if arn else about


_WHY_NOTHING: dict[Action | None, str] = {
    Action.FIX_SENDER: ": the fault lies with the sender",
    Action.RETRY: ": the server only asks for less mail at once",
}


def _suppressed(scope: str, until: str | None) -> str:
    kind, name = Scope(scope).kind, Scope(scope).name
    where = {
        "global": "everywhere",
        "message_stream": f"for {name} mail only",
        "tenant": f"for mail of the tenant {name} only",
    }.get(kind, f"in {name} only")
    if until is None:
        mail = "do not write to it again" if kind == "global" else "do not send it such mail again"
        return f"Suppressed {where}, for good: {mail}."
    return f"Suppressed {where}, until {day(until)}: after that, you may write to it again."


def day(text: str) -> str:
    """`1 Dec 2026`, of a time as `timestamp` writes it; what is not a time stays as it is."""
    moment = timestamp.parse(text)
    return f"{int(moment[8:10])} {timestamp.to_datetime(moment):%b %Y}" if moment else text


def minute(text: str) -> str:
    """`1 Dec 2026, 03:19 UTC`."""
    moment = timestamp.parse(text)
    return f"{day(moment)}, {moment[11:16]} UTC" if moment else text


_JOINERS = "\u200c\u200d"  # between letters and emoji they are spelling
_URL = re.compile(r"(\w+)://([^\s/?#]*)")


def shown(text: str, most: int) -> str:
    """Text from outside as one line of limited length: characters that are invisible or turn the reading direction
    appear as code points, and links are written so that no mail program or terminal makes them clickable.
    """
    line = cut(" ".join(text[: 8 * most].split()), most)
    visible = "".join(map(_visible, line))
    return _URL.sub(lambda m: f"{m[1]}[:]//{m[2].replace('.', '[.]')}", visible).replace("www.", "www[.]")


def _visible(character: str) -> str:
    harmless = unicodedata.category(character)[0] != "C" or character in _JOINERS
    return character if harmless else f"[U+{ord(character):04X}]"


def cut(text: str, most: int) -> str:
    """The text, or its beginning with an ellipsis: at most so many characters."""
    return text if len(text) <= most else f"{text[: most - 1].rstrip()}…"


def for_shell(address: str) -> str:
    """The address as one word of a command that is safe to paste; a placeholder if it cannot be."""
    if shown(address, 320) != address or address.startswith("-"):
        return "ADDRESS"
    return shlex.quote(address)


def tags_words(row: EventRow) -> str:
    """`campaign=november, plan=free`: the sender's own tags of the mail."""
    return ", ".join(f"{name}={value}" for name, values in row.message_tags.items() for value in values)


def preferences_words(row: EventRow) -> str:
    """`readers: nothing at all`, or by topic: `readers: monthly-picks OptOut`; a list may have no topics."""
    wants = row.topic_preferences
    if wants is None:
        return ""
    topics = ", ".join(f"{name} {to}" for name, to in wants["topics"].items())
    if wants["unsubscribe_all"]:
        topics = "nothing at all"
    elif not topics:
        topics = "not said" if wants["unsubscribe_all"] is None else "all of it"
    return f"{row.contact_list or 'a list'}: {topics}"
