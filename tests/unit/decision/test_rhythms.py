"""How often mail is sent decides how fast a dead address is found, and how long a living one may be held."""

from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import pytest

from ses_feedback.decision.fact import Fact
from ses_feedback.decision.state import Evidence, Place, Stamp, State, keep_days
from ses_feedback.decision.suppression import suppressions
from ses_feedback.settings.file import Settings
from ses_feedback.timestamp import to_text
from ses_feedback.vocabulary import Reason

NO_ANSWER = Place(Fact.soft(Reason.NETWORK_ERROR), "production", "transactional")
START = datetime(2026, 1, 1, 8, tzinfo=UTC)


class Year(NamedTuple):
    """What a year did: mails sent, days on which mail was held, and the day of the first suppression, from 0."""

    sent: int
    days_held: int
    first: int | None


def year(settings: Settings, *, mail_every: int, bounce_every: int) -> Year:
    """A mail every so many days, unless the address is held; each n-th one bounces. Nobody reports deliveries."""
    state, sent, days_held, first = State(), 0, 0, None
    for day in range(365):
        now = to_text(START + timedelta(days=day))
        is_held = any(held.holds_at(now) for held in suppressions(state, settings))
        days_held += is_held
        if is_held or day % mail_every:
            continue
        sent += 1
        if sent % bounce_every == 0:
            state = state.merged(Evidence(NO_ANSWER, Stamp.of(now, f"event-{day}")), keep_days(settings))
            if first is None and suppressions(state, settings):
                first = day
    return Year(sent, days_held, first)


@pytest.mark.parametrize(("mail_every", "found_on_day"), [(1, 4), (7, 28), (14, 56), (30, 120)])
def test_a_dead_address_is_found_at_its_fifth_mail_even_if_mail_is_monthly(
    mail_every: int, found_on_day: int, settings: Settings
) -> None:
    assert year(settings, mail_every=mail_every, bounce_every=1).first == found_on_day < 180


@pytest.mark.parametrize(("mail_every", "sent"), [(1, 20), (7, 20), (14, 20)])
def test_a_dead_address_gets_few_mails_in_a_year(mail_every: int, sent: int, settings: Settings) -> None:
    assert year(settings, mail_every=mail_every, bounce_every=1).sent <= sent


def test_a_living_address_that_bounces_once_a_month_is_held_for_a_week_each_time_and_no_longer(
    settings: Settings,
) -> None:
    months = year(settings, mail_every=1, bounce_every=30)
    assert months.first is not None
    assert months.days_held <= 6 * 7


def test_a_living_address_that_bounces_every_other_month_is_never_held(settings: Settings) -> None:
    assert year(settings, mail_every=1, bounce_every=60).days_held == 0


def test_a_sixth_bounce_within_half_a_year_holds_for_a_week(settings: Settings) -> None:
    state = State()
    for month in range(6):
        moment = to_text(START + timedelta(days=30 * month))
        state = state.merged(Evidence(NO_ANSWER, Stamp.of(moment, f"event-{month}")), keep_days(settings))
    [held] = suppressions(state, settings)
    assert held.holds_at(to_text(START + timedelta(days=156)))
    assert not held.holds_at(to_text(START + timedelta(days=157)))
