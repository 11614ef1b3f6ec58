"""The mails that teams receive, parsed and read as their mail program would."""

import re
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ses_feedback.alert import Alert, Urgency
from ses_feedback.alert_mail import compose, summary
from ses_feedback.vocabulary import ACTION_OF, Action, Effect, Kind, Reason

NOW = datetime(2026, 11, 24, 3, 20, tzinfo=UTC)
HEADERS = {
    *("From", "To", "Subject", "Date", "Message-ID", "In-Reply-To", "References", "List-Id"),
    *("Auto-Submitted", "X-Auto-Response-Suppress", "MIME-Version", "Content-Type"),
}

BOUNCE = Alert(
    event_id="b1",
    team="customer_service",
    alert=Urgency.DIGEST,
    kind=Kind.BOUNCE,
    recipient="jo.doe@example.net",
    effect=Effect.SUPPRESSED,
    occurred_at="2026-11-24T03:19:05.123Z",
    sent_at="2026-11-24T03:18:59.000Z",
    environment="production",
    message_stream="transactional",
    matched="domain example.com",
    reason=Reason.USER_UNKNOWN,
    action=Action.SUPPRESS,
    rule="unknown-user",
    status="5.1.1",
    diagnostic="smtp; 550 5.1.1 jo.doe: no such user here",
    sender="support@example.com",
    subject="Your order has been shipped",
    message_id="0102019abcdef123-4f2e8d1c-000000",
    configuration_set="shop",
    scope="global",
)
FULL = replace(
    BOUNCE,
    event_id="f1",
    recipient="qa-inbox@example.net",
    environment="staging",
    reason=Reason.MAILBOX_FULL,
    action=Action.COUNT_SOFT,
    effect=Effect.COUNTED,
    scope=None,
)
BLOCK = replace(
    BOUNCE,
    event_id="d1",
    recipient="accounts@customer.example",
    alert=Urgency.AT_ONCE,
    reason=Reason.AUTH_FAILURE,
    action=Action.FIX_SENDER,
    effect=Effect.NONE,
    scope=None,
)
COMPLAINT = replace(
    BOUNCE,
    event_id="c1",
    recipient="maria@example.org",
    alert=Urgency.AT_ONCE,
    kind=Kind.COMPLAINT,
    reason=None,
    action=None,
    rule=None,
    status=None,
    diagnostic=None,
    complaint_feedback_type="abuse",
)
FOREIGN = ("recipient", "subject", "diagnostic", "sender", "message_id", "configuration_set", "matched", "rule")


def received(*alerts: Alert, team: str = "customer_service") -> EmailMessage:
    sent = compose(team, alerts, sender="alerts@example.com", to=["cs@example.com"], now=NOW)
    return message_from_bytes(sent.as_bytes(), policy=default)


def part(message: EmailMessage, kind: str) -> str:
    body = message.get_body((kind,))
    assert body is not None
    return str(body.get_content())


class Page(HTMLParser):
    """What a mail program sees: visible text, tags with their attributes."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: list[tuple[str, str | None]] = []
        self.text = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes += attrs

    def handle_data(self, data: str) -> None:
        self.text += data


def storm(size: int) -> list[Alert]:
    reasons = [Reason.USER_UNKNOWN, Reason.MAILBOX_FULL, Reason.REPUTATION_BLOCK, Reason.UNKNOWN]
    return [
        replace(
            BOUNCE,
            event_id=str(i),
            recipient=f"user{i}@isp{i % 7}.example",
            reason=reasons[i % 4],
            action=ACTION_OF[reasons[i % 4]],
            effect=Effect.SUPPRESSED if i % 4 == 0 else Effect.NONE,
        )
        for i in range(size)
    ]


def hostile(text: str) -> Alert:
    foreign: dict[str, Any] = dict.fromkeys(FOREIGN, text)
    return replace(COMPLAINT, complaint_feedback_type=text, **foreign)


# --- What it says


def test_a_bounce_tells_all_that_the_team_must_know() -> None:
    message = received(BOUNCE)
    for text in (part(message, "plain"), Page(part(message, "html")).text):
        for said in (
            "No such mailbox",
            "jo.doe@example.net",
            "Your order has been shipped",
            "0102019abcdef123-4f2e8d1c-000000",
            "24 Nov 2026, 03:18 UTC",
            "support@example.com",
            "production · transactional · configuration set shop",
            "550 5.1.1 jo.doe: no such user here",
            "Suppressed everywhere, for good",
            "Take the address off your lists",
            "domain example.com",
            "unknown-user",
            "ses-feedback why jo.doe@example.net",
            "ses-feedback check jo.doe@example.net",
        ):
            assert said in text


def test_complaints_come_first_then_what_the_sender_must_fix() -> None:
    text = part(received(FULL, BOUNCE, BLOCK, COMPLAINT), "plain")
    addresses = [line[4:] for line in text.splitlines() if line.startswith("--- ")]
    assert addresses == [COMPLAINT.recipient, BLOCK.recipient, BOUNCE.recipient, FULL.recipient]


def test_advice_is_given_once_for_a_group() -> None:
    text = part(received(*[replace(COMPLAINT, event_id=str(i)) for i in range(3)]), "plain")
    assert text.count("Do not write to this person again") == 1


def test_a_group_of_both_says_what_to_do_with_the_suppressed_and_with_the_others() -> None:
    suppressed = replace(FULL, event_id="f2", effect=Effect.SUPPRESSED)
    text = Page(part(received(FULL, suppressed), "html")).text
    assert "1 of 2 suppressed" in text
    assert "1 suppressed: Leave the address alone" in text
    assert "1 not suppressed: Nothing for now" in text


def test_an_echo_of_an_earlier_complaint_is_no_new_one() -> None:
    text = part(received(replace(COMPLAINT, complaint_sub_type="OnAccountSuppressionList")), "plain")
    assert "This is no new complaint" in " ".join(text.split())


def test_a_reply_that_lacks_its_status_gets_it() -> None:
    assert "5.1.1 no such user" in part(received(replace(BOUNCE, diagnostic="no such user")), "plain")


@pytest.mark.parametrize("kind", [Kind.BOUNCE, Kind.DELIVERY_DELAY, Kind.REJECT, Kind.RENDERING_FAILURE])
@pytest.mark.parametrize("reason", [None, *Reason])
def test_every_kind_and_reason_that_alerts_makes_a_mail(kind: Kind, reason: Reason | None) -> None:
    alert = replace(BOUNCE, kind=kind, reason=reason, action=ACTION_OF[reason] if reason else None)
    assert BOUNCE.recipient in part(received(alert), "plain")


def test_absent_facts_are_named_absent() -> None:
    text = part(received(replace(BOUNCE, subject=None, message_id=None, sender=None)), "plain")
    assert text.count("(not reported)") == 3
    assert "None" not in text


def test_one_event_delivered_twice_counts_once() -> None:
    assert received(BOUNCE, BOUNCE)["Subject"] == received(BOUNCE)["Subject"]


def test_the_text_is_wrapped_and_free_of_template_debris() -> None:
    text = part(received(FULL, BOUNCE, BLOCK, COMPLAINT), "plain")
    assert max(map(len, text.splitlines())) <= 78
    assert not re.search(r"\{[{%]|[%}]\}|\n\n\n\n", text)


# --- Headers


@pytest.mark.parametrize(
    ("alerts", "subject"),
    [
        ([FULL], "[staging] Mailbox full: qa-inbox@example.net"),
        ([BOUNCE, COMPLAINT], "[production] 1 complaint, 1 bounce (customer_service)"),
        ([BOUNCE, replace(BOUNCE, event_id="b2")], "[production] No such mailbox, 2 times (customer_service)"),
        (
            [FULL, BOUNCE, BLOCK, COMPLAINT],
            "[production, staging] 1 complaint, 1 refused mail, 2 bounces (customer_service)",
        ),
    ],
)
def test_the_subject_tells_what_happened_at_a_glance(alerts: list[Alert], subject: str) -> None:
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


def test_a_mail_is_seven_bit_so_that_every_server_takes_it() -> None:
    subject = "Schöne Grüße 🎉"
    sent = compose(
        "qa", [replace(BOUNCE, subject=subject)], sender="a@example.com", to=["b@example.com"], now=NOW
    ).as_bytes()
    assert sent.isascii()
    assert max(map(len, sent.splitlines())) < 998


# --- Storms


def test_a_storm_is_one_page_with_totals_and_examples() -> None:
    alerts = storm(10_000)
    message = received(*alerts)
    html, text = part(message, "html"), part(message, "plain")
    assert len(html.encode()) < 100_000
    assert text.count("\n--- ") == 4 * 5
    for total in ("2,500  Mailbox full", "1,429  isp0.example", "10,000  support@example.com (production)"):
        assert total in text
    assert text.count("And 2,495 more:") == 4
    assert message["Subject"] == "[production] 2,500 refused mails, 7,500 bounces (customer_service)"


@pytest.mark.parametrize("filler", ["<", '"', "😀", "\u202e"])
def test_a_storm_of_all_reasons_with_the_longest_texts_still_fits(filler: str) -> None:
    alerts = [
        replace(hostile(filler * 3000), kind=kind, reason=reason, event_id=f"{kind}{reason}{i}")
        for kind in (Kind.BOUNCE, Kind.DELIVERY_DELAY)
        for reason in Reason
        for i in range(8)
    ]
    message = received(*alerts)
    assert len(part(message, "html").encode()) < 100_000
    assert len(part(message, "plain").encode()) < 100_000


# --- Hostile content

EVIL = (
    "<script>alert(1)</script><img src=http://evil.example/x.png>\r\nBcc: victim@example.org\r\n\r\n"
    "<a href='https://evil.example'>Log in</a> \u202egnp.exe {{ 7*7 }} \ud800 www.evil.example"
)


def test_nothing_foreign_becomes_markup_link_or_picture() -> None:
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


# --- The second channel


def test_a_summary_is_what_sns_takes() -> None:
    subject, text = summary("qa", [replace(FULL, recipient="ü\r\nX: y" + "z" * 300), BOUNCE])
    assert subject == "[staging, production] 2 bounces (qa)"
    assert "Mailbox full" in text


@given(st.text(st.characters(), min_size=1, max_size=200))
@settings(max_examples=60, deadline=None)
def test_the_subject_of_a_summary_is_a_short_ascii_line(foreign: str) -> None:
    subject, text = summary("qa", [hostile(foreign)])
    assert subject.isascii()
    assert subject.isprintable()
    assert len(subject) < 100
    assert len(text.encode()) < 200_000


def test_the_mail_asks_about_its_own_kind_of_mail_and_not_about_the_default() -> None:
    text = part(received(replace(COMPLAINT, message_stream="marketing")), "plain")
    command = f"ses-feedback check {COMPLAINT.recipient} \\ --environment {COMPLAINT.environment} --stream marketing"
    assert command in " ".join(text.split())
