"""Writing a list as a provider has it: what comes back is what the format can hold, and nothing runs as a formula."""

import csv
import io
from copy import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ses_feedback.decision.fact import Fact
from ses_feedback.decision.imported import Listing, Why
from ses_feedback.decision.suppression import Suppression
from ses_feedback.scope import GLOBAL, Scope
from ses_feedback.vocabulary import Reason
from ses_feedback_cli.lists.formats import FORMATS, Format
from ses_feedback_cli.lists.reading import ListFile
from ses_feedback_cli.lists.writing import listing_of, write_list

_TEXT = st.text(st.characters(exclude_categories=("Cs", "Cc"), include_characters="\t\n\r"), min_size=1, max_size=60)
_TIMES = st.integers(946_684_800, 2_500_000_000).map(
    lambda second: f"{datetime.fromtimestamp(second, UTC).isoformat()[:19]}.000Z"
)
_LISTINGS = st.builds(
    Listing,
    address=st.from_regex(r"[a-z=+'\-][a-z0-9'+]{0,10}@[a-z]{1,8}\.example", fullmatch=True),
    why=st.sampled_from(Why),
    time=st.none() | _TIMES,
    until=st.none() | _TIMES,
    status=st.none() | st.sampled_from(["5.1.1", "550", "-1", "=1+1"]),
    words=st.none() | _TEXT,
    scope=st.none() | st.just("message_stream:marketing"),
    origin=st.none() | _TEXT,
)


def kept(listing: Listing, as_format: Format) -> Listing:
    """What the format can hold of it."""
    absent = {
        name: None for name in ("time", "until", "status", "words", "scope", "origin") if name not in as_format.fields
    }
    return replace(listing, why=as_format.why_kept(listing.why), **absent)  # type: ignore[arg-type]


def read_back(path: Path, written: str, as_format: Format) -> list[Listing]:
    path.write_text(written, encoding="utf-8", newline="")
    return [entry.listing for entry in ListFile(path, as_format.name).entries() if entry.listing]


def text_of(listings: list[Listing], as_format: Format) -> str:
    out = io.StringIO(newline="")
    write_list(listings, as_format, out)
    return out.getvalue()


@pytest.mark.parametrize("name", list(FORMATS))
@given(listings=st.lists(_LISTINGS, min_size=1, max_size=6))
def test_what_a_format_can_hold_comes_back(tmp_path: Path, name: str, listings: list[Listing]) -> None:
    as_format = FORMATS[name]
    held = [listing for listing in listings if as_format.holds(listing)]
    if held:
        expected = [kept(listing, as_format) for listing in held]
        assert read_back(tmp_path / "list", text_of(listings, as_format), as_format) == expected


def test_what_a_format_cannot_hold_is_counted() -> None:
    stream = "message_stream:marketing"
    listings = [
        Listing(address="a@example.com", why=Why.SOFT),
        Listing(address="b@example.com", why=Why.COMPLAINT, scope=stream),
        Listing(address="c@example.com", why=Why.MANUAL),
    ]
    out = io.StringIO(newline="")
    assert write_list(listings, FORMATS["ses-import"], out) == {"soft bounce": 1, f"for {stream} only": 1}
    assert out.getvalue() == '{"emailAddress": "c@example.com", "reason": "BOUNCE"}\n'


@pytest.mark.parametrize("words", ["=HYPERLINK(1)", "+1", "-1", "@SUM(A1)", "\tx", "'=1"])
def test_no_cell_runs_as_a_formula(words: str) -> None:
    listing = Listing(address="a@example.com", why=Why.HARD, words=words)
    cells = list(csv.reader(io.StringIO(text_of([listing], FORMATS["sendgrid-bounces"]))))[1]
    assert cells[1] == f"'{words}"


def test_what_bounced_here_is_listed_with_its_time() -> None:
    held = Suppression(GLOBAL, Fact.hard(Reason.USER_UNKNOWN), "2024-05-01T12:00:00.000Z", None, "e")
    listed = listing_of("a@example.com", held, None)
    assert (listed.why, listed.time, listed.scope) == (Why.HARD, "2024-05-01T12:00:00.000Z", None)


@pytest.mark.parametrize(
    ("fact", "why"),
    [
        (Fact.complaint("abuse", is_certain=True), Why.COMPLAINT),
        (Fact.operator(30), Why.MANUAL),
        (Fact.soft(Reason.MAILBOX_FULL), Why.SOFT),
        (Fact.ses_listed(), Why.HARD),
    ],
)
def test_facts_have_their_word(fact: Fact, why: Why) -> None:
    held = Suppression(Scope.of_message_stream("marketing"), fact, "2024-05-01T12:00:00.000Z", None, "e")
    assert listing_of("a@example.com", held, None).why is why
