"""Who must know, and how soon."""

from copy import replace
from datetime import timedelta
from typing import Any

import pytest

from ses_feedback.decision.decide import Decision, decide
from ses_feedback.decision.urgency import urgency
from ses_feedback.events.sender import ENVELOPE, FROM, Sender
from ses_feedback.settings.file import Settings
from ses_feedback.vocabulary import Urgency
from tests.samples import NOW, feedback_in, load

SENDER = "alerts@example.com"
OURS = (Sender("boss@example.net", FROM), Sender(SENDER, ENVELOPE))
BOUNCE = load("story/04_production_hard_bounce.json")


def decided(event: Any, settings: Settings, **changes: Any) -> Decision:
    return decide(replace(feedback_in(event)[0], **changes), settings)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("story/04_production_hard_bounce", Urgency.DIGEST),
        ("story/02_staging_soft_bounce", Urgency.DIGEST),
        ("story/05_production_complaint", Urgency.AT_ONCE),
        ("ses/complaint_several_recipients", Urgency.AT_ONCE),
        ("ses/complaint_not_spam", Urgency.DIGEST),
        ("ses/complaint_account_suppression_list", Urgency.DIGEST),
        ("story/07_production_dmarc_rejection", Urgency.AT_ONCE),
        ("story/09_production_reputation_block", Urgency.AT_ONCE),
        ("ses/event_reject", Urgency.AT_ONCE),
        ("ses/event_rendering_failure", Urgency.AT_ONCE),
        ("story/08_production_out_of_office", None),
        ("story/06_production_delivery", None),
        ("ses/event_send", None),
        ("ses/event_open", None),
        ("ses/event_subscription", None),
    ],
)
def test_each_report_is_as_urgent_as_it_is(name: str, expected: Urgency | None, settings: Settings) -> None:
    assert urgency(decided(load(f"{name}.json"), settings), NOW, SENDER) is expected


def test_what_is_older_than_a_day_alerts_nobody(settings: Settings) -> None:
    decision = decided(BOUNCE, settings)
    assert urgency(decision, NOW + timedelta(hours=23), SENDER) is Urgency.DIGEST
    assert urgency(decision, NOW + timedelta(hours=24), SENDER) is None


def test_feedback_on_our_own_alerts_alerts_nobody(settings: Settings) -> None:
    assert urgency(decided(BOUNCE, settings, senders=OURS), NOW, SENDER) is None


def test_feedback_without_a_recipient_alerts_nobody(settings: Settings) -> None:
    decision = decided(load("ses/event_reject.json"), settings, recipient=None)
    assert urgency(decision, NOW, SENDER) is None


def test_our_own_alert_alerts_nobody_however_the_template_writes_its_sender(settings: Settings) -> None:
    assert urgency(decided(BOUNCE, settings, senders=OURS), NOW, "Alerts@Example.COM") is None
