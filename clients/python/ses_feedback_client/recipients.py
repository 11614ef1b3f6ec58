"""Whom a call to SES would send to, and the same call without some of them.

A `Call` reads the parameters of one operation. The caller's own objects stay as they are: what is replaced is copied.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from email.utils import getaddresses
from typing import Any

from ses_feedback_client.errors import InvalidAddress

type Params = dict[str, Any]
type IsDropped = Callable[[str], bool]

_FIELDS = ("ToAddresses", "CcAddresses", "BccAddresses")
_HEADERS = ("to", "cc", "bcc")
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"')
_BRACKETED = re.compile(r"<([^<>]*@[^<>]*)>")
_END_OF_HEADERS = re.compile(rb"\r?\n\r?\n|\r\r")
_LINE = re.compile(r"\r\n|\r|\n")


@dataclass(frozen=True, slots=True)
class Call:
    """What to do with the parameters of one operation. `drop` leaves out whom its argument names; it returns the
    numbers of a bulk's entries that went altogether, or None if nobody is left. `results`: where the answer to a bulk
    tells of its entries in their order, with the status `rejected` for one that is refused.
    """

    recipients: Callable[[Params], list[str]]
    drop: Callable[[Params, IsDropped], list[int] | None]
    results: str = ""
    rejected: str = ""


def addresses_in(text: str) -> list[str]:
    """The addresses in an entry of a list of recipients, or in a header: `Jane <jane@example.com>, Team: a@b.com;`

    Where parsers may disagree, what stands in angle brackets counts as well: rather one too many than one too few.
    """
    parsed = [address for _, address in _parsed(text) if address]
    quoted = _QUOTED.sub('""', text)
    known = set(parsed)
    return parsed + [found.strip() for found in _BRACKETED.findall(quoted) if '"' not in found and found not in known]


def _parsed(text: str) -> list[tuple[str, str]]:
    """Leniently: Python's strict parsing answers nothing where a name is unusual, and SES might still send."""
    try:
        return getaddresses([text], strict=False)
    except TypeError:  # before Python 3.12.6
        return getaddresses([text])


def header_recipients(data: bytes | bytearray | str) -> list[str]:
    """The addresses in all headers To, Cc and Bcc of a raw mail. A line that is not a header hides none below it."""
    raw = data.encode("utf-8", "surrogateescape") if isinstance(data, str) else bytes(data)
    raw = raw.lstrip(b"\r\n")
    end = _END_OF_HEADERS.search(raw)
    head = raw[: end.start() if end else len(raw)].decode("utf-8", "replace")
    return [address for value in _values(head) for address in addresses_in(value)]


def _values(head: str) -> Iterator[str]:
    """The values of the headers that name recipients, each in one line."""
    lines = list[str]()
    for line in _LINE.split(head):
        if line[:1] in (" ", "\t") and lines:
            lines[-1] += line
        else:
            lines.append(line)
    for line in lines:
        name, colon, value = line.partition(":")
        if colon and name.strip().lower() in _HEADERS:
            yield value


def _in_destination(destination: Mapping[str, Any] | None) -> list[str]:
    return [address for field in _FIELDS for address in _in_entries((destination or {}).get(field))]


def _in_entries(entries: Sequence[str] | None) -> list[str]:
    listed = [entries] if isinstance(entries, str) else entries or ()  # botocore will say that a text is not a list
    return [address for entry in listed for address in _in_entry(entry)]


def _in_entry(entry: str) -> list[str]:
    """Raises `InvalidAddress` where there is none: SES would reject it as well."""
    if found := addresses_in(entry):
        return found
    raise InvalidAddress(f"{entry!r:.400} is not an e-mail address")


def _kept(entries: Sequence[str], is_dropped: IsDropped) -> list[str]:
    """An entry stays as it is, unless somebody in it goes: then the others' bare addresses stay."""
    kept = list[str]()
    for entry in entries:
        found = _in_entry(entry)
        left = [address for address in found if not is_dropped(address)]
        kept += [entry] if len(left) == len(found) else left
    return kept


def _destination_without(destination: Mapping[str, Any], is_dropped: IsDropped) -> Params:
    kept = dict(destination)
    for field in _FIELDS:
        if kept.get(field):
            kept[field] = _kept(kept[field], is_dropped)
            if not kept[field]:
                del kept[field]
    return kept


def _single(params: Params) -> list[str]:
    return _in_destination(params.get("Destination"))


def _drop_single(params: Params, is_dropped: IsDropped) -> list[int] | None:
    params["Destination"] = _destination_without(params.get("Destination") or {}, is_dropped)
    return [] if _single(params) else None


def _verification(params: Params) -> list[str]:
    return [params["EmailAddress"]] if "EmailAddress" in params else []


def _drop_verification(params: Params, is_dropped: IsDropped) -> list[int] | None:
    return None if is_dropped(params["EmailAddress"]) else []


def _raw(params: Params) -> list[str]:
    """Of SES v1: `Destinations`, else the headers."""
    if params.get("Destinations"):
        return _in_entries(params["Destinations"])
    return _of_raw_mail(params, "RawMessage")


def _drop_raw(params: Params, is_dropped: IsDropped) -> list[int] | None:
    """The headers stay as they are; `Destinations` says who gets the mail."""
    params["Destinations"] = _kept(params.get("Destinations") or _raw(params), is_dropped)
    return [] if params["Destinations"] else None


def _v2(params: Params) -> list[str]:
    """Of SES v2: `Destination`, else the headers of a raw mail."""
    named = _single(params)
    if named or not (params.get("Content") or {}).get("Raw"):
        return named
    content = params["Content"] = dict(params["Content"])
    return _of_raw_mail(content, "Raw")


def _drop_v2(params: Params, is_dropped: IsDropped) -> list[int] | None:
    if _single(params):
        return _drop_single(params, is_dropped)
    params["Destination"] = {"ToAddresses": _kept(_v2(params), is_dropped)}
    return [] if params["Destination"]["ToAddresses"] else None


def _of_raw_mail(holder: Params, name: str) -> list[str]:
    """Raises `InvalidAddress` where nobody is named."""
    mail = holder.get(name) or {}
    data = mail.get("Data", b"")
    if hasattr(data, "read"):  # boto3 takes a file too, which can be read only once
        data = data.read()
        holder[name] = {**mail, "Data": data}
    if found := header_recipients(data):
        return found
    raise InvalidAddress("the raw mail names nobody in To, Cc or Bcc, and the call has no destination")


def _bulk(entries: str, results: str, rejected: str) -> Call:
    def recipients(params: Params) -> list[str]:
        return [
            address for entry in params.get(entries) or () for address in _in_destination(entry.get("Destination"))
        ]

    def drop(params: Params, is_dropped: IsDropped) -> list[int] | None:
        kept, gone = list[Params](), list[int]()
        for number, entry in enumerate(params[entries]):
            destination = entry.get("Destination") or {}
            left = _destination_without(destination, is_dropped)
            if _in_destination(destination) and not _in_destination(left):
                gone.append(number)
            else:
                kept.append({**entry, "Destination": left})
        params[entries] = kept
        return gone if kept else None

    return Call(recipients, drop, results, rejected)


CALLS: Mapping[str, Mapping[str, Call]] = {
    "ses": {
        "SendEmail": Call(_single, _drop_single),
        "SendTemplatedEmail": Call(_single, _drop_single),
        "SendRawEmail": Call(_raw, _drop_raw),
        "SendBulkTemplatedEmail": _bulk("Destinations", "Status", "MessageRejected"),
        "SendCustomVerificationEmail": Call(_verification, _drop_verification),
    },
    "sesv2": {
        "SendEmail": Call(_v2, _drop_v2),
        "SendBulkEmail": _bulk("BulkEmailEntries", "BulkEmailEntryResults", "MESSAGE_REJECTED"),
        "SendCustomVerificationEmail": Call(_verification, _drop_verification),
    },
}
"""By the service's id in botocore, and the operation: all by which SES sends to an address that the call names."""
