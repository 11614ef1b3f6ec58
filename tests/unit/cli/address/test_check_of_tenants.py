"""`ses-feedback check --tenant`: the tenant's mail is judged, and SES is asked which list it asks."""

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
SET = "ses-feedback-production"
BOTH = {"SuppressedReasons": ["BOUNCE", "COMPLAINT"]}
OWN = BOTH | {"SuppressionScope": "TENANT"}


@pytest.fixture
def ses(aws: None, monkeypatch: pytest.MonkeyPatch) -> FakeSesList:
    fake = FakeSesList()
    ses = SesLists(fake.client(), seconds_a_call=0)
    monkeypatch.setattr("ses_feedback_cli.ses_list.lists.open_ses_lists", lambda: ses)
    fake.tenants, fake.options = {"lantern": {}}, {"account": BOTH, "lantern": OWN, SET: {}}
    return fake


@pytest.fixture(autouse=True)
def ledger(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> Ledger:
    monkeypatch.setenv("SES_FEEDBACK_TABLE", TABLE)
    return ledger


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["check", *arguments])


def asked(*arguments: str) -> tuple[int, dict[str, Any]]:
    result = run(JANE, "--json", *arguments)
    return result.exit_code, json.loads(result.stdout)


def test_what_a_tenants_list_said_stops_that_tenants_mail_alone(ses: FakeSesList, ledger: Ledger) -> None:
    ledger.apply(listed_by_ses(JANE, LONG_AGO, "BOUNCE", "lantern"))
    ses.tenants["other"] = {}
    assert run(JANE, "--tenant", "lantern").exit_code == 1
    assert run(JANE, "--tenant", "other").exit_code == 0
    assert run(JANE, "--tenant", "other", "--tenant", "lantern").exit_code == 1
    answer = run(JANE)
    assert answer.exit_code == 0
    assert "Other mail to it is stopped: Suppressed for mail of the tenant lantern only" in answer.stdout


def test_the_list_that_ses_asks_is_named_for_each_set_and_its_entry_stops_the_mail(ses: FakeSesList) -> None:
    ses.tenants["lantern"][JANE] = ("COMPLAINT", LONG_AGO)
    status, row = asked("--tenant", "lantern")
    assert (status, row["may_send"], row["suppressions"]) == (1, False, [])
    [asked_list] = row["ses"]
    assert asked_list.pop("asked_at") > "2026"
    assert asked_list == {
        "tenant": "lantern",
        "configuration_set": SET,
        "list": "tenant",
        "decided_by": "tenant",
        "listed": "COMPLAINT",
        "spelling": JANE,
        "since": "2026-01-01T00:00:00.000Z",
        "message_id": None,
        "unknown": None,
        "add_permission": None,
    }
    answer = run(JANE, "--tenant", "lantern").stdout
    assert answer.startswith("no")
    asked_list = f"Tenant lantern: SES asks the tenant's list for its mail with {SET} (as the tenant decides)"
    assert f"{asked_list}: it has the address, for COMPLAINT, since 1 Jan 2026, 00:00 UTC." in " ".join(
        answer.split()
    )


@pytest.mark.parametrize(
    ("options", "asked_list", "decided_by"),
    [
        ({"SuppressedReasons": []}, None, "configuration set"),
        ({"SuppressionScope": "ACCOUNT"}, "account", "tenant"),
    ],
)
def test_an_entry_in_a_list_that_is_not_asked_stops_nothing(
    options: dict[str, Any], asked_list: str | None, decided_by: str, ses: FakeSesList
) -> None:
    ses.tenants["lantern"][JANE] = ("COMPLAINT", LONG_AGO)
    ses.options[SET] = options
    status, row = asked("--tenant", "lantern")
    [of_set] = row["ses"]
    assert (status, of_set["list"], of_set["decided_by"], of_set["listed"]) == (0, asked_list, decided_by, None)


def test_without_any_of_the_sets_mail_without_a_set_is_meant(ses: FakeSesList) -> None:
    del ses.options[SET]
    _, row = asked("--tenant", "lantern")
    assert [of["configuration_set"] for of in row["ses"]] == [None]
    assert "without a configuration set" in " ".join(run(JANE, "--tenant", "lantern").stdout.split())


def test_the_spelling_that_was_typed_is_looked_up_too(ses: FakeSesList) -> None:
    ses.tenants["lantern"]["Jane@Example.org"] = ("BOUNCE", LONG_AGO)
    assert run("Jane@Example.org", "--tenant", "lantern").exit_code == 1


def test_an_unknown_tenant_is_named(ses: FakeSesList) -> None:
    result = run(JANE, "--tenant", "nobody")
    assert result.exit_code == 2
    assert "SES knows no tenant nobody" in result.stderr


def test_without_a_tenant_ses_is_not_asked(ses: FakeSesList) -> None:
    status, row = asked()
    assert (status, "ses" in row, ses.calls) == (0, False, [])
