"""Who sent a mail: every name that its event gives the sender, from the strongest to the weakest.

The From is whom people see, `sourceArn` is the identity that SES let send, `source` is the envelope sender: behind
VERP, PRVS, SRS or a bounce domain nobody knows that one, and a null Return-Path leaves nothing of it.
https://docs.aws.amazon.com/ses/latest/dg/notification-contents.html#mail-object
"""

import re
from functools import lru_cache
from typing import Any, NamedTuple

from ses_feedback import address

FROM, SENDER, SOURCE_ARN, ENVELOPE, RESOURCE = "From", "Sender", "source ARN", "envelope", "resource ARN"
"""Where a name was found, as people read it; `resource ARN`: in an event about an identity."""

_MOST_AUTHORS = 10
_LONGEST = 2_000  # characters of a header
_BARE = re.compile(r'(?:[^\s<>,;:"()@]+|"(?:[^"\\]|\\.)*")@[^\s<>,;:"()@]+')
_BRACKETED = re.compile(r"<[^<>]+>")
_AT_ALONE = re.compile(r"\s@\s")  # `Jane @ Staging, Inc <staging@example.com>`: a name
_IDENTITY = re.compile(r"[^@\s]*@[^@\s/:*]+")
_LISTED = re.compile(r'(?:"(?:[^"\\]|\\.)*"|\([^()]*\)|<[^<>]*>|[^",;(<]|["(<])+')


class Sender(NamedTuple):
    """`name`: the key of an address, or `@` and a domain. `place`: where it was found (`From`)."""

    name: str
    place: str


type Written = tuple[tuple[str, ...], ...]
"""What a header holds, in each place where SES repeats it, the better one first; a header may hold several texts."""


def senders_of(mail: Any) -> tuple[Sender, ...]:
    """The senders in SES's object `mail`, whatever it holds; none where nothing names one."""
    if not isinstance(mail, dict):
        return ()
    arn = mail.get("sourceArn")
    return senders_among(
        _written(mail, "from"),
        _written(mail, "sender"),
        arn if isinstance(arn, str) else None,
        _texts(mail.get("source")),
    )


@lru_cache(maxsize=256)  # few senders write many mails
def senders_among(author: Written, sender: Written, arn: str | None, source: tuple[str, ...]) -> tuple[Sender, ...]:
    """The senders in this order: From, the header Sender, the identity, the envelope sender. An identity that is a
    domain says less than an envelope sender below that domain, and follows it.
    """
    found = [Sender(name, FROM) for name in _in_first(author)]
    found += [Sender(name, SENDER) for name in _in_first(sender)]
    envelope = [Sender(name, ENVELOPE) for name in _addresses(source)]
    identity = of_identity(arn.partition(":identity/")[2], SOURCE_ARN) if arn is not None else None
    if identity is None:
        return (*found, *envelope)
    if envelope and _is_domain_above(identity.name, envelope[0].name):
        return (*found, *envelope, identity)
    return (*found, identity, *envelope)


def of_identity(name: str, place: str) -> Sender | None:
    """An identity of SES: an address, or a domain. None if it is neither."""
    key = address.normalise(name if "@" in name else f"@{name}") if name else ""
    return Sender(key, place) if _IDENTITY.fullmatch(key) else None


def strongest(senders: tuple[Sender, ...]) -> str | None:
    """The name to show: the first address; a domain only where there is no address."""
    return next((each.name for each in senders if each.name[0] != "@"), senders[0].name if senders else None)


def _written(mail: dict[str, Any], name: str) -> Written:
    """Of `commonHeaders` and of `headers`: identities send either only if that is switched on."""
    common, headers = mail.get("commonHeaders"), mail.get("headers")
    found = [_texts(common.get(name))] if isinstance(common, dict) else []
    for header in headers if isinstance(headers, list) else ():
        if isinstance(header, dict) and str(header.get("name")).lower() == name:
            return (*found, _texts(header.get("value")))
    return tuple(found)


def _texts(value: Any) -> tuple[str, ...]:
    if isinstance(value, str):
        return (value,)
    return tuple([text for text in value if isinstance(text, str)]) if isinstance(value, list) else ()


def _in_first(written: Written) -> list[str]:
    """The keys of the addresses in the first place that has any."""
    return next(filter(None, map(_addresses, written)), [])


def _addresses(texts: tuple[str, ...]) -> list[str]:
    """The keys of the addresses in a header's texts, each with one or several."""
    return [key for text in texts[:_MOST_AUTHORS] for key in _in_text(text)][:_MOST_AUTHORS]


def _in_text(text: str) -> tuple[str, ...]:
    if text.count("@") == 1 and _BARE.fullmatch(key := address.normalise(text)):
        return (key,)
    bare = ((_BRACKETED.findall(part) or [part])[-1] for part in _LISTED.findall(text[:_LONGEST]))
    keys = (address.normalise(part) for part in bare if not _AT_ALONE.search(part))
    ungrouped = (key.rpartition(":")[2].strip() for key in keys)  # `Team: a@example.com, b@example.com;`
    return tuple(key for key in ungrouped if _BARE.fullmatch(key))


def _is_domain_above(domain: str, sender: str) -> bool:
    return domain[0] == "@" and f".{address.domain_of(sender)}".endswith(f".{domain[1:]}")
