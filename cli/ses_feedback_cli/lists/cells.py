"""Cells of such lists: dates in the forms that providers use, and text that no spreadsheet takes for a formula."""

import re
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime

from ses_feedback import timestamp

_FORMULA = re.compile(r"[=+\-@\t\r]")
_WITH_MONTHS_NAME = re.compile(r"(?:[A-Za-z]{3,9},? )?\d{1,2} [A-Za-z]{3,9} ")
_DEFUSED = re.compile(r"'+[=+\-@\t\r]")


def defused(cell: str) -> str:
    """Text that a spreadsheet would run gets a quote in front, and so does text that looks as if it had one."""
    return f"'{cell}" if _FORMULA.match(cell) or _DEFUSED.match(cell) else cell


def fused(cell: str) -> str:
    """The reverse of `defused`."""
    return cell[1:] if _DEFUSED.match(cell) else cell


def time_in(cell: str) -> str | None:
    """The time in a cell, to the second; None if it is empty. Raises ValueError, with the cause in words."""
    text = cell.strip()
    if not text:
        return None
    if len(text) == 20 and text[10] == "T" and text[19] == "Z" and text > "1990" and timestamp.parse(text):
        return f"{text[:19]}.000Z"
    try:
        moment = _moment(text)
        known = timestamp.to_text(moment if moment.tzinfo else moment.replace(tzinfo=UTC))
    except (ValueError, OverflowError, OSError):
        raise ValueError(f"{cell!r:.60} is not a date: write it as 2024-05-31") from None
    if known < "1990":
        raise ValueError(f"{cell!r:.60} is before 1990")
    return f"{known[:19]}.000Z"


def _moment(text: str) -> datetime:
    if text.replace(".", "", 1).isdigit() and len(text) >= 9:
        number = float(text)
        return datetime.fromtimestamp(number / 1000 if number > 1e11 else number, UTC)
    if _WITH_MONTHS_NAME.match(text):
        return parsedate_to_datetime(text.removesuffix(" UTC") + " +0000" if text.endswith(" UTC") else text)
    return datetime.fromisoformat(text.removesuffix(" UTC").replace(" +", "+"))


def epoch(time: str | None) -> str:
    return str(int(timestamp.to_datetime(time).timestamp())) if time else ""


def iso(time: str | None) -> str:
    """RFC 3339, as most interfaces write it."""
    return f"{time[:19]}Z" if time else ""


def plain_date(time: str | None) -> str:
    """`2024-05-01 12:00:00`, which is UTC."""
    return time[:19].replace("T", " ") if time else ""


def mail_date(time: str | None) -> str:
    """As mails write it (RFC 2822), in UTC."""
    if not time:
        return ""
    return format_datetime(timestamp.to_datetime(time)).replace("+0000", "UTC")


TIMES = {"epoch": epoch, "iso": iso, "plain": plain_date, "mail": mail_date}
