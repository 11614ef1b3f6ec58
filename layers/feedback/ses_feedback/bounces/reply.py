"""A bounce's reply, opened and reduced to what the rules look at: bare words, reply code, status.

read_reply("smtp; 550-5.1.1 <a@b.example>: User-Unknown!", None)
-> Reply(text=" user unknown ", code="550", status="5.1.1", …)
"""

import re
import unicodedata
from functools import lru_cache
from typing import NamedTuple

LONGEST = 4_000
"""Characters read of a diagnostic; real replies rarely pass 1,000."""

_TYPE = re.compile(r"\s*[a-z][\w.\-]*\s*;")  # `smtp; `, `X-Postfix; `: the source, not the reply
# SES: `4.4.7 Message expired: unable to deliver in 840 minutes.<421 4.4.0 Unable to lookup DNS for …>`.
_WRAPPED = re.compile(r"unable to deliver in \d+ minutes\W*<(.+)>", re.DOTALL)
# SES: `5.1.0 - Unknown address error 550-'5.7.1 …' (delivery attempts: 0)`: these words head every kind of refusal.
_FRAMED = re.compile(r"(?:\d\.\d{1,3}\.\d{1,3} - )?(?:[a-z]+ )+(?:error|problem)s? (\d{3}.+)", re.DOTALL)
_ATTEMPTS = re.compile(r"['\"]?\s*\(delivery attempts?(?:: ?\d*)?\)?\s*$")
_CODE = re.compile(r"[45](?<![\w.=\-].)[0-7]\d(?=[ \-:;,]|$)")
_STATUS = re.compile(r"[245](?<![\d.].)\.\d{1,3}\.\d{1,3}(?![\d.]*\d)")
# Codes that need their number: OFR_506, LPN007_510, RP-001, RFC 5322. Other numbers are dropped.
_NUMBERED = re.compile(r"\b(ofr\d*|lpn\d*|wan\d*|dy|ou|rp|sc|rfc)[ _-](\d{3,4})\b")
_WORD = re.compile(r"[a-z][a-z0-9]*")
# Once decomposed, a letter loses its marks; what cannot be decomposed is replaced (the first is Turkish).
_PLAIN = str.maketrans("\u0131łøđ", "ilod") | dict.fromkeys(range(0x300, 0x370))
_ANY_WORD = re.compile(r"[^\W\d_][^\W_]*")
_LINK = re.compile(r"\bhttps?://[^\s<>]+")
_IN_DOMAIN = "abcdefghijklmnopqrstuvwxyz0123456789.-"
_IN_ADDRESS = _IN_DOMAIN + "_+="


class Reply(NamedTuple):
    """`text` is the words with one space between and around them. `code` and `status` are "" if unknown."""

    words: set[str]
    text: str
    code: str
    status: str

    @property
    def is_temporary(self) -> bool | None:
        """Whether the codes say so: a 4 in either does. None where there are none."""
        if not self.code and not self.status:
            return None
        return self.code.startswith("4") or self.status.startswith("4")


def read_reply(diagnostic: str | None, status: str | None) -> Reply:
    """Open a diagnostic as SES reports it, with the status beside it. Never raises."""
    text = (diagnostic or "")[:LONGEST].lower()
    if text.startswith("smtp;"):
        text = text[5:]
    elif typed := _TYPE.match(text):
        text = text[typed.end() :]
    if " minutes" in text:  # every wrapping has it, and this check is cheaper
        wrapped = _WRAPPED.search(text)
        text = f"{wrapped[1]}\n{text}" if wrapped else text  # the cause before its wrapping
    if " error " in text or " problem" in text:
        text = _without_frame(text)
    code = _CODE.search(text)
    inside = _STATUS.search(text)
    # X.0.0 says nothing; otherwise the status inside the reply is nearer to the cause than the field beside it.
    nearest = inside[0] if inside else ""
    if status and (not inside or nearest.endswith(".0.0")):
        nearest = _status_in(status) or nearest
    words = bare_words(text)
    return Reply(set(words), f" {' '.join(words)} ", code[0] if code else "", nearest)


@lru_cache(maxsize=256)
def _status_in(field: str) -> str:
    """The status in the field beside a reply, or an empty text."""
    found = _STATUS.search(field)
    return found[0] if found else ""


def _without_frame(text: str) -> str:
    """The server's own reply, out of SES's words around it; those are judged only where it is missing."""
    framed = _FRAMED.match(text.lstrip())
    return _ATTEMPTS.sub("", framed[1]) if framed else text


def outside_links(diagnostic: str) -> str:
    """The words of a diagnostic as `Reply.text` has them, without links: a page may be called `unknown-user`."""
    return f" {' '.join(bare_words(_LINK.sub(' ', diagnostic[:LONGEST].lower())))} "


def bare_words(text: str) -> list[str]:
    """The words of a lower-case text, without numbers, IPs and addresses, which are noise inside phrases.

    Accents go (`empfänger` is `empfanger`), other scripts stay.
    """
    if "@" in text:
        text = _without_addresses(text)
    if "_" in text or "-0" in text or "rfc" in text:
        text = _NUMBERED.sub(r"\1\2", text)
    if text.isascii():
        return _WORD.findall(text)
    return _ANY_WORD.findall(unicodedata.normalize("NFKD", text).translate(_PLAIN))


def _without_addresses(text: str) -> str:
    first, *others = text.split("@")  # to strip beside each @ is six times faster than a regular expression
    *between, last = (part.lstrip(_IN_DOMAIN) for part in others)
    return " ".join([*(part.rstrip(_IN_ADDRESS) for part in (first, *between)), last])
