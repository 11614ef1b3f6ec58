"""`why --ses` and `check --ses`: what SES itself knows, each source with its time, and what could not be asked."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from ses_feedback.decision.override import listed_by_ses
from ses_feedback.ledger.table import Ledger
from ses_feedback.operations.ses_list import SesLists
from ses_feedback_cli.main import app
from tests.conftest import TABLE
from tests.ses_list import FakeSesList

pytestmark = pytest.mark.slow

JANE, LONG_AGO = "jane@example.org", datetime(2026, 1, 1, tzinfo=UTC)
BOTH = {"SuppressedReasons": ["BOUNCE", "COMPLAINT"]}
MAIL = "0107018f-000000"
INSIGHTS: dict[str, Any] = {
    "MessageId": MAIL,
    "FromEmailAddress": "orders@example.com",
    "Subject": "Your order",
    "Insights": [
        {
            "Destination": "Jane@example.org",
            "Isp": "Gmail",
            "Events": [
                {
                    "Timestamp": LONG_AGO,
                    "Type": "BOUNCE",
                    "Details": {
                        "Bounce": {
                            "BounceType": "PERMANENT",
                            "BounceSubType": "General",
                            "DiagnosticCode": "smtp; 550 5.1.1 no such user",
                        }
                    },
                },
                {"Timestamp": datetime(2025, 12, 31, tzinfo=UTC), "Type": "SEND"},
            ],
        },
        {"Destination": "else@example.org", "Events": [{"Timestamp": LONG_AGO, "Type": "DELIVERY"}]},
    ],
}


@pytest.fixture
def ses(aws: None, monkeypatch: pytest.MonkeyPatch) -> FakeSesList:
    fake = FakeSesList()
    ses = SesLists(fake.client(), seconds_a_call=0)
    monkeypatch.setattr("ses_feedback_cli.ses_list.lists.open_ses_lists", lambda: ses)
    fake.options = {"account": BOTH, "ses-feedback-production": {}}
    return fake


@pytest.fixture(autouse=True)
def ledger(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> Ledger:
    monkeypatch.setenv("SES_FEEDBACK_TABLE", TABLE)
    return ledger


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, [*arguments])


def row_of(*arguments: str) -> dict[str, Any]:
    row: dict[str, Any] = json.loads(run(*arguments, "--json").stdout)
    return row


def words(result: Result) -> str:
    return " ".join(result.stdout.split())


def test_a_mail_from_before_the_installation_is_told_with_the_servers_words(ses: FakeSesList) -> None:
    ses.entries[JANE], ses.causes[JANE], ses.mails[MAIL] = ("BOUNCE", LONG_AGO), MAIL, INSIGHTS
    told = words(run("why", JANE, "--ses"))
    assert "Unknown here: no event about this address has been recorded" in told
    assert f"account listed for BOUNCE since 1 Jan 2026, 00:00 UTC, as {JANE}; by the mail below" in told
    assert "“Your order” from orders@example.com" in told
    sent, bounced = told.index("31 Dec 2025, 00:00 UTC SEND"), told.index("BOUNCE PERMANENT/General")
    assert sent < bounced < told.index("smtp; 550 5.1.1 no such user")
    assert "DELIVERY" not in told


def test_the_json_gives_each_list_and_mail_with_the_time_when_it_was_asked(ses: FakeSesList) -> None:
    ses.entries["Jane@Example.org"] = ("COMPLAINT", LONG_AGO)
    ses.causes["Jane@Example.org"], ses.mails[MAIL], ses.tenants["lantern"] = MAIL, INSIGHTS, {}
    told = row_of("why", "Jane@Example.org", "--ses")["ses"]
    [account, lantern], [mail] = told["lists"], told["messages"]
    assert (account["tenant"], account["listed"], account["spelling"]) == (None, "COMPLAINT", "Jane@Example.org")
    assert (lantern["tenant"], lantern["listed"], lantern["unknown"]) == ("lantern", None, None)
    assert [event["what"] for event in mail["events"]] == ["SEND", "BOUNCE PERMANENT/General"]
    assert min(account["asked_at"], lantern["asked_at"], mail["asked_at"]) > "2026-11"
    assert told["tenants"] == {"unknown": None, "add_permission": None, "more": False}


@pytest.mark.parametrize(
    ("operation", "unknown"),
    [
        ("GetSuppressedDestination", "account unknown"),
        ("ListTenants", "tenants unknown which there are"),
        ("GetMessageInsights", f"mail {MAIL} unknown"),
    ],
)
def test_what_may_not_be_asked_is_unknown_and_the_statement_is_told(
    operation: str, unknown: str, ses: FakeSesList
) -> None:
    ses.entries[JANE], ses.causes[JANE], ses.mails[MAIL] = ("BOUNCE", LONG_AGO), MAIL, INSIGHTS
    ses.denied.add(operation)
    result = run("why", JANE, "--ses")
    assert result.exit_code == 0
    assert f"{unknown}: AccessDeniedException" in words(result)
    assert f'Add to your policy: {{"Effect": "Allow", "Action": "ses:{operation}", "Resource": "*"}}' in words(result)


def test_a_mail_that_insights_lack_is_unknown_with_the_reason(ses: FakeSesList) -> None:
    ses.entries[JANE], ses.causes[JANE] = ("BOUNCE", LONG_AGO), MAIL
    assert "unknown: SES does not have it: Virtual Deliverability Manager was off" in words(run("why", JANE, "--ses"))


def test_the_lists_of_tenants_known_to_have_it_are_asked_before_all_others(ses: FakeSesList, ledger: Ledger) -> None:
    ses.tenants = {f"tenant-{number:02}": {} for number in range(30)}
    ses.tenants["zebra"] = {JANE: ("BOUNCE", LONG_AGO)}
    ledger.apply(listed_by_ses(JANE, LONG_AGO, "BOUNCE", "zebra"))
    told = row_of("why", JANE, "--ses", "--tenant", "tenant-29")["ses"]
    assert [of["tenant"] for of in told["lists"]][:3] == [None, "tenant-29", "zebra"]
    assert (len(told["lists"]), told["tenants"]["more"]) == (21, True)
    assert "there are more: name one with --tenant" in words(run("why", JANE, "--ses"))


def test_an_unknown_tenant_and_a_domain_are_refused(ses: FakeSesList) -> None:
    unknown, domain = run("why", JANE, "--ses", "--tenant", "nobody"), run("why", "example.org", "--ses")
    assert (unknown.exit_code, domain.exit_code) == (2, 2)
    assert "SES knows no tenant nobody" in unknown.stderr
    assert "SES lists addresses only: leave --ses out" in domain.stderr


def test_without_the_option_ses_is_not_asked(ses: FakeSesList) -> None:
    assert "ses" not in row_of("why", JANE)
    assert ses.calls == []


def test_the_accounts_list_stops_mail_that_the_ledger_allows(ses: FakeSesList) -> None:
    ses.entries[JANE] = ("COMPLAINT", LONG_AGO)
    result = run("check", JANE, "--ses")
    assert (result.exit_code, result.stdout.startswith("no")) == (1, True)
    asked = "SES asks the account's list for this mail with ses-feedback-production (as the account decides)"
    assert f"{asked}: it has the address, for COMPLAINT, since 1 Jan 2026, 00:00 UTC." in words(result)
    assert f"Next: ses-feedback why {JANE} --ses" in words(result)


def test_a_set_that_asks_no_list_is_not_stopped_by_one(ses: FakeSesList) -> None:
    ses.entries[JANE] = ("COMPLAINT", LONG_AGO)
    ses.options["ses-feedback-production"] = {"SuppressedReasons": []}
    result = run("check", JANE, "--ses")
    assert result.exit_code == 0
    assert "SES asks no list for this mail" in words(result)


@pytest.mark.parametrize("operation", ["GetAccount", "GetConfigurationSet", "GetSuppressedDestination"])
def test_whether_mail_may_be_sent_is_unknown_where_ses_does_not_answer(operation: str, ses: FakeSesList) -> None:
    ses.denied.add(operation)
    result = run("check", JANE, "--ses")
    assert (result.exit_code, result.stdout.startswith("?")) == (2, True)
    assert f'"Action": "ses:{operation}"' in words(result)
    row = row_of("check", JANE, "--ses")
    assert row["may_send"] is None
    assert row["ses"][0]["add_permission"]["Action"] == f"ses:{operation}"


def test_what_the_ledger_stops_is_stopped_whatever_ses_answers(ses: FakeSesList, ledger: Ledger) -> None:
    ledger.apply(listed_by_ses(JANE, LONG_AGO, "BOUNCE"))
    ses.denied.add("GetAccount")
    assert run("check", JANE, "--ses").exit_code == 1


def test_hostile_words_of_ses_do_nothing_to_a_terminal(ses: FakeSesList) -> None:
    hostile = INSIGHTS | {"Subject": "\x1b[2J\u202etxt", "FromEmailAddress": "a\x07@example.com"}
    ses.entries[JANE], ses.causes[JANE], ses.mails[MAIL] = ("BOUNCE", LONG_AGO), MAIL, hostile
    told = run("why", JANE, "--ses").stdout
    assert not {"\x1b", "\x07", "\u202e"} & set(told)
