"""One address, one key: SES ignores case, and domains have two spellings."""

import re
import unicodedata

MAX_BYTES = 640
"""RFC 5321 allows 320 octets; the rest leaves room for odd ones. DynamoDB's keys have 1,024 at most."""

_IN_BRACKETS = re.compile(r"<([^<>]+)>\s*$")
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_DOT_ATOM = re.compile(r"[^\s\x00-\x1f()<>\[\]:;@\\,\".]+(?:\.[^\s\x00-\x1f()<>\[\]:;@\\,\".]+)*")


def normalise(received: str) -> str:
    """The key of an address: bare, lower case, domain in its ASCII (IDNA) spelling.

    `Jörg <Info@Bücher.example>` becomes `info@xn--bcher-kva.example`. An address without a valid
    domain only becomes lower case: an odd address is still one address. Comments (RFC 5322) go, and so do quotes
    around a local part that needs none (RFC 5321 4.1.2): `"o'neil"@example.org` is `o'neil@example.org`.
    """
    bare = _bare(received)
    return _folded(_least_quoted(_without_comments(bare)) if '"' in bare or "(" in bare else bare)


def former_key(received: str) -> str:
    """The key in version 0.1, which kept quotes and comments. The ids of events are made of it, so that they stay."""
    return _folded(_bare(received))


def keys(received: str) -> tuple[str, ...]:
    """Where an address may be filed: under its key, and under those of version 0.1, which `refold` moves.

    These are the spelling received and the quoted one: `jane@example.org` was also `"jane"@example.org`.
    """
    key = normalise(received)
    local, at, domain = key.rpartition("@")
    quoted = f'"{local}"@{domain}' if at and not local.startswith('"') else key
    possible = dict.fromkeys((key, quoted, former_key(received)))
    return tuple(name for name in possible if len(name.encode()) <= MAX_BYTES or name == key)


def _bare(received: str) -> str:
    bracketed = _IN_BRACKETS.search(received)
    return (bracketed[1] if bracketed else received).strip()


def _folded(bare: str) -> str:
    """In lower case, the domain in its ASCII spelling."""
    if bare.isascii():
        return bare.lower().rstrip(". \t\r\n\v\f")
    local, at, domain = unicodedata.normalize("NFC", bare).rpartition("@")
    return f"{local.lower()}{at}{_ascii_domain(domain.rstrip('.'))}"


def _least_quoted(text: str) -> str:
    """The spelling with the fewest quotes; all quoted forms of a local part are one mailbox."""
    local, at, domain = text.rpartition("@")
    quoted = _QUOTED.fullmatch(local.strip())
    if not quoted:
        return text
    content = _ESCAPED.sub(r"\1", quoted[1])
    if not _DOT_ATOM.fullmatch(content):
        content = '"' + re.sub(r'(["\\])', r"\\\1", content) + '"'
    return f"{content}{at}{domain.strip()}"


def _without_comments(text: str) -> str:
    """Without what stands in parentheses outside of quotes; text whose parentheses do not match stays as it is."""
    kept, depth, is_quoted, is_escaped = [], 0, False, False
    for character in text:
        if is_escaped:
            is_escaped = False
        elif character == "\\":
            is_escaped = True
        elif character == '"' and not depth:
            is_quoted = not is_quoted
        elif character == "(" and not is_quoted:
            depth += 1
        elif character == ")" and depth:
            depth -= 1
            continue
        if not depth:
            kept.append(character)
    bare = "".join(kept).strip()
    return text if depth or not bare else bare


def domain_of(address: str) -> str:
    """What follows the last @, or an empty text."""
    _, at, domain = address.rpartition("@")
    return domain if at else ""


def is_simulated(address: str) -> bool:
    """Whether it is one of Amazon's mailbox simulator, in any spelling. What it does says nothing about a person, and
    counts nothing: https://docs.aws.amazon.com/ses/latest/dg/send-an-email-from-console.html
    """
    return "@simulator.amazonses.com" in address.lower()


def _ascii_domain(domain: str) -> str:
    if domain.isascii():
        return domain.lower()
    import idna  # only the rare address outside ASCII pays for its tables

    try:
        return idna.encode(domain, uts46=True).decode("ascii")
    except idna.IDNAError:
        return domain.lower()
