"""What a refused sender learns about block lists: in the row, the alert, `explain` and `why`."""

from copy import replace
from typing import Any

import pytest

from ses_feedback.alerts.alert import alert_from
from ses_feedback.alerts.delisting import PAGES, lines_about
from ses_feedback.alerts.mail import compose
from ses_feedback.bounces.details import _BLOCK_LISTS, Detail
from ses_feedback.decision.decide import Decision, decide
from ses_feedback.ledger.rows import event_row
from ses_feedback.settings.file import Settings
from ses_feedback.vocabulary import Urgency
from ses_feedback_cli.explain.cards import card
from ses_feedback_cli.explain.files import Explained
from ses_feedback_cli.output import console
from tests.samples import NOW, changed, load, one

BLOCKED = (
    "550 5.7.1 Client host [203.0.113.9] blocked using zen.spamhaus.org; https://evil.example/delist/203.0.113.9"
)
UNKNOWN_LIST = "550 5.7.1 [203.0.113.9] blocked using bl.evil.example; see https://evil.example/delist"


def decided(diagnostic: str, settings: Settings, status: str = "5.7.1") -> Decision:
    event = changed(load("ses/event_bounce.json"), "bounce.bouncedRecipients.0.diagnosticCode", diagnostic)
    return decide(one(changed(event, "bounce.bouncedRecipients.0.status", status)), settings)


def row_of(decision: Decision) -> dict[str, Any]:
    return event_row(decision, Urgency.AT_ONCE, 730).to_item()


def mail_about(decision: Decision) -> str:
    alert = alert_from(row_of(decision))
    message = compose("qa", [alert], sender="alerts@example.com", to=["qa@example.com"], now=NOW)
    return "\n".join(part.get_content() for part in message.walk() if not part.is_multipart())


def test_the_row_names_list_address_and_link(settings: Settings) -> None:
    row = row_of(decided(BLOCKED, settings))
    assert (row["block_list"], row["sending_ip"]) == ("Spamhaus", "203.0.113.9")
    assert row["delist_link"] == "https://evil.example/delist/203.0.113.9"


def test_the_row_names_the_time_to_wait(settings: Settings) -> None:
    decision = decided("421 4.7.28 rate limit exceeded, try again in 5 minutes", settings, "4.7.28")
    assert (decision.action, row_of(decision)["retry_after"]) == ("retry", "300")
    assert "5 minutes" in mail_about(decision)


def test_the_row_names_who_runs_the_mail(settings: Settings) -> None:
    assert row_of(decided("550 5.1.1 no such user - gsmtp", settings))["provider"] == "Google"


def test_a_reply_that_blames_the_address_tells_the_sender_nothing(settings: Settings) -> None:
    row = row_of(decided("550 5.1.1 User unknown, see https://evil.example/blocked", settings, "5.1.1"))
    assert not {"block_list", "delist_link", "sending_ip"} & row.keys()


def test_a_link_that_does_not_fit_is_left_out_rather_than_cut(settings: Settings) -> None:
    assert "delist_link" not in row_of(decided(f"{BLOCKED}/{'x' * 200}", settings))


def test_a_known_lists_own_page_is_shown_as_it_is_and_the_replys_link_is_not(settings: Settings) -> None:
    mail = mail_about(decided(BLOCKED, settings))
    assert "Delist at" in mail
    assert "https://check.spamhaus.org/" in mail
    assert "https://evil.example" not in mail


def test_a_link_that_only_the_reply_names_cannot_be_clicked(settings: Settings) -> None:
    mail = mail_about(decided(UNKNOWN_LIST, settings))
    assert "https[:]//evil[.]example/delist" in mail
    assert "https://evil.example" not in mail


def test_explain_shows_it_to_people(settings: Settings) -> None:
    out = console()
    with out.capture() as captured:
        out.print(card(Explained(decided(BLOCKED, settings), has_times=True), 100))
    assert "https://check.spamhaus.org/" in captured.get()
    assert "203.0.113.9" in captured.get()


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(1, "1 second"), (90, "90 seconds"), (300, "5 minutes"), (7200, "2 hours"), (86400, "1 day")],
)
def test_a_time_to_wait_is_shown_in_its_largest_unit(seconds: int, words: str) -> None:
    assert lines_about(Detail(retry_after=seconds)) == [("Asks to wait", words)]


def test_a_reply_that_says_nothing_of_use_adds_no_lines() -> None:
    assert lines_about(Detail()) == lines_about(replace(Detail(), retry_after=0)) == []


def test_every_page_belongs_to_a_list_that_we_recognise() -> None:
    assert PAGES.keys() <= set(_BLOCK_LISTS.values())
    assert all(page.startswith("https://") for page in PAGES.values())
