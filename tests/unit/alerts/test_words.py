"""Every event has words that a non-expert can act on, and text from outside cannot pose as ours."""

import shlex
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ses_feedback.alerts.words import complaint_type, cut, day, effect_words, for_shell, minute, shown, words_for
from ses_feedback.vocabulary import ACTION_OF, Action, Effect, Kind, Reason

COMPLAINT_TYPES = [None, "abuse", "auth-failure", "fraud", "not-spam", "other", "virus", "echo"]


@pytest.mark.parametrize("effect", Effect)
@pytest.mark.parametrize("reason", Reason)
def test_every_reason_has_words(reason: Reason, effect: Effect) -> None:
    assert all(words_for(Kind.BOUNCE, reason, None, effect))


@pytest.mark.parametrize("kind", Kind)
def test_every_kind_has_words_without_a_reason(kind: Kind) -> None:
    assert all(words_for(kind))


@pytest.mark.parametrize("named", COMPLAINT_TYPES)
def test_every_complaint_type_has_words_of_its_own(named: str | None) -> None:
    others = [words_for(Kind.COMPLAINT, None, other) for other in COMPLAINT_TYPES if other != named]
    assert words_for(Kind.COMPLAINT, None, named) not in others


def test_no_two_reasons_share_a_title() -> None:
    titles = {words_for(Kind.BOUNCE, reason).title for reason in Reason}
    assert len(titles) == len(Reason)


@pytest.mark.parametrize("reason", [r for r in Reason if ACTION_OF[r] is Action.SUPPRESS])
def test_no_advice_on_a_suppressed_address_says_that_it_is_not_suppressed(reason: Reason) -> None:
    assert "not suppressed" not in words_for(Kind.BOUNCE, reason, None, Effect.SUPPRESSED).advice


def test_a_full_mailbox_asks_for_other_things_once_it_is_suppressed() -> None:
    counted = words_for(Kind.BOUNCE, Reason.MAILBOX_FULL, None, Effect.COUNTED)
    suppressed = words_for(Kind.BOUNCE, Reason.MAILBOX_FULL, None, Effect.SUPPRESSED)
    assert counted.title == suppressed.title
    assert counted.advice.startswith("Nothing for now")
    assert suppressed.advice.startswith("Leave the address alone")


def test_a_delay_says_that_ses_keeps_trying_and_why_it_has_to() -> None:
    words = words_for(Kind.DELIVERY_DELAY, Reason.MAILBOX_FULL)
    assert words.title == "Delayed: mailbox full"
    assert "keeps trying" in words.meaning
    assert "no room" in words.meaning


@pytest.mark.parametrize(
    ("received", "known"),
    [(None, "none"), ("", "none"), (" Abuse ", "abuse"), ("<script>", "other"), ("opt-out", "other")],
)
def test_unknown_complaint_types_are_other(received: str | None, known: str) -> None:
    assert complaint_type(received) == known


@pytest.mark.parametrize(
    ("scope", "until", "sentence"),
    [
        ("global", None, "Suppressed everywhere, for good: do not write to it again."),
        (
            "environment:staging",
            "2026-12-01T03:18:59.000Z",
            "Suppressed in staging only, until 1 Dec 2026: after that, you may write to it again.",
        ),
        (
            "message_stream:marketing",
            None,
            "Suppressed for marketing mail only, for good: do not send it such mail again.",
        ),
        (
            "tenant:paper-lantern",
            None,
            "Suppressed for mail of the tenant paper-lantern only, for good: do not send it such mail again.",
        ),
    ],
)
def test_a_suppression_says_how_far_and_how_long(scope: str, until: str | None, sentence: str) -> None:
    assert effect_words(Effect.SUPPRESSED, scope, until) == sentence


def test_a_fault_of_the_sender_is_not_held_against_the_address() -> None:
    sentence = effect_words(Effect.NONE, action=Action.FIX_SENDER)
    assert sentence == "Not held against this address: the fault lies with the sender."


def test_a_delay_is_not_held_against_the_address_as_ses_is_still_trying() -> None:
    assert "still trying" in effect_words(Effect.NONE, action=Action.COUNT_SOFT, kind=Kind.DELIVERY_DELAY)


def test_times_are_readable_and_what_is_not_a_time_stays_as_it_is() -> None:
    assert day("2026-12-01T03:18:59.000Z") == "1 Dec 2026"
    assert minute("2026-11-24T03:19:05.123Z") == "24 Nov 2026, 03:19 UTC"
    assert minute("tomorrow") == "tomorrow"


def test_a_text_turned_right_to_left_shows_how_it_was_turned() -> None:
    assert shown("invoice\u202egnp.exe", 100) == "invoice[U+202E]gnp.exe"


def test_line_breaks_and_escape_sequences_cannot_act() -> None:
    assert shown("a\r\nBcc: b\x1b[31m", 100) == "a Bcc: b[U+001B][31m"


def test_letters_of_any_script_and_emoji_stay_as_they_are() -> None:
    assert shown("שלום Jörg 👨‍👩‍👧 你好", 100) == "שלום Jörg 👨‍👩‍👧 你好"


def test_links_are_written_so_that_nothing_makes_them_clickable() -> None:
    assert shown("see https://evil.example/a?b or www.evil.example", 100) == (
        "see https[:]//evil[.]example/a?b or www[.]evil.example"
    )


@given(st.text(st.characters()), st.integers(1, 50))
def test_whatever_comes_is_shown_as_one_line_without_anything_invisible(text: str, most: int) -> None:
    line = shown(text, most)
    assert not [c for c in line if unicodedata.category(c)[0] == "C" and c not in "\u200c\u200d"]
    assert "://" not in line
    assert len(cut(text, most)) <= most
    assert line.isprintable() or "\u200c" in line or "\u200d" in line


@given(st.text(st.characters()))
def test_an_address_in_a_command_is_one_word_and_never_an_option(address: str) -> None:
    assert shlex.split(for_shell(address)) in ([address], ["ADDRESS"])
    assert not for_shell(address).startswith("-")
