"""What an entry of another provider's list proves: the evidence of the event itself, at its own time."""

from copy import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ses_feedback.decision.imported import Imported, Listing, NotImportable, Why, imported, would_bounce
from ses_feedback.settings.checks import parse_settings

FILE_DATE = "2024-06-01T00:00:00.000Z"
MAY = "2024-05-01T12:00:00.000Z"
SETTINGS = parse_settings(
    """
    [teams.dev]
    email = ["dev@example.com"]
    [environments.production]
    team = "dev"
    [environments.staging]
    team = "dev"
    [message_streams.marketing]
    marketing = true
    [message_streams.offers]
    marketing = true
    [message_streams.invoices]
    [default]
    environment = "production"
    message_stream = "transactional"
    """
)


def evidence(why: Why, stream: str | None = None, **fields: Any) -> list[Imported]:
    listing = replace(Listing(address="a@example.com", why=why, time=MAY), **fields)
    found = imported(
        "a@example.com", listing, SETTINGS, dated=FILE_DATE, environment="production", message_stream=stream
    )
    return list(found)


def facts(why: Why, **fields: Any) -> list[str | None]:
    return [str(found.evidence.place.fact) if found.evidence else None for found in evidence(why, **fields)]


@pytest.mark.parametrize(
    ("why", "words", "fact"),
    [
        (Why.HARD, "550 5.1.1 user unknown", "user_unknown"),
        (Why.HARD, None, "user_unknown"),
        (Why.HARD, "something odd", "user_unknown"),
        (Why.HARD, "552 5.2.2 mailbox full", "soft.mailbox_full"),
        (Why.HARD, "550 5.7.26 Unauthenticated email, see DMARC policy", None),
        (Why.HARD, "450 try again", "soft.server_error"),
        (Why.INVALID, "552 5.2.2 mailbox full", "user_unknown"),
        (Why.SOFT, None, "soft.unknown"),
        (Why.SOFT, "550 5.1.1 user unknown", "soft.user_unknown"),
        (Why.COMPLAINT, None, "complaint.unspecified.full"),
    ],
)
def test_the_replys_words_decide_what_a_bounce_proves(why: Why, words: str | None, fact: str | None) -> None:
    assert facts(why, words=words) == [fact]


def test_an_unsubscribe_stops_each_marketing_stream() -> None:
    assert [found.message_stream for found in evidence(Why.UNSUBSCRIBE)] == ["marketing", "offers"]
    assert [found.message_stream for found in evidence(Why.UNSUBSCRIBE, "invoices")] == ["invoices"]


def test_what_somebody_entered_by_hand_stops_all_mail_until_it_ends() -> None:
    assert facts(Why.MANUAL) == ["operator"]
    assert facts(Why.MANUAL, until="2024-05-02T12:00:01.000Z") == ["operator.2"]
    assert facts(Why.MANUAL, until="2024-04-30T12:00:00.000Z") == [None]


def test_an_entry_without_a_date_is_as_old_as_its_file() -> None:
    assert [found.time for found in evidence(Why.HARD, time=None)] == [FILE_DATE]


def test_mail_was_sent_from_one_environment_and_stream() -> None:
    [found] = evidence(Why.COMPLAINT)
    assert (found.environment, found.message_stream) == ("production", "transactional")
    [found] = evidence(Why.COMPLAINT, scope="environment:staging")
    assert found.environment == "staging"


@pytest.mark.parametrize(
    ("scope", "cause"),
    [
        ("environment:moon", "no environment 'moon' in the settings"),
        ("message_stream:moon", "no message stream 'moon' in the settings"),
        ("tenant:acme", "sync-ses --tenant"),
    ],
)
def test_a_scope_that_is_not_here_is_refused(scope: str, cause: str) -> None:
    with pytest.raises(NotImportable, match=cause):
        evidence(Why.MANUAL, scope=scope)


@given(why=st.sampled_from(Why), words=st.none() | st.text(max_size=80), status=st.none() | st.text(max_size=10))
def test_the_same_entry_is_the_same_evidence(why: Why, words: str | None, status: str | None) -> None:
    assert evidence(why, words=words, status=status) == evidence(why, words=words, status=status)


def test_who_bounced_for_good_would_bounce_again() -> None:
    hard, soft = Listing(address="a@example.com", why=Why.HARD), Listing(address="a@example.com", why=Why.SOFT)
    assert would_bounce(hard)
    assert not would_bounce(replace(hard, words="552 5.2.2 mailbox full"))
    assert not would_bounce(soft)
