"""What alert mails say."""

import re
from copy import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ses_feedback.alerts.alert import alert_from
from ses_feedback.alerts.mail import summary
from ses_feedback.alerts.words import words_about
from ses_feedback.vocabulary import ACTION_OF, Effect, Kind, Reason
from tests.alerts import BLOCK, BOUNCE, COMPLAINT, FULL, Page, hostile, part, received, storm


def test_a_bounce_says_all_that_the_team_must_know() -> None:
    message = received(BOUNCE)
    for text in (part(message, "plain"), Page(part(message, "html")).text):
        for words in (
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
            assert words in text


def test_complaints_come_first_then_what_the_sender_must_fix() -> None:
    text = part(received(FULL, BOUNCE, BLOCK, COMPLAINT), "plain")
    addresses = [line[4:] for line in text.splitlines() if line.startswith("--- ")]
    assert addresses == [COMPLAINT.recipient, BLOCK.recipient, BOUNCE.recipient, FULL.recipient]


def test_advice_is_given_once_for_a_group() -> None:
    text = part(received(*[replace(COMPLAINT, event_id=str(i)) for i in range(3)]), "plain")
    assert text.count("Do not write to this person again") == 1


def test_a_mixed_group_has_advice_for_the_suppressed_and_for_the_others() -> None:
    suppressed = replace(FULL, event_id="f2", effect=Effect.SUPPRESSED)
    text = Page(part(received(FULL, suppressed), "html")).text
    assert "1 of 2 suppressed" in text
    assert "1 suppressed: Leave the address alone" in text
    assert "1 not suppressed: Nothing for now" in text


def test_an_echo_of_an_earlier_complaint_is_not_a_new_one() -> None:
    text = part(received(replace(COMPLAINT, complaint_sub_type="OnAccountSuppressionList")), "plain")
    assert "This is not a new complaint" in " ".join(text.split())


def test_a_bounce_that_ses_only_predicts_says_that_nobody_bounced() -> None:
    predicted = replace(BOUNCE, reason=Reason.SES_SUPPRESSED, bounce_sub_type="EmailValidationSuppressed")
    text = " ".join(part(received(predicted), "plain").split())
    assert "Not sent: SES predicts a bounce" in text
    assert "nobody bounced" in text


def test_a_bounce_of_somebody_who_unsubscribed_speaks_of_no_earlier_bounce() -> None:
    unsubscribed = replace(BOUNCE, reason=Reason.SES_SUPPRESSED, bounce_sub_type="UnsubscribedRecipient")
    text = " ".join(part(received(unsubscribed), "plain").split())
    assert "Not sent: the recipient unsubscribed" in text
    assert "after an earlier bounce" not in text


@pytest.mark.parametrize(
    "sub_type", ["EmailValidationSuppressed", "UnsubscribedRecipient", "OnAccountSuppressionList"]
)
def test_an_alert_reads_as_the_row_that_it_is_made_of(sub_type: str) -> None:
    row = replace(BOUNCE, reason=Reason.SES_SUPPRESSED, bounce_sub_type=sub_type)
    assert words_about(alert_from(row.to_item()), row.effect) == words_about(row, row.effect)


def test_a_reply_that_lacks_its_status_gets_it() -> None:
    assert "5.1.1 no such user" in part(received(replace(BOUNCE, diagnostic="no such user")), "plain")


@pytest.mark.parametrize("kind", [Kind.BOUNCE, Kind.DELIVERY_DELAY, Kind.REJECT, Kind.RENDERING_FAILURE])
@pytest.mark.parametrize("reason", [None, *Reason])
def test_every_kind_and_reason_that_alerts_makes_a_mail(kind: Kind, reason: Reason | None) -> None:
    alert = replace(BOUNCE, kind=kind, reason=reason, action=ACTION_OF[reason] if reason else None)
    assert BOUNCE.about in part(received(alert), "plain")


def test_absent_facts_are_shown_as_not_reported() -> None:
    text = part(received(replace(BOUNCE, subject=None, message_id=None, sender=None)), "plain")
    assert text.count("(not reported)") == 3
    assert "None" not in text


def test_one_event_delivered_twice_counts_once() -> None:
    assert received(BOUNCE, BOUNCE)["Subject"] == received(BOUNCE)["Subject"]


def test_the_text_is_wrapped_and_free_of_template_debris() -> None:
    text = part(received(FULL, BOUNCE, BLOCK, COMPLAINT), "plain")
    assert max(map(len, text.splitlines())) <= 78
    assert not re.search(r"\{[{%]|[%}]\}|\n\n\n\n", text)


def test_the_commands_ask_about_the_stream_of_the_alert_and_not_about_the_default() -> None:
    text = part(received(replace(COMPLAINT, message_stream="marketing")), "plain")
    command = f"ses-feedback check {COMPLAINT.recipient} \\ --environment {COMPLAINT.environment} --stream marketing"
    assert command in " ".join(text.split())


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
    assert message["Subject"] == "[production] 2,500 refused messages, 7,500 bounces (customer_service)"


@pytest.mark.slow
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


# --- The second channel


def test_a_summary_is_what_sns_accepts() -> None:
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
