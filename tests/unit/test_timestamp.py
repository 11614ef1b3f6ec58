"""Times come in several spellings and leave in one, whose text order is time order."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ses_feedback import timestamp


@pytest.mark.parametrize(
    "text",
    [
        "2018-10-08T14:05:45.000Z",
        "2018-10-08T14:05:45Z",
        "2018-10-08T14:05:45 +0000",
        "2018-10-08T14:05:45+00:00",
        "2018-10-08T16:05:45.000+02:00",
        "2018-10-08T10:05:45 -0400",
        " 2018-10-08T14:05:45Z ",
        "2018-10-08T14:05:45",
        "2018-10-08T14:05:45.000000000Z",
    ],
)
def test_every_spelling_of_one_moment_is_one_text(text: str) -> None:
    assert timestamp.parse(text) == "2018-10-08T14:05:45.000Z"


def test_milliseconds_are_kept() -> None:
    assert timestamp.parse("2018-10-08T14:05:45.1239Z") == "2018-10-08T14:05:45.123Z"


@pytest.mark.parametrize(
    "text", [None, "", "yesterday", "2018-13-45T99:00:00Z", "0001-01-01T00:00:00+14:00", "\ud800"]
)
def test_what_is_not_a_time_is_none(text: str | None) -> None:
    assert timestamp.parse(text) is None


@given(st.datetimes(timezones=st.timezones()), st.datetimes(timezones=st.timezones()))
def test_text_order_is_time_order(one: object, other: object) -> None:
    texts = [timestamp.parse(str(moment)) for moment in (one, other)]
    if None not in texts:
        moments = [timestamp.to_datetime(str(text)) for text in texts]
        assert (str(texts[0]) < str(texts[1])) == (moments[0] < moments[1])
        assert {len(str(text)) for text in texts} == {24}


@given(st.text(max_size=40))
def test_no_text_breaks_the_parser(text: str) -> None:
    found = timestamp.parse(text)
    assert found is None or len(found) == 24


def test_later_counts_in_days_of_24_hours() -> None:
    assert timestamp.later("2026-03-28T12:00:00.500Z", days=2) == "2026-03-30T12:00:00.500Z"


def test_later_with_negative_days_goes_back_over_the_end_of_a_year() -> None:
    assert timestamp.later("2026-01-01T00:00:00.000Z", days=-1) == "2025-12-31T00:00:00.000Z"


@pytest.mark.parametrize("value", [1795164004123, "1795164004123"])
def test_milliseconds_are_read_as_a_number_or_its_digits(value: object) -> None:
    assert timestamp.from_millis(value) == "2026-11-20T08:40:04.123Z"


@pytest.mark.parametrize("value", [None, "soon", "", [], {}, 10**30, -(10**18), 1.5])
def test_what_is_no_count_of_milliseconds_is_no_time(value: object) -> None:
    assert timestamp.from_millis(value) is None
