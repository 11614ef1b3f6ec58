"""No function imports what it does not use: that is most of a cold start."""

import subprocess
import sys

import pytest

HEAVY = (
    "pydantic",
    "jinja2",
    "cryptography",
    "ses_feedback.classification",
    "ses_feedback.notification",
    "boto3.resources.factory",
)


@pytest.mark.parametrize(
    ("modules", "allowed"),
    [
        ("intake, ledger, settings", {"pydantic", "ses_feedback.classification", "ses_feedback.notification"}),
        ("attribute_values, errors", set()),
        ("alert_dispatch, settings", {"pydantic", "jinja2"}),
        ("custom_resource, ses_apply, ses_identities, ses_plan, ses_report, settings", {"pydantic"}),
        ("alarm_setup, custom_resource, rate_alarms, settings", {"pydantic"}),
        ("archive_reports, dead_letters, s3_event, tally", {"pydantic", "ses_feedback.notification"}),
        ("ledger_backup", set()),
        ("https_request, remembered_secret, sns_certificates, sns_receipt, sns_signature", {"cryptography"}),
        ("application_event, attribute_values, errors", set()),
        ("dead_letters, remembered_secret, webhook_delivery, webhook_post", set()),
    ],
    ids=[
        *("process_feedback", "publish_alerts", "route_alerts", "configure_identities", "configure_alarms"),
        *("watch_archive", "back_up", "receive_feedback", "publish_feedback", "post_webhook"),
    ],
)
def test_a_function_loads_what_it_needs_and_no_more(modules: str, allowed: set[str]) -> None:
    code = f"from ses_feedback import {modules}\nimport sys\nprint(*sys.modules)"
    loaded = set(subprocess.check_output([sys.executable, "-c", code], text=True).split())
    assert loaded & set(HEAVY) == allowed
