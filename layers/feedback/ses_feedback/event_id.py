"""The identity of an event: a digest of what makes it this event and no other.

Copies are recognised by it, over all paths, in replays and in restored backups, so the ids that exist must stay: the
two kinds of ids differ in length and separator, and neither may change.
"""

import hashlib


def event_id(*parts: str | None) -> str:
    """Of what SES reported. 24 hexadecimal digits (96 bits): enough for the events of an address, or of a team."""
    return _digest("\x1f", parts)[:24]


def override_id(*parts: str) -> str:
    """Of an override. 32 hexadecimal digits."""
    return _digest("\n", parts)[:32]


def _digest(separator: str, parts: tuple[str | None, ...]) -> str:
    return hashlib.sha256(separator.join([part or "" for part in parts]).encode()).hexdigest()
