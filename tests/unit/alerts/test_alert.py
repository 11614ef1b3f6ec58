"""An alert is the row of an event; anything else in the queue is unreadable."""

from copy import replace
from typing import Any

import pytest

from ses_feedback.alerts.alert import LEFT_OUT, alert_from
from ses_feedback.decision.decide import decide
from ses_feedback.errors import Unreadable
from ses_feedback.event_row import NAMES
from ses_feedback.ledger.rows import event_row
from ses_feedback.settings.file import Settings
from ses_feedback.vocabulary import Effect, Kind, Urgency
from tests.samples import load, one

BOUNCE = one(load("story/04_production_hard_bounce.json"))


def test_an_alert_says_what_its_row_says(settings: Settings) -> None:
    row = event_row(replace(decide(BOUNCE, settings), effect=Effect.COUNTED), Urgency.DIGEST, 730)
    alert = alert_from(row.to_item())
    assert (alert.kind, alert.effect, alert.alert) == (Kind.BOUNCE, Effect.COUNTED, Urgency.DIGEST)
    assert (alert.recipient, alert.team) == ("oliver.hayes@example.net", "customer_service")
    assert alert.to_item() == {name: value for name, value in row.to_item().items() if name not in LEFT_OUT}


@pytest.mark.parametrize("row", [{}, {"kind": "bounce"}, {"kind": "teleport"}, {"alert": "sometime"}, {"kind": []}])
def test_what_is_not_an_alert_is_unreadable(row: dict[str, Any]) -> None:
    with pytest.raises(Unreadable):
        alert_from(row)


def test_a_row_that_alerts_nobody_is_not_an_alert(settings: Settings) -> None:
    with pytest.raises(Unreadable, match="lacks alert"):
        alert_from(event_row(decide(BOUNCE, settings), None, 730).to_item())


@pytest.mark.parametrize("field", [name for name in NAMES if name not in LEFT_OUT])
@pytest.mark.parametrize("value", [5, ["x"], {"x": 1}, True])
def test_a_field_that_is_not_a_text_is_unreadable(field: str, value: Any, settings: Settings) -> None:
    item = event_row(decide(BOUNCE, settings), Urgency.DIGEST, 730).to_item()
    with pytest.raises(Unreadable):
        alert_from(item | {field: value})


@pytest.mark.parametrize("field", LEFT_OUT)
def test_what_no_mail_shows_is_not_carried_along(field: str, settings: Settings) -> None:
    item = event_row(decide(BOUNCE, settings), Urgency.DIGEST, 730).to_item()
    assert getattr(alert_from(item | {field: "whatever"}), field) is None
