"""The headers of alert mails, and hostile text that must stay text."""

import re
from collections.abc import Iterable
from copy import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ses_feedback.alerts.alert import Alert
from ses_feedback.alerts.mail import compose
from tests.alerts import BLOCK, BOUNCE, COMPLAINT, FULL, NOW, Page, hostile, part, received

pytestmark = pytest.mark.slow

HEADERS = {
    *("From", "To", "Subject", "Date", "Message-ID", "In-Reply-To", "References", "List-Id"),
    *("Auto-Submitted", "X-Auto-Response-Suppress", "MIME-Version", "Content-Type"),
}


@pytest.mark.parametrize(
    ("alerts", "subject"),
    [
        ([FULL], "[staging] Mailbox full: qa-inbox@example.net"),
        ([BOUNCE, COMPLAINT], "[production] 1 complaint, 1 bounce (customer_service)"),
        ([BOUNCE, replace(BOUNCE, event_id="b2")], "[production] No such mailbox, 2 times (customer_service)"),
        (
            [FULL, BOUNCE, BLOCK, COMPLAINT],
            "[production, staging] 1 complaint, 1 refused message, 2 bounces (customer_service)",
        ),
    ],
)
def test_the_subject_says_what_happened_at_a_glance(alerts: list[Alert], subject: str) -> None:
    assert received(*alerts)["Subject"] == subject


def test_headers_keep_automatic_replies_away() -> None:
    message = received(BOUNCE)
    assert set(message.keys()) == HEADERS
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["X-Auto-Response-Suppress"] == "All"
    assert message["From"] == "SES Feedback <alerts@example.com>"
    assert message["List-Id"] == ("SES Feedback <customer_service.ses-feedback.example.com>")


def test_mails_of_a_team_and_a_day_are_one_thread() -> None:
    one, other, foreign = received(BOUNCE), received(FULL), received(BOUNCE, team="qa")
    assert one["References"] == other["References"] == one["In-Reply-To"]
    assert one["Message-ID"] != other["Message-ID"]
    assert one["References"] == "<customer_service.2026-11-24@ses-feedback.example.com>"
    assert foreign["References"] != one["References"]


def test_ids_of_long_domains_stay_whole() -> None:
    domain = ".".join(["a-long-name"] * 9)
    sent = compose("qa", [BOUNCE], sender=f"alerts@{domain}", to=["b@example.com"], now=NOW).as_bytes()
    assert f"References: <qa.2026-11-24@ses-feedback.{domain}>\r\n".encode() in sent
    assert f"List-Id: SES Feedback <qa.ses-feedback.{domain}>\r\n".encode() in sent


def test_the_same_alerts_make_the_same_message_id_in_any_order() -> None:
    assert received(BOUNCE, FULL)["Message-ID"] == received(FULL, BOUNCE, FULL)["Message-ID"]


def test_a_mail_is_seven_bit_so_that_every_server_accepts_it() -> None:
    subject = "Schöne Grüße 🎉"
    sent = compose(
        "qa", [replace(BOUNCE, subject=subject)], sender="a@example.com", to=["b@example.com"], now=NOW
    ).as_bytes()
    assert sent.isascii()
    assert max(map(len, sent.splitlines())) < 998


# --- Hostile content

EVIL = (
    "<script>alert(1)</script><img src=http://evil.example/x.png>\r\nBcc: victim@example.org\r\n\r\n"
    "<a href='https://evil.example'>Log in</a> \u202egnp.exe {{ 7*7 }} \ud800 www.evil.example"
)


def test_nothing_from_outside_becomes_markup_a_link_or_a_picture() -> None:
    page = Page(part(received(hostile(EVIL)), "html"))
    assert "<script>alert(1)</script>" in page.text
    assert page.tags.isdisjoint({"script", "img", "a", "link", "iframe", "object", "form", "base", "i"})
    assert {name for name, _ in page.attributes}.isdisjoint({"href", "src", "background", "onerror"})
    assert not re.search(r"https?://|www\.|url\(", page.text)
    assert "{{ 7*7 }}" in page.text


def test_long_replies_are_cut_with_an_ellipsis() -> None:
    text = part(received(replace(BOUNCE, diagnostic="x" * 10_000)), "plain")
    assert 500 < text.count("x") < 700
    assert "…" in text


def test_an_address_cannot_smuggle_a_command_into_the_one_to_paste() -> None:
    text = part(received(replace(BOUNCE, recipient="$(reboot)@evil.example")), "plain")
    assert "ses-feedback why '$(reboot)@evil.example'" in text


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.text(st.characters() | st.sampled_from("\r\n<>&\"'{}%:\u202e"), min_size=1, max_size=120))
def test_whatever_an_event_says_the_headers_are_ours_and_the_rest_is_text(foreign: str) -> None:
    message, harmless = received(hostile(foreign)), received(hostile("harmless"))
    assert sorted(message.keys()) == sorted(HEADERS)
    assert len(str(message["Subject"])) <= 120
    page, usual = Page(part(message, "html")), Page(part(harmless, "html"))
    assert page.tags <= usual.tags | {"wbr"}
    assert set(names(page)) <= set(names(usual))
    assert sorted(part.get_content_type() for part in message.walk()) == [
        "multipart/alternative",
        "text/html",
        "text/plain",
    ]


def names(page: Page) -> Iterable[str]:
    return (name for name, _ in page.attributes)
