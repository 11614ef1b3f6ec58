"""`ses-feedback sync-ses`: SES's account-level list and the ledger say the same afterwards, whatever differed."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from ses_feedback.decision.decide import decide
from ses_feedback.ledger.table import Ledger
from ses_feedback.settings.file import Settings
from ses_feedback_cli.main import app
from ses_feedback_cli.ses_list.account import SesAccountList
from tests.conftest import TABLE
from tests.samples import NOW, SHIPPED, feedback_in, load
from tests.ses_list import FakeSesList

OLIVER, MARTA, JONAS = "oliver.hayes@example.net", "marta.lind@example.org", "jonas.weber@example.org"
ELSE = "somebody@elsewhere.example"
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def theirs(aws: None, monkeypatch: pytest.MonkeyPatch) -> FakeSesList:
    fake = FakeSesList()
    account = SesAccountList(fake.client(), seconds_a_call=0)
    monkeypatch.setattr("ses_feedback_cli.ses_list.account.open_ses_list", lambda: account)
    return fake


@pytest.fixture(autouse=True)
def recorded(ledger: Ledger, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """A hard bounce, a complaint, both in production; one of marketing's, and one in dev: these are not SES's."""
    monkeypatch.setenv("SES_FEEDBACK_TABLE", TABLE)
    for number in ("04_production_hard_bounce", "05_production_complaint", "10_marketing_complaint"):
        record(ledger, settings, f"story/{number}.json")
    record(ledger, settings, "story/01_dev_hard_bounce.json")


def record(ledger: Ledger, settings: Settings, name: str) -> None:
    for feedback in feedback_in(load(name)):
        ledger.record(decide(feedback, settings), NOW)


@pytest.fixture(autouse=True)
def configured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Sets [ses_list]; both ways unless a test says otherwise."""

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


def test_what_stops_all_mail_is_put_on_sess_list_with_its_reason(theirs: FakeSesList) -> None:
    assert steps() == {OLIVER: "put", MARTA: "put"}
    assert {name: reason for name, (reason, _) in theirs.entries.items()} == {OLIVER: "BOUNCE", MARTA: "COMPLAINT"}


def test_a_second_run_finds_nothing_to_do(theirs: FakeSesList) -> None:
    theirs.entries[ELSE] = ("BOUNCE", LONG_AGO)
    assert len(steps()) == 3
    assert steps() == {}


def test_a_dry_run_changes_neither_side(theirs: FakeSesList, ledger: Ledger) -> None:
    theirs.entries[ELSE] = ("BOUNCE", LONG_AGO)
    assert steps("--dry-run") == {OLIVER: "put", MARTA: "put", ELSE: "learn"}
    assert list(theirs.entries) == [ELSE]
    assert not ledger.state(ELSE).registers


def test_what_ses_lists_is_held_here_until_ses_lists_it_no_longer(theirs: FakeSesList) -> None:
    theirs.entries[ELSE] = ("COMPLAINT", LONG_AGO)
    assert steps()[ELSE] == "learn"
    assert not may_send(ELSE)
    del theirs.entries[ELSE]
    assert steps() == {ELSE: "forget"}
    assert may_send(ELSE)


def test_what_was_reinstated_here_is_deleted_there_in_every_spelling(theirs: FakeSesList) -> None:
    theirs.entries |= {OLIVER: ("BOUNCE", LONG_AGO), OLIVER.upper(): ("BOUNCE", LONG_AGO)}
    theirs.entries["Oliver.Hayes@example.net"] = ("BOUNCE", LONG_AGO)
    assert OLIVER not in steps()
    steps_after_reinstating(OLIVER)
    assert [name for name in theirs.entries if name.lower() == OLIVER] == []


def steps_after_reinstating(address: str) -> None:
    assert run("reinstate", address, "--reason", "wrote today").exit_code == 0


def test_what_was_reinstated_while_nobody_pushed_is_deleted_by_the_next_run(
    theirs: FakeSesList, configured: Any
) -> None:
    theirs.entries[OLIVER] = ("BOUNCE", LONG_AGO)
    configured(push=False)
    steps_after_reinstating(OLIVER)
    assert OLIVER in theirs.entries
    configured()
    assert steps()[OLIVER] == "delete"
    assert (OLIVER in theirs.entries, may_send(OLIVER)) == (False, True)


def test_what_ses_lists_anew_after_a_reinstatement_counts(theirs: FakeSesList) -> None:
    steps_after_reinstating(OLIVER)
    theirs.entries[OLIVER] = ("BOUNCE", datetime.now(UTC) + timedelta(hours=1))
    assert steps()[OLIVER] == "learn"
    assert not may_send(OLIVER)


def test_what_we_put_there_is_deleted_there_once_it_is_over_and_never_comes_back_as_evidence(
    theirs: FakeSesList, ledger: Ledger, tmp_path: Path
) -> None:
    assert steps()[OLIVER] == "put"
    path = tmp_path / "feedback.toml"
    path.write_text(path.read_text(encoding="utf-8") + "[policy.user_unknown]\nsuppress = false\n", encoding="utf-8")
    assert steps() == {OLIVER: "delete"}
    assert may_send(OLIVER)
    assert steps() == {}


def test_suppressing_by_hand_puts_it_there_at_once_unless_only_some_mail_is_meant(theirs: FakeSesList) -> None:
    run("suppress", ELSE, "--reason", "asked by telephone")
    run("suppress", "news@elsewhere.example", "--stream", "marketing", "--reason", "no news")
    run("suppress", "dev@elsewhere.example", "--environment", "dev", "--reason", "a test")
    assert list(theirs.entries) == [ELSE]


def test_reinstating_one_stream_leaves_sess_list_alone(theirs: FakeSesList) -> None:
    theirs.entries[JONAS] = ("COMPLAINT", LONG_AGO)
    run("reinstate", JONAS, "--stream", "marketing", "--reason", "subscribed again")
    assert JONAS in theirs.entries


def test_each_way_may_be_had_alone(theirs: FakeSesList, configured: Any) -> None:
    theirs.entries[ELSE] = ("BOUNCE", LONG_AGO)
    configured(push=False)
    assert steps("--dry-run") == {ELSE: "learn"}
    configured(pull=False)
    assert steps("--dry-run") == {OLIVER: "put", MARTA: "put"}


def test_without_either_it_says_what_to_set(theirs: FakeSesList, configured: Any) -> None:
    configured(push=False, pull=False)
    result = run("sync-ses")
    assert (result.exit_code, theirs.calls) == (2, [])
    assert "[ses_list]" in result.stderr


def test_one_address_that_ses_refuses_costs_only_itself(theirs: FakeSesList) -> None:
    theirs.refuses.add(MARTA)
    result = run("sync-ses")
    assert result.exit_code == 2
    assert f"{MARTA}: SES refuses to put it: Invalid address" in result.stderr
    assert list(theirs.entries) == [OLIVER]


def test_people_read_what_was_done_and_which_spellings_there_were(theirs: FakeSesList, configured: Any) -> None:
    theirs.entries["Oliver.Hayes@Example.net"] = ("BOUNCE", LONG_AGO)
    configured(push=False)
    steps_after_reinstating(OLIVER)
    configured()
    told = run("sync-ses").stdout
    assert f"deleted from SES's list  {OLIVER} (there: Oliver.Hayes@Example.net)  reinstated here" in told
    assert f"put on SES's list        {MARTA}  suppressed here: complaint." in told


def test_the_list_is_read_page_by_page(theirs: FakeSesList) -> None:
    theirs.entries = {f"a{number}@elsewhere.example": ("BOUNCE", LONG_AGO) for number in range(5)}
    assert sum(one == "learn" for one in steps().values()) == 5
    assert theirs.calls.count("list") == 3


def test_ses_is_called_no_faster_than_it_allows(aws: None) -> None:
    fake = FakeSesList(page=1)
    fake.entries = {f"a{number}@elsewhere.example": ("BOUNCE", LONG_AGO) for number in range(3)}
    started = datetime.now(UTC)
    SesAccountList(fake.client(), seconds_a_call=0.05).entries()
    assert datetime.now(UTC) - started >= timedelta(seconds=0.1)
