"""The fast way through an archive: SES's ordinary lines about sends, deliveries, opens and clicks, by one expression.

They are nearly all of an archive and are only counted, so their JSON is never made into objects. The expression takes
whole documents in the form in which SES writes them, and nothing that the reader would read otherwise: it is JSON
without whitespace, its keys are known and written once, and its strings are whole. Whatever is not of this form, or
might not be, stays for the reader: reports, envelopes, other orders of keys, a header Sender, cut or broken lines.

Senders and tags repeat from mail to mail. What a mail is counted for is read from the bytes that say it, once for all
mails in which they are the same.
"""

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any

from ses_feedback.address import is_simulated
from ses_feedback.archive.reader import decoded
from ses_feedback.events.mail_event import delivered_to
from ses_feedback.events.notification import texts
from ses_feedback.events.sender import FROM, senders_of

type Count = Callable[[str, dict[str, Any], int], None]
"""Gets the type and the content of an event that is only counted, and how often it came."""

type Hold = Callable[[Collection[str], str, int], None]
"""Gets the addresses of a delivery, its document as Latin-1 text, and where it begins."""

type _Key = tuple[str, str, str, str, int]
"""Type, sender, authors, tags, and how many quotes are around the recipients."""

_MOST_BYTES = 30_000
"""What is longer might be more than a queue accepts, which the reader decides."""

_MOST_KNOWN = 1_000

_TEXT = '"[^"]*+"'
_TEXTS = rf"\[{_TEXT}(?:,{_TEXT})*+\]"
_NUMBER = r"(?:0|[1-9][0-9]{0,14})"
_TAGS = rf"\{{(?:{_TEXT}:{_TEXTS}(?:,{_TEXT}:{_TEXTS})*+)?+\}}"
_VALUE = rf"(?:{_TEXT}|{_NUMBER}|{_TEXTS}|null|true|false|{_TAGS})"
_HEADER = rf'\{{"name":"(?!\\u|[sS][eE\\])[^"]*+","value":{_TEXT}'  # no header Sender, however it is written
_ENGAGEMENT = rf'"(?:send|open|click)":\{{(?:{_TEXT}:{_VALUE}(?:,{_TEXT}:{_VALUE})*+)?+\}}'
_DELIVERY_FIELD = r'"(?:timestamp|processingTimeMillis|smtpResponse|reportingMTA|remoteMtaIp)"'
_DELIVERY = (
    rf'"delivery":\{{(?:{_DELIVERY_FIELD}:(?:{_TEXT}|{_NUMBER}),)*+"recipients":({_TEXTS})'
    rf"(?:,{_DELIVERY_FIELD}:(?:{_TEXT}|{_NUMBER}))*+\}}"
)
_MAIL = (
    rf'"mail":\{{"timestamp":{_TEXT},("source":{_TEXT}(?:,"sourceArn":{_TEXT})?+)(?:,"sourceIp":{_TEXT})?+'
    rf'(?:,"callerIdentity":{_TEXT})?+,"sendingAccountId":{_TEXT},"messageId":{_TEXT},"destination":({_TEXTS}),'
    rf'"headersTruncated":(?:false|true),"headers":\[{_HEADER}(?:\}},{_HEADER})*+\}}\],'
    rf'"commonHeaders":\{{(?:"returnPath":{_TEXT},)?+"from":({_TEXTS})'
    rf'(?:,"(?:date|to|cc|bcc|replyTo|messageId|subject|returnPath)":(?:{_TEXT}|{_TEXTS}))*+\}},"tags":({_TAGS})\}}'
)
_LINE = re.compile(
    rf'\{{"eventType":"(Send|Delivery|Open|Click)",(?:(?:{_DELIVERY}|{_ENGAGEMENT}),)?+{_MAIL}'
    rf"(?:,(?:{_DELIVERY}|{_ENGAGEMENT}))?+\}}"
)
"""A quote ends a string, so this is for masked text only."""

_BEGINNING = '{"eventType":"'
_CONTROL = [chr(code) for code in range(32) if chr(code) != "\n"]
_ODD_ESCAPE = re.compile(r"\\(?![/bfnrt]|u[0-9a-fA-F]{4})")


@dataclass(slots=True)
class _Counted:
    """What is counted of lines that are counted alike, and how many there were."""

    content: dict[str, Any]
    times: int = 0


class OrdinaryLines:
    """Counts the ordinary lines of one object, and hands on its deliveries. `close` hands on the counts."""

    def __init__(self, count: Count, hold: Hold) -> None:
        self._count, self._hold = count, hold
        self._text, self._masked = "", ""
        self._known: dict[_Key, _Counted] = {}

    def take(self, text: str, position: int, base: int) -> int:
        """Takes the ordinary lines from this position on; returns the position behind the last.

        `text` is a window on the object as Latin-1, which begins at its byte `base`.
        """
        if not text.startswith(_BEGINNING, position):
            return position
        if text is not self._text:
            self._text, self._masked = text, masked(text)
        find, match, known = self._masked.find, _LINE.fullmatch, self._known
        while (end := find("\n", position, position + _MOST_BYTES)) >= 0 and (
            line := match(self._masked, position, end)
        ):
            name, first, source, destination, authors, tags, last = line.groups()
            is_delivery = name == "Delivery"
            if is_delivery and bool(first) == bool(last):
                break
            recipients = (first or last) if is_delivery else destination
            if "\\" in recipients or '""' in recipients or is_simulated(recipients):  # the count is of people
                break
            key = (name, source, authors, tags, recipients.count('"'))
            counted = known.get(key) or self._learn(key, line)
            if counted is None:
                break
            counted.times += 1
            if is_delivery:
                written = text[slice(*line.span(2 if first else 7))]
                self._hold(delivered_to(_texts(written)), text[position:end], base + position)
            position = end + 1
        return position

    def close(self) -> None:
        """Hands on what was counted."""
        for key, counted in self._known.items():
            self._count(key[0], counted.content, counted.times)
        self._known.clear()

    def _learn(self, key: _Key, line: re.Match[str]) -> "_Counted | None":
        """Reads what mails with this sender and these tags are counted for; None if the line must be read whole."""
        if len(self._known) >= _MOST_KNOWN:
            self.close()
        _, first, source, destination, authors, tags, last = (
            self._text[slice(*line.span(number))] for number in range(1, 8)
        )
        mail = decoded(f'{{{source},"destination":{destination},"commonHeaders":{{"from":{authors}}},"tags":{tags}}}')
        if not any(sender.place == FROM for sender in senders_of(mail)):
            return None  # a header says who wrote it, perhaps
        delivery = {"recipients": decoded(first or last)} if first or last else {}
        counted = self._known[key] = _Counted({"mail": mail, "delivery": delivery})
        self._count(key[0], counted.content, 0)  # what comes first is listed first
        return counted


def _texts(written: str) -> list[str]:
    """A list of texts, written as JSON without whitespace."""
    if written.isascii() and "\\" not in written:
        return written[2:-2].split('","')
    return texts(decoded(written))


def masked(text: str) -> str:
    """The text with as many characters, in which a quote begins or ends a string; empty if it might not."""
    if any(code in text for code in _CONTROL):
        return ""
    if "\\" in text:
        text = text.replace("\\\\", "\x01\x01").replace('\\"', "\x02\x02")
        return "" if _ODD_ESCAPE.search(text) else text
    return text
