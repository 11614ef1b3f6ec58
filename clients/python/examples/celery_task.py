"""Celery: a suppressed recipient ends the task at once, a table that cannot be asked is asked again later."""

import os
from functools import cache
from typing import Any

import boto3
from celery import shared_task

from ses_feedback_client import Suppressed, Suppressions, Unavailable, guard


@cache
def ses() -> Any:
    """A guarded client for each worker process, made after the fork."""
    suppressions = Suppressions(os.environ["SES_FEEDBACK_TABLE"], cache_seconds=30)
    return guard(boto3.client("sesv2"), suppressions, stream="marketing")


@shared_task(throws=(Suppressed,), autoretry_for=(Unavailable,), retry_backoff=True, max_retries=5)  # type: ignore[untyped-decorator]
def send_newsletter(to: str, subject: str, text: str) -> str:
    """The id that SES gave to the mail."""
    answer = ses().send_email(
        FromEmailAddress="news@example.com",
        Destination={"ToAddresses": [to]},
        Content={"Simple": {"Subject": {"Data": subject}, "Body": {"Text": {"Data": text}}}},
    )
    return str(answer["MessageId"])
