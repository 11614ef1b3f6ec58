"""Sample events whose people are canaries: if one sings in a log, an address or a subject stands there in clear."""

import gzip
import json
import re
from typing import Any

from tests.samples import EVENTS

CANARY = "zqcanary"
SAMPLES = sorted(
    path.relative_to(EVENTS).as_posix()
    for path in EVENTS.rglob("*.json")
    if not path.name.startswith(
        ("api_", "cloudformation_", "dynamodb_", "https_", "s3_", "sqs_s3_", "sqs_alert", "sqs_webhook")
    )
    and path.parent.name not in ("https", "archive")
)
"""What process_feedback may be given, in every envelope that it knows."""

_LOCAL_PART = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@(?=[A-Za-z0-9])")
_SAID = re.compile(r'(\\*"(?:subject|diagnosticCode|diagnostic|userAgent|userName|displayName)\\*": ?\\*")')


def with_canaries(text: str) -> str:
    """The text with every local part of an address a canary, and one before every subject and remote reply."""
    return _SAID.sub(rf"\1{CANARY} ", _LOCAL_PART.sub(f"{CANARY}@", text))


def canaries_in(name: str) -> Any:
    """A sample event: `canaries_in("sns_bounce.json")`."""
    return json.loads(with_canaries((EVENTS / name).read_text(encoding="utf-8")))


def archive_of_canaries() -> bytes:
    """The sample archive, packed; one of its lines is broken."""
    text = gzip.decompress((EVENTS / "archive/production-2026-11-20.jsonl.gz").read_bytes()).decode()
    return gzip.compress(with_canaries(text).encode(), mtime=0)
