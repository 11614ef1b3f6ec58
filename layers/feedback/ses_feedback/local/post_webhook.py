"""The requests that post_webhook would make, signed with a sample secret."""

from collections import defaultdict
from typing import Any

from ses_feedback.errors import Unreadable
from ses_feedback.local.dry_run import dead_letter
from ses_feedback.strict_json import decode
from ses_feedback.webhook.delivery import id_of, request_headers

SAMPLE_SECRET = "whsec_c2FtcGxlIHNlY3JldCBvZiBhIGRyeSBydW4="  # noqa: S105, made up


def answer(event: dict[str, Any], env: Any) -> dict[str, Any]:
    """`would_post`: each with its `url`, `headers` and `body`; what is signed is the record's own text."""
    found = defaultdict[str, list[Any]](list)
    for record in event["Records"]:
        body = record["body"]
        try:
            headers = request_headers(SAMPLE_SECRET, id_of(body), body.encode())
        except Unreadable as unreadable:
            found["would_be_dead_letters"].append(dead_letter(unreadable))
        else:
            found["would_post"].append({"url": env.webhook_url, "headers": headers, "body": decode(body)})
    return {"signed_with_the_sample_secret": SAMPLE_SECRET, **found}
