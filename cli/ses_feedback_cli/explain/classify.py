"""`ses-feedback classify`: bounces as JSON Lines in, reasons as JSON Lines out, line by line."""

import json
from collections.abc import Iterable
from typing import TextIO

from ses_feedback.bounces.classification import BounceReport, Classifier, built_in_classifier
from ses_feedback.errors import Unreadable
from ses_feedback.strict_json import decode
from ses_feedback_cli.output import TROUBLE, warn


def classify_lines(lines: Iterable[bytes], out: TextIO, classifier: Classifier | None = None) -> int:
    """Answers each line as soon as it is read, so that a program can wait for it; returns the exit status."""
    status, classifier = 0, classifier or built_in_classifier()
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            answer = _answer(line, classifier)
        except Unreadable as unreadable:
            warn(f"line {number}: {unreadable}")
            status = TROUBLE
            continue
        out.write(answer)
        out.flush()
    return status


def _answer(line: bytes, classifier: Classifier) -> str:
    bounce = decode(line.decode("utf-8-sig", errors="replace"))
    if not isinstance(bounce, dict):
        raise Unreadable(f"a {type(bounce).__name__} instead of an object")
    if bounce.get("id") is None:
        raise Unreadable("has no id")
    match = classifier.classify(BounceReport(*(_text(bounce.get(name)) for name in BounceReport._fields)))
    bounce_id, rule = json.dumps(bounce["id"]), json.dumps(match.rule)
    return f'{{"id": {bounce_id}, "reason": "{match.reason}", "action": "{match.action}", "rule": {rule}}}\n'


def _text(value: object) -> str | None:
    """A status may be a number; what is neither text nor a number is ignored."""
    if value is None or isinstance(value, str):
        return value
    return str(value) if isinstance(value, int | float) else None
