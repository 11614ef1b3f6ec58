"""One address, one key: SES ignores case, and domains have two spellings."""

import re
import unicodedata

MAX_BYTES = 640
"""RFC 5321 allows 320 octets; the rest leaves room for odd ones. DynamoDB's keys have 1,024 at most."""

_IN_BRACKETS = re.compile(r"<([^<>]+)>\s*$")


def normalise(received: str) -> str:
    """The key of an address: bare, lower case, domain in its ASCII (IDNA) spelling.

    `Jörg <Info@Bücher.example>` becomes `info@xn--bcher-kva.example`. An address without a valid
    domain only becomes lower case: an odd address is still one address.
    """
    bracketed = _IN_BRACKETS.search(received)
    bare = (bracketed[1] if bracketed else received).strip()
    if bare.isascii():
        return bare.lower().rstrip(".")
    local, at, domain = unicodedata.normalize("NFC", bare).rpartition("@")
    return f"{local.lower()}{at}{_ascii_domain(domain.rstrip('.'))}"


def domain_of(address: str) -> str:
    """What follows the last @, or an empty text."""
    _, at, domain = address.rpartition("@")
    return domain if at else ""


def _ascii_domain(domain: str) -> str:
    if domain.isascii():
        return domain.lower()
    import idna  # only the rare address outside ASCII pays for its tables

    try:
        return idna.encode(domain, uts46=True).decode("ascii")
    except idna.IDNAError:
        return domain.lower()
