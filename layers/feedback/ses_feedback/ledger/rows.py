"""The row of an event in the ledger: what was reported, what was decided, and whom it alerts."""

from collections.abc import Mapping
from typing import Any

from ses_feedback import timestamp
from ses_feedback.attribute_values import Item
from ses_feedback.decision.decide import Decision
from ses_feedback.decision.override import Override
from ses_feedback.decision.suppression import Suppression
from ses_feedback.vocabulary import Urgency

_ROW_BYTES, _LEAST_BYTES = 1024, 300
"""A row fits one write unit: texts from outside share what our own words leave of it; the archive has all.
Only beside an address of some hundred bytes they get the least, and the row a second unit.
"""

_NOTE_BYTES, _BY_BYTES = 300, 200


def event_row(decision: Decision, alert: Urgency | None, history_days: int) -> Item:
    """The row of an event, texts from outside cut to what a row may weigh; absent values are left out."""
    feedback, route, suppressed, detail = decision.feedback, decision.route, decision.suppression, decision.detail
    own = {
        "event_id": feedback.event_id,
        "kind": feedback.kind,
        "recipient": feedback.recipient,
        "account_event": feedback.account_event,
        "reason": decision.reason,
        "action": decision.action,
        "effect": decision.effect,
        "scope": suppressed.scope if suppressed else None,
        "until": suppressed.until if suppressed else None,
        "rule": decision.classification.rule if decision.classification else None,
        "environment": route.environment,
        "message_stream": route.message_stream,
        "team": route.team,
        "matched": _cut(route.matched, 100),
        "rank": route.rank,
        "provider": decision.provider,
        "block_list": _cut(detail.block_list or "", 60) or None,
        "sending_ip": detail.sending_ip,
        "retry_after": None if detail.retry_after is None else str(detail.retry_after),
        "occurred_at": feedback.occurred_at,
        "sent_at": feedback.sent_at,
        "alert": alert,
        "expires_at": _epoch(timestamp.later(feedback.occurred_at, days=history_days)),
    }
    from_outside = (  # with what each may weigh; the last ones get what is left
        ("resource", feedback.resource, 400),
        ("message_id", feedback.message_id, 80),
        ("sender", feedback.sender, 100),
        ("configuration_set", feedback.configuration_set, 64),
        ("status", feedback.status, 20),
        ("bounce_type", feedback.bounce_type, 40),
        ("bounce_sub_type", feedback.bounce_sub_type, 40),
        ("complaint_feedback_type", feedback.complaint_feedback_type, 40),
        ("complaint_sub_type", feedback.complaint_sub_type, 40),
        ("delist_link", _whole(detail.delist_link, 160), 160),
        ("subject", feedback.subject, 120),
        ("origin", feedback.source, 300),
        ("diagnostic", feedback.diagnostic, 300),
    )
    row: Item = {name: value for name, value in own.items() if value is not None}
    keys = {"pk": f"A#{feedback.recipient or feedback.resource}", "sk": f"E#{feedback.event_id}"}
    left = max(_ROW_BYTES - _weight(row) - _weight(keys), _LEAST_BYTES)
    for name, text, most in from_outside:
        if kept := _cut(text or "", min(most, left - len(name))):
            row[name] = kept
            left -= _weight({name: kept})
    return row


def override_row(ruling: Override, suppressed: Suppression | None, history_days: int) -> Item:
    """The row of an override among the events of its address, with the suppression that it began, if any."""
    place, time = ruling.evidence.place, ruling.evidence.time
    expires = timestamp.to_datetime(timestamp.later(time, days=history_days))
    return {
        "event_id": ruling.event_id,
        "kind": ruling.kind,
        "recipient": ruling.address,
        "effect": ruling.effect,
        "scope": suppressed.scope if suppressed else None,
        "until": suppressed.until if suppressed else None,
        "environment": place.environment,
        "message_stream": place.message_stream,
        "occurred_at": time,
        "by": _cut(ruling.by, _BY_BYTES),
        "note": _cut(ruling.note, _NOTE_BYTES),
        "expires_at": int(expires.timestamp()),
    }


def _cut(text: str, size: int) -> str:
    """At most `size` bytes of a text, whole characters only; lone surrogates, which UTF-8 refuses, become `?`."""
    return text.encode(errors="replace")[: max(size, 0)].decode(errors="ignore")


def _whole(text: str | None, size: int) -> str | None:
    """A text that is of no use in part: all of it or nothing."""
    return text if text and len(text.encode()) <= size else None


def _weight(row: Mapping[str, Any]) -> int:
    """The bytes of an item, as DynamoDB counts them, or a few more."""
    return sum(len(name) + len(str(value).encode()) for name, value in row.items())


def _epoch(moment: str) -> int:
    return int(timestamp.to_datetime(moment).timestamp())
