"""The row of an event in the ledger: what was reported, what was decided, and whom it alerts."""

from collections.abc import Mapping
from typing import Any

from ses_feedback import timestamp
from ses_feedback.alert import Urgency
from ses_feedback.decision import Decision

type Item = dict[str, Any]

_REPLY_BYTES, _SUBJECT_BYTES, _NAME_BYTES = 300, 120, 100
"""What a row keeps of texts from outside, so that it fits one write unit (1 KB); the archive has all."""


def event_row(decision: Decision, alert: Urgency | None, history_days: int) -> Item:
    """The row of an event, texts from outside cut to what a row may weigh; absent values are left out."""
    feedback, route, suppressed = decision.feedback, decision.route, decision.suppression
    row = {
        "event_id": feedback.event_id,
        "kind": feedback.kind,
        "recipient": feedback.recipient,
        "reason": decision.reason,
        "action": decision.action,
        "effect": decision.effect,
        "scope": suppressed.scope if suppressed else None,
        "until": suppressed.until if suppressed else None,
        "rule": decision.classification.rule if decision.classification else None,
        "bounce_type": _cut(feedback.bounce_type, _NAME_BYTES),
        "bounce_sub_type": _cut(feedback.bounce_sub_type, _NAME_BYTES),
        "complaint_feedback_type": _cut(feedback.complaint_feedback_type, _NAME_BYTES),
        "complaint_sub_type": _cut(feedback.complaint_sub_type, _NAME_BYTES),
        "status": _cut(feedback.status, _NAME_BYTES),
        "diagnostic": _cut(feedback.diagnostic, _REPLY_BYTES),
        "message_id": _cut(feedback.message_id, _NAME_BYTES),
        "sender": _cut(feedback.sender, _NAME_BYTES),
        "subject": _cut(feedback.subject, _SUBJECT_BYTES),
        "configuration_set": _cut(feedback.configuration_set, _NAME_BYTES),
        "environment": route.environment,
        "message_stream": route.message_stream,
        "team": route.team,
        "matched": _cut(route.matched, _NAME_BYTES),
        "rank": route.rank,
        "occurred_at": feedback.occurred_at,
        "sent_at": feedback.sent_at,
        "origin": _cut(feedback.source, _REPLY_BYTES),
        "alert": alert,
        "expires_at": _epoch(timestamp.later(feedback.occurred_at, days=history_days)),
    }
    return {name: value for name, value in row.items() if value is not None}


def plain(item: Mapping[str, Any]) -> Item:
    """DynamoDB's attribute values as plain ones; the keys are left out."""
    return {
        name: int(value["N"]) if "N" in value else next(iter(value.values()))
        for name, value in item.items()
        if name not in ("pk", "sk")
    }


def _value(value: str | int) -> Item:
    return {"N": str(value)} if isinstance(value, int) else {"S": str(value)}


def attributes(row: Mapping[str, Any]) -> Item:
    """The reverse of `plain`: DynamoDB's attribute values, absent values left out."""
    return {name: _value(value) for name, value in row.items() if value is not None}


def _cut(text: str | None, size: int) -> str | None:
    """At most `size` bytes of a text, whole characters only."""
    if text is None or len(text) * 4 <= size:
        return text
    return text.encode()[:size].decode(errors="ignore")


def _epoch(moment: str) -> int:
    return int(timestamp.to_datetime(moment).timestamp())
