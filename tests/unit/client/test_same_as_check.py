"""The client answers what `ses-feedback check` answers, for every history: it reads what the ledger's own code wrote.

Histories are those of `tests.unit.decision.test_histories`, recorded in any order and in part twice.
"""

import os
import random
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ses_feedback import timestamp
from ses_feedback.decision.decide import Decision
from ses_feedback.decision.fact import Fact
from ses_feedback.decision.override import Override, reinstatement, suppression_of
from ses_feedback.decision.state import State
from ses_feedback.decision.suppression import applies_to
from ses_feedback.ledger.refold import changes
from ses_feedback.ledger.table import Ledger
from ses_feedback.operations.status import PlannedMail, holding, stops
from ses_feedback.scope import GLOBAL, Scope
from ses_feedback.settings.file import Settings
from ses_feedback.vocabulary import Effect, Kind
from ses_feedback_client import Names, Suppression, Suppressions
from ses_feedback_client import suppressions as module
from tests.conftest import TABLE
from tests.stores import clear
from tests.unit.decision.test_histories import JANE, POLICIES, START, moment, policy, reports, rulings

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

HISTORIES = int(os.environ.get("HISTORIES", "24"))
MAILS = [
    PlannedMail("production", "transactional"),
    PlannedMail("production", "marketing"),
    PlannedMail("production", "transactional", ("lantern",)),
    PlannedMail("staging", "marketing"),
    PlannedMail("dev", "transactional"),
]
RULES = ("@example.org", "@*.org")


def overrides(chance: random.Random) -> list[Override]:
    """What operators and SES's list say of Jane, and what operators say of her domain."""
    said = [Override(JANE, Kind.OPERATOR, evidence, Effect.NONE, "ops", "x") for evidence in rulings(chance)]
    for _ in range(chance.choice([0, 0, 1, 3])):
        at, stream = timestamp.to_datetime(moment(chance)), chance.choice(["*", "marketing"])
        days = chance.choice([None, 20])
        rule = suppression_of(chance.choice(RULES), at, "ops", "x", days=days, message_stream=stream)
        said.append(chance.choice([rule, rule, reinstatement("@example.org", at, "ops", "x", stream)]))
    return said


def recorded(number: int, ledger: Ledger) -> None:
    """The history of this number, shuffled, and some of it twice."""
    chance = random.Random(number)
    history: list[Decision | Override] = [*reports(chance), *overrides(chance)]
    history += chance.choices(history, k=len(history) // 4)
    chance.shuffle(history)
    for piece in history:
        if isinstance(piece, Override):
            ledger.apply(piece)
        else:
            ledger.record(piece, timestamp.to_datetime(START))


def rows(found: tuple[Suppression, ...]) -> list[tuple[str, ...]]:
    return sorted((held.scope, held.fact, held.since, str(held.until), held.event_id, held.rule) for held in found)


type Known = tuple[State, dict[str, State]]


def checked(known: Known, mail: PlannedMail, settings: Settings, now: datetime) -> list[tuple[str, ...]]:
    """What `check` shows as stopping the mail."""
    state, rules = known
    held = [each for each in holding(state, settings, now, rules) if stops(each, mail, settings)]
    return sorted((each.scope, each.fact, each.since, str(each.until), each.event_id, each.rule) for each in held)


def answered(suppressions: Suppressions, mail: PlannedMail, others: int = 0) -> list[tuple[str, ...]]:
    """What the client answers of Jane, alone or as one of many."""
    tenant = mail.tenants[0] if mail.tenants else None
    addresses = [JANE, *(f"r{number}@else.example" for number in range(others))]
    found = suppressions.verdicts(addresses, environment=mail.environment, stream=mail.message_stream, tenant=tenant)
    assert found[JANE].may_send == (not found[JANE].suppressions)
    return rows(found[JANE].suppressions)


@pytest.fixture
def suppressions(dynamodb: "DynamoDBClient") -> Suppressions:
    return Suppressions(TABLE, client=dynamodb)


def at(monkeypatch: pytest.MonkeyPatch, now: datetime) -> None:
    class Clock(datetime):
        @classmethod
        def now(cls, *_: object) -> datetime:  # type: ignore[override]
            return now

    monkeypatch.setattr(module, "datetime", Clock)


@pytest.mark.parametrize("part", range(4))
def test_the_client_answers_what_check_answers(
    part: int, dynamodb: "DynamoDBClient", suppressions: Suppressions, monkeypatch: pytest.MonkeyPatch
) -> None:
    stopped = set[str]()
    for number in range(part, HISTORIES, 4):
        settings = policy(number % len(POLICIES))
        ledger = Ledger(dynamodb, TABLE, settings)
        clear(TABLE)
        recorded(number, ledger)
        [known] = ledger.known([JANE])
        for now in (datetime(2026, month, 20, tzinfo=UTC) for month in (2, 6, 9)):
            at(monkeypatch, now)
            for mail in MAILS:
                expected = checked(known, mail, settings, now)
                assert answered(suppressions, mail) == expected, f"history {number}, {mail}, {now}"
                stopped |= {row[0] for row in expected}
            assert answered(suppressions, mail, others=99) == expected, f"history {number}, as one of many"
    assert "global" in stopped


def test_after_a_change_of_policy_a_refold_brings_the_client_in_line(
    dynamodb: "DynamoDBClient", suppressions: Suppressions, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = datetime(2026, 9, 20, tzinfo=UTC)
    at(monkeypatch, now)
    for number in range(7):
        clear(TABLE)
        recorded(number, Ledger(dynamodb, TABLE, policy(0)))
        changed = policy(1 + number % (len(POLICIES) - 1))
        ledger = Ledger(dynamodb, TABLE, changed)
        state, entries = ledger.index.state_and_entries(JANE)
        for change in changes(JANE, state, entries, changed):
            assert ledger.index.write(JANE, change.scope, change.after, state.rev)
        [known] = ledger.known([JANE])
        for mail in MAILS:
            assert answered(suppressions, mail) == checked(known, mail, changed, now), f"history {number}, {mail}"


def test_what_never_suppresses_is_what_judges_say(settings: Settings) -> None:
    """Of a state with nothing else, no scope has to be read; any other fact might suppress."""
    lifting = [Fact.delivered(), Fact.delivered("t"), Fact("not_spam"), Fact("reinstated"), Fact.ses_unlisted()]
    lifting += [Fact.ses_unlisted("t"), Fact.ses_pushed(), Fact.ses_pushed("t")]
    assert not any(module._may_suppress({f"r#{fact}#production#x": {}, "rev": {}, "pk": {}}) for fact in lifting)
    deciding = ["user_unknown", "operator", "operator.9", "complaint.abuse.low", "ses_suppressed.account", "new_fact"]
    assert all(module._may_suppress({f"r#{fact}#production#x": {}}) for fact in deciding)
    assert module._may_suppress({"s#soft.unknown#production#x": {}})


def test_the_names_without_settings_are_the_shipped_ones(settings: Settings) -> None:
    names = Names.shipped()
    assert names.environments == {name: each.production for name, each in settings.environments.items()}
    assert names.streams == {*settings.message_streams, settings.default.message_stream}
    assert (names.environment, names.stream) == (settings.default.environment, settings.default.message_stream)


@given(st.sampled_from(MAILS), st.booleans())
def test_the_scopes_that_stop_a_mail_are_those_of_check(mail: PlannedMail, with_tenant: bool) -> None:
    settings = policy(0)
    every = [GLOBAL, *map(Scope.of_environment, settings.environments), Scope.of_tenant("lantern")]
    every += map(Scope.of_message_stream, ("marketing", "transactional"))
    tenant = "lantern" if with_tenant else None
    asked = Names.shipped().mail(mail.environment, mail.message_stream, tenant)
    stopping = {
        scope for scope in every if applies_to(scope, mail.environment, mail.message_stream, settings, tenant)
    }
    assert set(asked.scopes) == stopping
