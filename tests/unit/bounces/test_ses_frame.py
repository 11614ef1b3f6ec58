"""SES writes words of its own around a server's reply; only the reply is judged."""

import pytest

from ses_feedback.bounces.classification import BounceReport, built_in_classifier
from ses_feedback.vocabulary import Reason


@pytest.mark.parametrize(
    ("diagnostic", "reason"),
    [
        ("smtp; 5.1.0 - Unknown address error 550-'User unknown' (delivery attempts: 0)", Reason.USER_UNKNOWN),
        (
            "smtp; 5.1.0 - Unknown address error 550-'5.7.1 Blocked by policy' (delivery attempts: 0)",
            Reason.POLICY_BLOCK,
        ),
        (
            "smtp; 5.3.0 - Other mail system problem 552-'5.2.2 mailbox full' (delivery attempts: 3)",
            Reason.MAILBOX_FULL,
        ),
        ("smtp; 5.3.0 - Other mail system problem 550-'5.1.1 no such user' (delivery att", Reason.USER_UNKNOWN),
    ],
)
def test_the_servers_reply_decides_and_not_the_words_around_it(diagnostic: str, reason: Reason) -> None:
    report = BounceReport("5.0.0", diagnostic, None, "failed", "Permanent", "General")
    assert built_in_classifier().classify(report).reason is reason
