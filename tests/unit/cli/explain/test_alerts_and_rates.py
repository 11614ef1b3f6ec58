"""What `explain` says beyond the decision: who is alerted, what is counted, which tenant sent it."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.samples import EVENTS, load
from tests.unit.cli.explain.test_command import explained


def with_detail(sample: str, to: Path, **changed: Any) -> dict[str, Any]:
    """The row of a sample event in which one object differs: `complaint={"complaintSubType": …}`."""
    content = load(f"ses/{sample}.json")
    for name, values in changed.items():
        content[name] |= values
    to.write_text(json.dumps(content))
    return explained(to)[0]


@pytest.mark.parametrize(
    ("sample", "alert", "scope", "rates"),
    [
        ("identity_bounce", "digest", "environment:dev", (True, False)),
        ("identity_complaint", "at_once", "global", (False, True)),
        ("complaint_account_suppression_list", "digest", "global", (False, False)),
        ("bounce_dmarc_as_transient", "at_once", None, (False, False)),
        ("bounce_account_suppression_list", "digest", "global", (False, False)),
        ("bounce_out_of_office", "none", None, (False, False)),
        ("event_open", "none", None, (False, False)),
    ],
)
def test_it_says_who_is_alerted_and_what_is_counted(
    sample: str, alert: str, scope: str | None, rates: tuple[bool, bool]
) -> None:
    row = explained(EVENTS / "ses" / f"{sample}.json")[0]
    assert (row["alert"], row["scope"]) == (alert, scope)
    assert (row["in_bounce_rate"], row["in_complaint_rate"]) == rates


def test_an_old_event_is_judged_as_of_its_own_day(tmp_path: Path) -> None:
    when = {"timestamp": "2020-01-02T03:04:05.000Z"}
    assert with_detail("event_bounce", tmp_path / "old", mail=when, bounce=when)["alert"] == "digest"


def test_the_tenant_is_named_by_its_tag(tmp_path: Path) -> None:
    row = with_detail("event_bounce", tmp_path / "tenant", mail={"tags": {"ses:tenant-name": ["lantern"]}})
    assert row["tenant"] == "lantern"


@pytest.mark.parametrize(
    ("sub_type", "scope", "in_rate"),
    [
        ("On Account_Suppression-List", "global", False),
        ("OnTenantSuppressionList", "message_stream:transactional", False),
        ("OnSomeOtherSuppressionList", "global", False),
        (None, "global", True),
    ],
)
def test_the_echo_of_any_suppression_list_is_not_a_complaint(
    sub_type: str | None, scope: str, in_rate: bool, tmp_path: Path
) -> None:
    row = with_detail("identity_complaint", tmp_path / "echo", complaint={"complaintSubType": sub_type})
    assert (row["alert"], row["in_complaint_rate"]) == ("at_once" if in_rate else "digest", in_rate)
    assert row["scope"] == scope


@pytest.mark.parametrize(
    ("sample", "of"),
    [("bounce_account_suppression_list", {"bounce": {"bounceSubType": "On-Tenant suppression list"}})]
    + [("event_complaint", {"complaint": {"complaintSubType": "OnTenantSuppressionList"}})],
)
def test_the_echo_of_a_tenants_list_is_about_that_tenant(sample: str, of: dict[str, Any], tmp_path: Path) -> None:
    row = with_detail(sample, tmp_path / "echo", mail={"tags": {"ses:tenant-name": ["lantern"]}}, **of)
    assert (row["reason"], row["alert"]) == ("ses_suppressed" if "bounce" in of else None, "digest")
    assert (row["scope"], row["in_bounce_rate"], row["in_complaint_rate"]) == ("tenant:lantern", False, False)


def test_the_address_that_was_written_to_is_named_beside_the_one_that_bounced(tmp_path: Path) -> None:
    mail = {"destination": ["Jane <jane@example.org>"]}
    row = with_detail("event_bounce", tmp_path / "forwarded", mail=mail)
    assert (row["recipient"] != "jane@example.org", row["original_recipient"]) == (True, "jane@example.org")


def test_one_of_several_recipients_is_not_taken_for_a_forward(tmp_path: Path) -> None:
    mail = {"destination": ["jane@example.org", "joe@example.org"]}
    assert with_detail("event_bounce", tmp_path / "several", mail=mail)["original_recipient"] is None
