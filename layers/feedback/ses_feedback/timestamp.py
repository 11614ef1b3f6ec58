"""Times as SES writes them, and as we keep them: UTC, fixed width, so that text order is time order."""

from datetime import UTC, datetime, timedelta

EARLIEST = "2011-01-01T00:00:00.000Z"
"""SES opened in January 2011; nothing was sent before."""


def to_text(moment: datetime) -> str:
    """`2018-10-08T14:05:45.123Z`, always 24 characters."""
    return f"{moment.astimezone(UTC).isoformat(timespec='milliseconds')[:23]}Z"


def to_datetime(text: str) -> datetime:
    """The reverse of `to_text`."""
    return datetime.fromisoformat(text)


def parse(text: str | None) -> str | None:
    """SES's time in our form, or None if there is none, or it cannot be read.

    SES writes `2018-10-08T14:05:45.123Z`, `2018-10-08T14:05:45 +0000` and offsets with a colon, depending on
    path and event type; a time without an offset is UTC.
    """
    if not text:
        return None
    try:
        if _may_be_ours(text):  # as most are
            datetime.fromisoformat(text)
            return text
        moment = datetime.fromisoformat(text.strip().replace(" +", "+").replace(" -", "-"))
        return to_text(moment if moment.tzinfo else moment.replace(tzinfo=UTC))
    except (ValueError, OverflowError):
        return None


def _may_be_ours(text: str) -> bool:
    """Whether a text that is a time is in our form already; of ISO's forms, only a week's date is as long."""
    return len(text) == 24 and text[10] == "T" and text[19] == "." and text[23] == "Z" and text[5] != "W"


def from_millis(value: object) -> str | None:
    """Milliseconds since 1970, a number or its digits, in our form; None if it is neither, or no time."""
    try:
        return to_text(datetime.fromtimestamp(int(value) / 1000, UTC)) if isinstance(value, int | str) else None
    except (ValueError, OverflowError, OSError):
        return None


def later(text: str, **span: float) -> str:
    """The time `timedelta(**span)` after `text`."""
    return to_text(to_datetime(text) + timedelta(**span))
