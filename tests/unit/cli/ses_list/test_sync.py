"""`ses-feedback sync-ses`: afterwards SES's account-level list and the ledger agree, whatever differed."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from ses_feedback.decision.decide import decide
from ses_feedback.ledger.table import Ledger
from ses_feedback.operations.ses_list import SesLists
from ses_feedback.scope import Scope
from ses_feedback.settings.file import Settings
from ses_feedback_cli.main import app
from tests.conftest import TABLE
from tests.samples import NOW, SHIPPED, feedback_in, load
from tests.ses_list import FakeSesList

pytestmark = pytest.mark.slow

OLIVER, MARTA, JONAS = "oliver.hayes@example.net", "marta.lind@example.org", "jonas.weber@example.org"
ELSE = "somebody@elsewhere.example"
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def ses(aws: None, monkeypatch: pytest.MonkeyPatch) -> FakeSesList:
    fake = FakeSesList()
    ses = SesLists(fake.client(), seconds_a_call=0)
    monkeypatch.setattr("ses_feedback_cli.ses_list.lists.open_ses_lists", lambda: ses)
    return fake


@pytest.fixture(autouse=True)
def recorded(ledger: Ledger, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """A hard bounce and a complaint in production, for SES's list; one in marketing and one in dev, not for it."""
    monkeypatch.setenv("SES_FEEDBACK_TABLE", TABLE)
    for number in ("04_production_hard_bounce", "05_production_complaint", "10_marketing_complaint"):
        record(ledger, settings, f"story/{number}.json")
    record(ledger, settings, "story/01_dev_hard_bounce.json")


def record(ledger: Ledger, settings: Settings, name: str) -> None:
    for feedback in feedback_in(load(name)):
        ledger.record(decide(feedback, settings), NOW)


@pytest.fixture(autouse=True)
def configured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Sets [ses_list]; both directions by default."""

    def configure(push: bool = True, pull: bool = True) -> None:
        lines = f"\n[ses_list]\npush = {str(push).lower()}\npull = {str(pull).lower()}\n"
        path = tmp_path / "feedback.toml"
        path.write_text(SHIPPED.read_text(encoding="utf-8") + lines, encoding="utf-8")
        monkeypatch.setenv("SES_FEEDBACK_SETTINGS", str(path))

    configure()
    return configure


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, [*arguments])


def steps(*options: str) -> dict[str, str]:
    result = run("sync-ses", "--json", *options)
    assert result.exit_code == 0, result.output
    return {row["address"]: row["do"] for row in map(json.loads, result.stdout.splitlines())}


def may_send(address: str) -> bool:
    return run("check", address).exit_code == 0


def test_what_stops_all_mail_is_put_on_the_list_of_ses_with_its_reason(ses: FakeSesList) -> None:
    assert steps() == {OLIVER: "put", MARTA: "put"}
    assert {name: reason for name, (reason, _) in ses.entries.items()} == {OLIVER: "BOUNCE", MARTA: "COMPLAINT"}


def test_a_second_run_finds_nothing_to_do(ses: FakeSesList) -> None:
    ses.entries[ELSE] = ("BOUNCE", LONG_AGO)
    assert len(steps()) == 3
    assert steps() == {}


def test_a_dry_run_changes_neither_side(ses: FakeSesList, ledger: Ledger) -> None:
    ses.entries[ELSE] = ("BOUNCE", LONG_AGO)
    assert steps("--dry-run") == {OLIVER: "put", MARTA: "put", ELSE: "learn"}
    assert list(ses.entries) == [ELSE]
    assert not ledger.state(ELSE).registers


def test_what_ses_lists_is_suppressed_here_for_as_long_as_it_is_listed(ses: FakeSesList) -> None:
    ses.entries[ELSE] = ("COMPLAINT", LONG_AGO)
    assert steps()[ELSE] == "learn"
    assert not may_send(ELSE)
    del ses.entries[ELSE]
    assert steps() == {ELSE: "forget"}
    assert may_send(ELSE)


def test_what_was_reinstated_here_is_deleted_there_in_every_spelling(ses: FakeSesList) -> None:
    ses.entries |= {OLIVER: ("BOUNCE", LONG_AGO), OLIVER.upper(): ("BOUNCE", LONG_AGO)}
    ses.entries["Oliver.Hayes@example.net"] = ("BOUNCE", LONG_AGO)
    assert OLIVER not in steps()
    steps_after_reinstating(OLIVER)
    assert [name for name in ses.entries if name.lower() == OLIVER] == []


def steps_after_reinstating(address: str) -> None:
    assert run("reinstate", address, "--reason", "wrote today").exit_code == 0


def test_what_was_reinstated_without_push_is_deleted_by_the_next_run(ses: FakeSesList, configured: Any) -> None:
    ses.entries[OLIVER] = ("BOUNCE", LONG_AGO)
    configured(push=False)
    steps_after_reinstating(OLIVER)
    assert OLIVER in ses.entries
    configured()
    assert steps()[OLIVER] == "delete"
    assert (OLIVER in ses.entries, may_send(OLIVER)) == (False, True)


def test_what_ses_lists_after_a_reinstatement_counts(ses: FakeSesList) -> None:
    steps_after_reinstating(OLIVER)
    ses.entries[OLIVER] = ("BOUNCE", datetime.now(UTC) + timedelta(hours=1))
    assert steps()[OLIVER] == "learn"
    assert not may_send(OLIVER)


def test_our_own_entry_is_deleted_once_it_ends_and_never_returns_as_evidence(
    ses: FakeSesList, ledger: Ledger, tmp_path: Path
) -> None:
    assert steps()[OLIVER] == "put"
    path = tmp_path / "feedback.toml"
    path.write_text(path.read_text(encoding="utf-8") + "[policy.user_unknown]\nsuppress = false\n", encoding="utf-8")
    assert steps() == {OLIVER: "delete"}
    assert may_send(OLIVER)
    assert steps() == {}


def test_an_operators_suppression_is_listed_at_once_if_it_stops_all_mail(ses: FakeSesList) -> None:
    run("suppress", ELSE, "--reason", "asked by telephone")
    run("suppress", "news@elsewhere.example", "--stream", "marketing", "--reason", "no news")
    run("suppress", "dev@elsewhere.example", "--environment", "dev", "--reason", "a test")
    assert list(ses.entries) == [ELSE]


def test_reinstating_one_stream_leaves_the_list_of_ses_alone(ses: FakeSesList) -> None:
    ses.entries[JONAS] = ("COMPLAINT", LONG_AGO)
    run("reinstate", JONAS, "--stream", "marketing", "--reason", "subscribed again")
    assert JONAS in ses.entries


def test_each_direction_works_alone(ses: FakeSesList, configured: Any) -> None:
    ses.entries[ELSE] = ("BOUNCE", LONG_AGO)
    configured(push=False)
    assert steps("--dry-run") == {ELSE: "learn"}
    configured(pull=False)
    assert steps("--dry-run") == {OLIVER: "put", MARTA: "put"}


def test_without_a_direction_it_says_what_to_set(ses: FakeSesList, configured: Any) -> None:
    configured(push=False, pull=False)
    result = run("sync-ses")
    assert (result.exit_code, ses.calls) == (2, [])
    assert "[ses_list]" in result.stderr


def test_an_address_that_ses_refuses_does_not_stop_the_others(ses: FakeSesList) -> None:
    ses.refuses.add(MARTA)
    result = run("sync-ses")
    assert result.exit_code == 2
    assert f"{MARTA}: SES refuses to put it: Invalid address" in result.stderr
    assert list(ses.entries) == [OLIVER]


def test_people_read_what_was_done_and_which_spellings_there_were(ses: FakeSesList, configured: Any) -> None:
    ses.entries["Oliver.Hayes@Example.net"] = ("BOUNCE", LONG_AGO)
    configured(push=False)
    steps_after_reinstating(OLIVER)
    configured()
    output = run("sync-ses").stdout
    assert f"deleted from SES's list  {OLIVER} (there: Oliver.Hayes@Example.net)  reinstated here" in output
    assert f"put on SES's list        {MARTA}  suppressed here: complaint." in output


def test_the_list_is_read_page_by_page(ses: FakeSesList) -> None:
    ses.entries = {f"a{number}@elsewhere.example": ("BOUNCE", LONG_AGO) for number in range(5)}
    assert sum(step == "learn" for step in steps().values()) == 5
    assert ses.calls.count("list") == 3


# --- Tenants' lists ------------------------------------------------------------------------------------------


def test_a_tenants_list_gets_what_stops_all_mail_since_the_tenant_skips_the_accounts(ses: FakeSesList) -> None:
    ses.tenants["lantern"] = {}
    assert run("sync-ses", "--tenant", "lantern").exit_code == 0
    assert set(ses.tenants["lantern"]) == set(ses.entries) == {OLIVER, MARTA}
    assert steps("--tenant", "lantern") == {}


def test_what_a_tenants_list_has_stops_the_mail_of_that_tenant_for_as_long(ses: FakeSesList, ledger: Ledger) -> None:
    ses.tenants = {"lantern": {ELSE: ("COMPLAINT", LONG_AGO)}, "other": {}}
    assert steps("--tenant", "lantern", "--tenant", "other")[ELSE] == "learn"
    assert [address for address, _ in ledger.suppressed(Scope.of_tenant("lantern"), datetime.now(UTC))] == [ELSE]
    assert may_send(ELSE)
    assert steps() == {}
    del ses.tenants["lantern"][ELSE]
    assert ELSE not in steps("--tenant", "other")
    assert steps("--tenant", "lantern")[ELSE] == "forget"
    assert list(ledger.suppressed(Scope.of_tenant("lantern"), datetime.now(UTC))) == []


def test_reinstating_for_a_tenant_takes_the_address_off_its_list_in_every_spelling(
    ses: FakeSesList, configured: Any
) -> None:
    ses.tenants["lantern"] = {OLIVER: ("BOUNCE", LONG_AGO), OLIVER.upper(): ("BOUNCE", LONG_AGO)}
    ses.entries[OLIVER] = ("BOUNCE", LONG_AGO)
    configured(push=False)
    result = run("reinstate", OLIVER, "--tenant", "lantern", "--reason", "wrote today")
    assert (result.exit_code, ses.tenants["lantern"], list(ses.entries)) == (0, {}, [OLIVER])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["sync-ses", "--tenant", "nobody"], "SES knows no tenant nobody"),
        (["sync-ses", "--tenant", "a.b"], "'a.b' is not the name of a tenant"),
        (["reinstate", OLIVER, "--reason", "x", "--tenant", "lantern", "--stream", "marketing"], "not both"),
    ],
)
def test_a_tenant_that_cannot_be_meant_ends_the_command(
    arguments: list[str], message: str, ses: FakeSesList, configured: Any
) -> None:
    configured(push=False)
    result = run(*arguments)
    assert result.exit_code == 2
    assert message in result.stderr


def test_a_boto3_that_knows_no_tenants_is_named(ses: FakeSesList, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(SesLists, "knows_tenants", False)
    result = run("sync-ses", "--tenant", "lantern")
    assert (result.exit_code, ses.calls) == (2, [])
    assert "does not know the suppression lists of tenants: upgrade it" in result.stderr


def test_ses_is_called_no_faster_than_it_allows(aws: None) -> None:
    fake = FakeSesList(page=1)
    fake.entries = {f"a{number}@elsewhere.example": ("BOUNCE", LONG_AGO) for number in range(3)}
    started = datetime.now(UTC)
    SesLists(fake.client(), seconds_a_call=0.05).entries()
    assert datetime.now(UTC) - started >= timedelta(seconds=0.1)


def test_a_rule_of_a_domain_is_not_put_on_a_list_of_addresses(ses: FakeSesList) -> None:
    assert run("suppress", "elsewhere.example", "--reason", "x", "--by", "jo").exit_code == 0
    assert not [address for address in steps("--dry-run") if address.startswith("@")]
    assert run("reinstate", "elsewhere.example", "--reason", "x", "--by", "jo").exit_code == 0
    assert not [spelling for spelling in ses.entries if "elsewhere" in spelling]


def test_an_entry_of_ses_without_a_name_before_the_at_is_not_learned(ses: FakeSesList) -> None:
    ses.entries["@elsewhere.example"] = ("BOUNCE", NOW)
    assert "@elsewhere.example" not in steps()
