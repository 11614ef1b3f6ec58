"""One address, one key: SES ignores case, and domains have two spellings."""

import re
import unicodedata

MAX_BYTES = 640
"""RFC 5321 allows 320 octets; the rest leaves room for odd ones. DynamoDB's keys have 1,024 at most."""

_ORDINARY = re.compile(r"[\w.+\-]+@[\w.\-]*[a-z0-9]", re.ASCII | re.IGNORECASE)
_IN_BRACKETS = re.compile(r"<([^<>]+)>\s*$")
_TYPE = re.compile(r"(?:rfc822|utf-8)\s*;", re.IGNORECASE)  # of a Final-Recipient (RFC 3464, RFC 6533)
_ROUTE = re.compile(r"@[^:<>]*:")  # RFC 5321 4.1.2: to be ignored
_BEFORE, _BEHIND = "\ufeff;, \t\r\n\v\f", "\ufeff;, \t\r\n\v\f.\u3002"
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_ATOM = r"[^\s\x00-\x1f()<>\[\]:;@\\,\".]+"
_WORD = re.compile(rf'"(?:[^"\\]|\\.)*"|{_ATOM}', re.DOTALL)
_WORDS = re.compile(rf"\s*(?:{_WORD.pattern})\s*(?:\.\s*(?:{_WORD.pattern})\s*)*", re.DOTALL)
_DOT_ATOM = re.compile(rf"{_ATOM}(?:\.{_ATOM})*")
_DOT = re.compile("[.\u3002\uff0e\uff61]")
_NO_LABEL = re.compile(r"[\x00-,/:-@\[-^`{-\x7f]")
_RULE = re.compile(r"(\*?@)?(\*\.)?([^@*\s]+)")
_LABEL = r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
_DOMAIN = re.compile(rf"(?=.{{1,253}}$)(?:{_LABEL}\.)+{_LABEL}")


def normalise(received: str) -> str:
    """The key of an address: bare, lower case, domain in its ASCII (IDNA) spelling.

    `Jörg <Info@Bücher.example>` becomes `info@xn--bcher-kva.example`. An address without a valid
    domain only becomes lower case: an odd address is still one address. Comments and blanks between words (RFC 5322)
    go, and so do quotes around a local part that needs none (RFC 5321 4.1.2): `"o'neil"@example.org` is
    `o'neil@example.org`.
    """
    if _ORDINARY.fullmatch(received) or _ORDINARY.fullmatch(received := _bare(received)):
        return received.lower()
    key = _folded(_least_quoted(_mailbox(received)))
    return key if key.isascii() else _in_punycode(key)


def former_key(received: str) -> str:
    """The key in version 0.1, which kept quotes and comments. The ids of events are made of it, so that they stay."""
    return received.lower() if _ORDINARY.fullmatch(received) else _folded(_bare(received))


def keys(received: str) -> tuple[str, ...]:
    """Where an address may be filed: under its key, and under those of version 0.1, which `refold` moves.

    These are the spelling received and the quoted one: `jane@example.org` was also `"jane"@example.org`.
    """
    key = normalise(received)
    local, _, domain = key.rpartition("@")
    quoted = f'"{local}"@{domain}' if local and not local.startswith('"') else key
    possible = dict.fromkeys((key, quoted, former_key(received)))
    return tuple(name for name in possible if len(name.encode()) <= MAX_BYTES or name == key)


def mailbox_key(received: str) -> str | None:
    """The key of what somebody gives as an address; None if it cannot be one."""
    key = normalise(received)
    local, at, domain = key.rpartition("@")
    unquoted = domain if local.startswith('"') else key
    if not (local and at and domain) or any(map(str.isspace, unquoted)):
        return None
    try:
        return key if len(key.encode()) <= MAX_BYTES else None
    except UnicodeEncodeError:  # half a character: a lone surrogate
        return None


def _bare(received: str) -> str:
    bracketed = _IN_BRACKETS.search(received)
    return (bracketed[1] if bracketed else received).strip()


def _mailbox(received: str) -> str:
    """Without name, comments, route and whatever stands around an address in a list or a report."""
    text = received.lstrip(_BEFORE)
    if typed := _TYPE.match(text):
        text = text[typed.end() :]
    bare = _bare(_without_comments(text).rstrip(_BEHIND))
    if route := _ROUTE.match(bare):
        bare = bare[route.end() :]
    return _without_comments(bare).lstrip(_BEFORE).rstrip(_BEHIND)


def _folded(bare: str) -> str:
    """In lower case, the domain in its ASCII spelling."""
    if bare.isascii():
        return bare.lower().rstrip(". \t\r\n\v\f")
    local, at, domain = unicodedata.normalize("NFC", bare).rpartition("@")
    return f"{local.lower()}{at}{_ascii_domain(domain.rstrip('.'))}"


def _least_quoted(text: str) -> str:
    """The spelling with the fewest quotes and blanks; all such forms of a local part are one mailbox."""
    local, at, domain = text.rpartition("@")
    if not at:
        return text
    if _WORDS.fullmatch(local):
        words = _WORD.findall(local)
        local = ".".join([_ESCAPED.sub(r"\1", word[1:-1]) if word[0] == '"' else word for word in words])
        if not _DOT_ATOM.fullmatch(local):
            local = '"' + re.sub(r'(["\\])', r"\\\1", local) + '"'
    return f"{local.strip()}@{domain.strip()}"


def _without_comments(text: str) -> str:
    """Without what stands in parentheses outside of quotes; text whose parentheses do not match stays as it is."""
    if "(" not in text:
        return text
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
    return bare if bare.strip(_BEHIND) and not depth else text


def domain_of(address: str) -> str:
    """What follows the last @, or an empty text."""
    _, at, domain = address.rpartition("@")
    return domain if at else ""


def rules_in(text: str) -> tuple[str, ...]:
    """The rules that an operator means, as they are filed; empty if it is not a domain.

    `*@example.com` is that domain alone, `*.example.com` (or `*@*.example.com`) is what is below it, and
    `example.com` is both. A top-level domain cannot have rules.
    """
    read = _RULE.fullmatch(text.strip())
    domain = normalise(f"@{read[3]}")[1:] if read else ""
    if not read or not _DOMAIN.fullmatch(domain):
        return ()
    here, below = f"@{domain}", f"@*.{domain}"
    if read[2]:
        return (below,)
    return (here,) if read[1] else (here, below)


def rules_over(key: str) -> tuple[str, ...]:
    """The rules that can cover the address of a key: of its domain, and of every domain above it but the last."""
    domain = domain_of(key)
    if not _DOMAIN.fullmatch(domain):
        return ()
    labels = domain.split(".")
    above = (".".join(labels[number:]) for number in range(1, len(labels) - 1))
    return (f"@{domain}", *(f"@*.{name}" for name in above))


def pattern_of(rule: str) -> str:
    """A rule as people write it: `*@example.com`, `*@*.example.com`."""
    return f"*{rule}"


def is_rule(key: str) -> bool:
    """Whether it is the key of a rule: a mailbox has a name before its @."""
    return key.startswith("@")


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


def _in_punycode(key: str) -> str:
    """With the labels that IDNA rejects as registries spell them all the same: `i❤.ws` is `xn--i-7iq.ws`."""
    local, at, domain = key.rpartition("@")
    if domain.isascii() or _NO_LABEL.search(domain):
        return key
    labels = [label if label.isascii() else _ascii_label(label) for label in _DOT.split(domain)]
    return f"{local}{at}{'.'.join(labels)}"


def _ascii_label(label: str) -> str:
    ascii_label = _ascii_domain(label)
    return ascii_label if ascii_label.isascii() else f"xn--{ascii_label.encode('punycode').decode('ascii')}"
