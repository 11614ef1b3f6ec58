"""A crash before and after every AWS call of every function, and answers that get lost: afterwards all is as ever."""

import json
import random
from collections import Counter
from functools import partial
from typing import Any

import pytest

from ses_feedback.settings.file import Settings
from tests.conftest import ALERT_SENDER, TABLE
from tests.faults.cases import alerts, cases, put_archive_object
from tests.faults.figures import note
from tests.faults.injector import When
from tests.faults.sizes import ERROR_SEEDS, FULL, SEED
from tests.faults.surroundings import SURROUNDINGS
from tests.faults.world import Case, World
from tests.samples import ROOT, changed, load, shipped_settings
from tests.stores import items_in

CASES = cases(shipped_settings())

pytestmark = pytest.mark.crashes


@pytest.fixture
def module(world: World, case: Case, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Any:
    put_archive_object()
    if case.function in SURROUNDINGS:
        return SURROUNDINGS[case.function](world, settings, monkeypatch)
    return world.load(case.function)


def chosen(calls: int) -> range:
    """Each call; the quick test takes some ten of them, the last included."""
    return range(calls) if FULL else range((calls - 1) % (1 + calls // 10), calls, 1 + calls // 10)


def crashes(calls: int) -> list[tuple[int, When]]:
    """Before and after each call; the quick test spares those before, which leave what the call before them left."""
    after: list[tuple[int, When]] = [(number, "after-call") for number in chosen(calls)]
    before: list[tuple[int, When]] = [(number, "before-call") for number in chosen(calls)]
    return after + (before if FULL else before[:1])


def doubled(world: World) -> set[str]:
    """The inboxes that were told of an alert more than once. More than twice fails, and for the application as well,
    which may hear all of a batch twice, and knows copies by their id.
    """
    assert max((*world.inboxes.values(), *world.heard.values()), default=0) <= 2
    return {inbox for (inbox, _), times in world.inboxes.items() if times > 1}


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_crash_at_any_call_changes_nothing_once_the_event_is_redelivered(
    world: World, case: Case, module: Any
) -> None:
    calls = world.run(case, module)
    expected = world.outcome()
    assert calls > 0
    for number, when in crashes(calls):
        world.empty()
        world.run(case, module, partial(world.injector.kill_at, number, when))
        assert world.outcome() == expected, f"{when} {number}"
        assert len(doubled(world)) <= 1, f"more than one mail doubled, {when} {number}"
    figure = f"{2 * calls} crashes, before and after each of {calls} calls: the same state, no alert lost"
    note(f"crash in {case}", "moto", figure, "test_crashes.py")


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_call_that_is_refused_loses_nothing(world: World, case: Case, module: Any) -> None:
    calls = world.run(case, module)
    expected = world.outcome()
    for number in chosen(calls):
        world.empty()
        world.run(case, module, partial(world.injector.refuse_at, number))
        assert world.outcome() == expected, f"call {number}"
    note(f"refused calls in {case}", "moto", f"each of {calls} calls once: the same state", "test_crashes.py")


@pytest.mark.parametrize("case", CASES, ids=str)
def test_writes_that_were_done_but_answered_with_an_error_change_nothing(
    world: World, case: Case, module: Any
) -> None:
    world.run(case, module)
    expected = world.outcome()
    for seed in range(ERROR_SEEDS):
        chance = random.Random(SEED + seed)
        world.empty()
        world.run(case, module, partial(world.injector.lose_answers, 0.3, chance))
        assert world.outcome() == expected, f"seed {SEED + seed}"
    figure = f"30 % of writes done but answered with an error, {ERROR_SEEDS} times: the same state"
    note(f"lost answers in {case}", "moto", figure, "test_crashes.py")


def test_every_function_of_the_stack_is_among_the_cases() -> None:
    deployed = {path.parent.name for path in (ROOT / "functions").glob("*/app.py")}
    assert deployed == {case.function for case in CASES}


def test_every_alert_reaches_the_right_inbox(world: World, settings: Settings) -> None:
    module, told = world.load("route_alerts"), alerts(settings)
    for number in range(3):  # a mail shows five of its alerts, and a team has twelve here
        world.run(Case("route_alerts", "alerts", tuple(map(json.dumps, told[number::3]))), module)
    inboxes = {alert["recipient"]: settings.teams[alert["team"]].email for alert in told}
    assert world.inboxes == Counter((inbox, recipient) for recipient, [inbox] in inboxes.items())


@pytest.mark.parametrize("kind", ["bounce", "complaint"])
def test_an_alert_mail_that_bounces_is_recorded_and_notifies_nobody(world: World, kind: str) -> None:
    event = changed(load(f"ses/event_{kind}.json"), "mail.source", f"SES Feedback <{ALERT_SENDER}>")
    world.run(Case("process_feedback", "feedback", (json.dumps(event),)), world.load("process_feedback"))
    [row] = items_in(world.dynamodb, TABLE, "E#").values()
    assert "alert" not in row
