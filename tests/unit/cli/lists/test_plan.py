"""Which cells are one mailbox: an address that is taken for another one would suppress nobody, silently."""

from datetime import UTC, datetime

import pytest

from ses_feedback.decision.imported import Listing, Why
from ses_feedback_cli.lists.formats import FORMATS
from ses_feedback_cli.lists.plan import Invalid, Planned, Terms, planned
from ses_feedback_cli.lists.reading import Entry
from tests.samples import shipped_settings

TERMS = Terms(
    settings=shipped_settings(),
    now=datetime(2026, 11, 1, tzinfo=UTC),
    dated="2026-10-01T00:00:00.000Z",
    environment="production",
    message_stream=None,
    by="Ada",
)


def plan(address: str, why: Why = Why.HARD, time: str | None = None) -> Planned | Invalid:
    listing = Listing(address=address, why=why, time=time)
    [row] = planned([Entry("a.csv", 2, FORMATS["usesend"], listing)], TERMS)
    return row


@pytest.mark.parametrize(
    ("cell", "address"),
    [
        ("Jane Doe <Jane@Example.com>", "jane@example.com"),
        ('"Doe, J" <j@example.com>', "j@example.com"),
        ('"a b"@example.com', '"a b"@example.com'),
        ("o'neil+x=y@bücher.example", "o'neil+x=y@xn--bcher-kva.example"),
    ],
)
def test_a_mailbox_may_have_a_name_and_odd_characters(cell: str, address: str) -> None:
    row = plan(cell)
    assert isinstance(row, Planned)
    assert row.address == address


@pytest.mark.parametrize(
    "cell",
    [
        "a@example.com, b@example.com",
        "a@example.com;b@example.com",
        "a@b@example.com",
        "mailto:a@example.com",
        "a\0b@example.com",
        "\x1b[31ma@example.com",
        "a\u202e@example.com",
        "=cmd|' /C calc'!A0",
        "@example.com",
        "*@@example.com",
    ],
)
def test_what_is_not_one_mailbox_is_invalid(cell: str) -> None:
    row = plan(cell)
    assert isinstance(row, Invalid)
    assert "is not an e-mail address" in row.cause


def test_a_whole_domain_is_told_how_to_suppress() -> None:
    row = plan("example.com", Why.MANUAL)
    assert isinstance(row, Invalid)
    assert "ses-feedback suppress" in row.cause
    assert isinstance(plan("*@example.com", Why.MANUAL), Planned)


def test_tomorrow_is_a_date_and_next_week_is_not() -> None:
    assert isinstance(plan("a@example.com", time="2026-11-01T20:00:00.000Z"), Planned)
    row = plan("a@example.com", time="2026-11-08T00:00:00.000Z")
    assert isinstance(row, Invalid)
    assert "is in the future" in row.cause


def test_amazons_simulator_is_never_suppressed() -> None:
    assert isinstance(plan("bounce@simulator.amazonses.com"), Invalid)
