"""Sample events from events/, loaded and changed in one place at a time."""

import json
from copy import deepcopy
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ses_feedback.events.document import Document, Opened
from ses_feedback.events.feedback import Feedback
from ses_feedback.events.read import read_feedback
from ses_feedback.events.transport import open_text
from ses_feedback.settings.checks import parse_settings
from ses_feedback.settings.file import Settings, load_settings

ROOT = Path(__file__).parent.parent
EVENTS = ROOT / "events"
SHIPPED = ROOT / "layers" / "settings" / "feedback.toml"
NOW = datetime(2026, 11, 20, 10, tzinfo=UTC)
"""Minutes after the last of the sample events."""

RAW = sorted(path.relative_to(EVENTS).as_posix() for path in EVENTS.glob("ses/*.json"))
"""The bare SES documents of both dialects."""


def load(name: str) -> Any:
    """`load("ses/event_bounce.json")`: a fresh copy each time."""
    return json.loads((EVENTS / name).read_text(encoding="utf-8"))


def changed(event: Any, path: str, value: Any) -> Any:
    """A copy with one field set: `changed(event, "bounce.bouncedRecipients.0.status", "5.2.2")`."""
    copy = deepcopy(event)
    holder, last = _holder(copy, path)
    holder[int(last) if isinstance(holder, list) else last] = value
    return copy


def without(event: Any, path: str) -> Any:
    """A copy with one field missing."""
    copy = deepcopy(event)
    holder, last = _holder(copy, path)
    del holder[int(last) if isinstance(holder, list) else last]
    return copy


def opened(message: Any) -> list[Opened]:
    """What a message holds, given as text or as JSON."""
    return list(open_text(message if isinstance(message, str) else json.dumps(message)))


def feedback_in(event: Any, now: datetime = NOW) -> list[Feedback]:
    """The feedback in a bare SES document."""
    found = read_feedback(Document(event), now)
    assert isinstance(found, list), found
    return found


def one(event: Any, now: datetime = NOW) -> Feedback:
    """The only feedback in a bare SES document."""
    [feedback] = feedback_in(event, now)
    return feedback


def shipped_settings() -> Settings:
    return load_settings(SHIPPED)


def settings_with(lines: str) -> Settings:
    """The shipped settings without their policy, and some lines of TOML after them."""
    return parse_settings(SHIPPED.read_text(encoding="utf-8").partition("[policy]")[0] + lines)


def _holder(event: Any, path: str) -> tuple[Any, str]:
    *steps, last = path.split(".")
    for step in steps:
        event = event[int(step) if isinstance(event, list) else step]
    return event, last
