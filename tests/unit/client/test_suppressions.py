"""The client's questions: how many requests they are, what the caller may choose, what is refused in plain words."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from ses_feedback.decision.override import reinstatement, suppression_of
from ses_feedback.ledger.items import key
from ses_feedback.ledger.table import Ledger
from ses_feedback_client import InvalidAddress, Names, Suppressions, TooManyAddresses, UnknownName
from tests.conftest import TABLE
from tests.samples import ROOT, SHIPPED
from tests.stores import calls_of

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

JANE, NOW = "jane@example.com", datetime(2026, 11, 20, tzinfo=UTC)


@pytest.fixture
def suppressions(dynamodb: "DynamoDBClient") -> Suppressions:
    return Suppressions(TABLE, client=dynamodb)


def suppress(ledger: Ledger, address: str, **where: Any) -> None:
    ledger.apply(suppression_of(address, NOW, "ops", "x", **where))


def test_one_address_is_one_request_with_its_rules(
    suppressions: Suppressions, ledger: Ledger, dynamodb: "DynamoDBClient"
) -> None:
    suppress(ledger, "@*.example.com")
    with calls_of(dynamodb) as calls:
        verdict = suppressions.verdict("jane@a.b.example.com", stream="marketing", tenant="lantern")
    assert calls == ["BatchGetItem"]
    assert (verdict.may_send, verdict.reason, verdict.suppressions[0].rule) == (False, "operator", "*@*.example.com")


def test_a_thousand_addresses_are_ten_requests_and_one_for_their_domains(
    suppressions: Suppressions, dynamodb: "DynamoDBClient"
) -> None:
    addresses = [f"r{number}@d{number % 100}.example" for number in range(1000)]
    with calls_of(dynamodb) as calls:
        verdicts = suppressions.verdicts(addresses)
    assert calls == ["BatchGetItem"] * 11
    assert list(verdicts) == addresses
    assert all(verdict.may_send for verdict in verdicts.values())


def test_of_many_only_those_with_evidence_cost_more(
    suppressions: Suppressions, ledger: Ledger, dynamodb: "DynamoDBClient"
) -> None:
    addresses = [f"r{number}@example.com" for number in range(990)]
    for address in addresses[:30]:
        suppress(ledger, address)
    for address in addresses[30:60]:
        ledger.apply(reinstatement(address, NOW, "ops", "x"))
    with calls_of(dynamodb) as calls:
        verdicts = suppressions.verdicts(addresses)
    assert calls == ["BatchGetItem"] * 11
    assert [address for address, verdict in verdicts.items() if not verdict.may_send] == addresses[:30]


def test_a_scope_stops_its_own_mail_only(suppressions: Suppressions, ledger: Ledger) -> None:
    suppress(ledger, JANE, message_stream="marketing")
    assert suppressions.verdict(JANE).may_send
    assert not suppressions.verdict(JANE, stream="marketing").may_send
    assert suppressions.verdict(JANE, stream="marketing", environment="staging").may_send


def test_what_has_ended_stops_nothing(suppressions: Suppressions, ledger: Ledger) -> None:
    ledger.apply(suppression_of(JANE, datetime(2020, 1, 1, tzinfo=UTC), "ops", "x", days=9))
    assert suppressions.verdict(JANE).may_send


@pytest.mark.parametrize(
    "spelling",
    [
        "JANE@Example.COM",
        "Jane <jane@example.com>",
        '"jane"@example.com',
        "jane(work)@example.com",
        "jane@example.com.",
    ],
)
def test_every_spelling_is_the_same_mailbox(spelling: str, suppressions: Suppressions, ledger: Ledger) -> None:
    suppress(ledger, JANE)
    assert suppressions.verdict(spelling).address == JANE
    assert not suppressions.verdict(spelling).may_send
    assert suppressions.verdict("jane+shop@example.com").may_send, "a plus address is an address of its own"


def test_a_domain_outside_ascii_is_found_in_both_spellings(suppressions: Suppressions, ledger: Ledger) -> None:
    suppress(ledger, "@xn--bcher-kva.example")
    assert not suppressions.verdict("jörg@bücher.example").may_send
    assert not suppressions.verdict("jörg@BÜCHER.example").may_send


def test_former_spellings_are_found_if_asked_for(ledger: Ledger, dynamodb: "DynamoDBClient") -> None:
    suppress(ledger, '"jane"@example.com')
    assert Suppressions(TABLE, client=dynamodb).verdict(JANE).may_send
    assert not Suppressions(TABLE, client=dynamodb, former_spellings=True).verdict(JANE).may_send


def test_what_was_not_an_operators_word_is_not_a_rule(suppressions: Suppressions, dynamodb: "DynamoDBClient") -> None:
    row = {"fact": {"S": "user_unknown"}, "since": {"S": "2026-11-20T00:00:00.000Z"}, "event_id": {"S": "x"}}
    dynamodb.put_item(TableName=TABLE, Item=key("@example.com", "S#global") | row)
    assert suppressions.verdict(JANE).may_send


@pytest.mark.parametrize(
    "wrong", ["", "jane", "@example.com", "jane@", "jane doe@example.com", "a\ud800@b.example", "x" * 700 + "@b.com"]
)
def test_what_is_not_an_address_is_refused_before_anything_is_asked(
    wrong: str, suppressions: Suppressions, dynamodb: "DynamoDBClient"
) -> None:
    with calls_of(dynamodb) as calls, pytest.raises(InvalidAddress, match="is not an e-mail address"):
        suppressions.verdicts([JANE, wrong])
    assert calls == []


def test_none_is_not_an_address(suppressions: Suppressions) -> None:
    with pytest.raises(InvalidAddress, match="None is not an e-mail address, but NoneType"):
        suppressions.verdict(None)  # type: ignore[arg-type]


def test_a_text_is_not_a_list_of_addresses(suppressions: Suppressions) -> None:
    with pytest.raises(TypeError, match="verdict\\(\\) takes one"):
        suppressions.verdicts(JANE)


def test_an_unknown_name_is_refused_with_those_that_are_known(suppressions: Suppressions) -> None:
    with pytest.raises(UnknownName, match="no message stream 'news': this client knows marketing, transactional;"):
        suppressions.verdict(JANE, stream="news")
    with pytest.raises(UnknownName, match="no environment 'live': this client knows dev, production, staging;"):
        suppressions.verdict(JANE, environment="live")


def test_a_thousand_and_one_addresses_are_refused(suppressions: Suppressions) -> None:
    with pytest.raises(TooManyAddresses, match="more than 1,000 addresses: ask for 1,000 at a time"):
        suppressions.verdicts(f"r{number}@example.com" for number in range(1001))


def test_no_address_is_no_request(suppressions: Suppressions, dynamodb: "DynamoDBClient") -> None:
    with calls_of(dynamodb) as calls:
        assert suppressions.verdicts([]) == {}
    assert calls == []


def test_names_are_read_from_the_settings(dynamodb: "DynamoDBClient", ledger: Ledger, tmp_path: Path) -> None:
    path = tmp_path / "feedback.toml"
    path.write_text(
        "[environments.live]\nproduction = true\n[environments.lab]\n[message_streams.news]\n"
        '[default]\nenvironment = "live"\nmessage_stream = "mail"\n'
    )
    suppress(ledger, JANE, environment="live")
    suppressions = Suppressions(TABLE, client=dynamodb, settings=path)
    assert not suppressions.verdict(JANE, stream="news").may_send
    assert suppressions.verdict(JANE, environment="lab").may_send
    assert suppressions.verdict(JANE).message_stream == "mail"
    assert Names.read(SHIPPED) == Names.shipped()


def test_a_file_that_is_not_the_settings_is_refused(tmp_path: Path) -> None:
    (tmp_path / "other.toml").write_text("[tool]\n")
    with pytest.raises(ValueError, match=r"other\.toml: no \[environments\]: is it the feedback\.toml"):
        Names.read(tmp_path / "other.toml")


def test_a_cache_answers_again_until_its_time_is_over(
    dynamodb: "DynamoDBClient", ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = [100.0]
    monkeypatch.setattr("ses_feedback_client.cache.time.monotonic", lambda: clock[0])
    suppressions = Suppressions(TABLE, client=dynamodb, cache_seconds=30)
    assert suppressions.verdict(JANE).may_send
    suppress(ledger, JANE)
    with calls_of(dynamodb) as calls:
        assert suppressions.verdict("Jane <JANE@example.com>").may_send
        assert calls == []
        assert not suppressions.verdict(JANE, stream="marketing").may_send, "another stream is another question"
        clock[0] += 31
        assert not suppressions.verdict(JANE).may_send
    assert len(calls) == 2


def test_a_cache_has_an_end(dynamodb: "DynamoDBClient", monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ses_feedback_client.cache.MOST_ENTRIES", 3)
    suppressions = Suppressions(TABLE, client=dynamodb, cache_seconds=30)
    suppressions.verdicts(f"r{number}@example.com" for number in range(9))
    assert len(suppressions._cache._values) == 3


def test_threads_may_share_it(dynamodb: "DynamoDBClient", ledger: Ledger) -> None:
    suppressions = Suppressions(TABLE, client=dynamodb, cache_seconds=1)
    suppress(ledger, JANE)
    addresses = [f"r{number % 50}@example.com" for number in range(200)] + [JANE] * 40
    with ThreadPoolExecutor(8) as pool:
        verdicts = list(pool.map(suppressions.verdict, addresses))
    assert [verdict.may_send for verdict in verdicts] == [address != JANE for address in addresses]


def test_the_package_imports_boto3_and_the_standard_library_alone() -> None:
    code = (
        "import sys, boto3; known = set(sys.modules); import ses_feedback_client; "
        "print(sorted({name.split('.')[0] for name in set(sys.modules) - known} - sys.stdlib_module_names))"
    )
    env = {"PYTHONPATH": str(ROOT / "clients" / "python")}
    run = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "['ses_feedback_client']"
