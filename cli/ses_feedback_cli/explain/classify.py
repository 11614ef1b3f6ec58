"""`ses-feedback classify`: bounces as JSON Lines in, reasons as JSON Lines out, line by line."""

import json
from collections.abc import Iterable
from typing import TextIO

from ses_feedback.bounces.classification import BounceReport, Classifier, built_in_classifier
from ses_feedback.errors import Unreadable
from ses_feedback.strict_json import decode
from ses_feedback_cli.output import TROUBLE, warn


def classify_lines(lines: Iterable[bytes], out: TextIO, classifier: Classifier | None = None) -> int:
    """Answers every line at once, so that a program may ask and wait; the exit status."""
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
    asked = decode(line.decode("utf-8-sig", errors="replace"))
    if not isinstance(asked, dict):
        raise Unreadable(f"a {type(asked).__name__}, where an object was expected")
    if asked.get("id") is None:
        raise Unreadable("has no id to answer by")
    found = classifier.classify(BounceReport(*(_text(asked.get(name)) for name in BounceReport._fields)))
    name, rule = json.dumps(asked["id"]), json.dumps(found.rule)
    return f'{{"id": {name}, "reason": "{found.reason}", "action": "{found.action}", "rule": {rule}}}\n'


def _text(value: object) -> str | None:
    """A status may come as a number; what is neither text nor number says nothing."""
    if value is None or isinstance(value, str):
        return value
    return str(value) if isinstance(value, int | float) else None
