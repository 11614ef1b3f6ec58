"""One address, one key: SES sends case-blind, and domains come in two spellings."""

import re
import unicodedata

MAX_BYTES = 640
"""RFC 5321 allows 320 octets; the rest is room for what the world does. The keys of DynamoDB end at 1,024."""

_IN_BRACKETS = re.compile(r"<([^<>]+)>\s*$")


def normalise(received: str) -> str:
    """The key of an address: bare, lower case, domain in its ASCII (IDNA) spelling.

    `Jörg <Info@Bücher.example>` becomes `info@xn--bcher-kva.example`. What has no valid domain stays as it
    is, lower-cased: an odd address still is one address.
    """
    bracketed = _IN_BRACKETS.search(received)
    bare = (bracketed[1] if bracketed else received).strip()
    if bare.isascii():
        return bare.lower().rstrip(".")
    local, at, domain = unicodedata.normalize("NFC", bare).rpartition("@")
    return f"{local.lower()}{at}{_ascii_domain(domain.rstrip('.'))}"


def domain_of(address: str) -> str:
    """What stands behind the last @, or nothing."""
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
