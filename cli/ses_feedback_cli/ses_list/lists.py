"""SES's suppression lists as a command opens them, and the tenants that its options name."""

from collections.abc import Iterable

import boto3
from botocore.config import Config

from ses_feedback.decision.fact import is_tenant_name
from ses_feedback.operations.ses_list import SesLists
from ses_feedback_cli.connection import CONFIG, open_session
from ses_feedback_cli.output import fail


def known_tenants(names: Iterable[str] | None, ses: SesLists) -> list[str]:
    """The names of --tenant, each once; ends the command if one cannot be, or if boto3 is too old."""
    tenants = list(dict.fromkeys(names or ()))
    for name in tenants:
        if not is_tenant_name(name):
            fail(f"{name!r} is not the name of a tenant: letters, digits, - and _, at most 64")
    if tenants and not ses.knows_tenants:
        fail(f"the installed boto3 ({boto3.__version__}) does not know the suppression lists of tenants: upgrade it")
    return tenants


def open_ses_lists() -> SesLists:
    """SES's lists in the session's region."""
    config = CONFIG.merge(Config(retries={"total_max_attempts": 8, "mode": "adaptive"}))
    return SesLists(open_session().client("sesv2", config=config))
