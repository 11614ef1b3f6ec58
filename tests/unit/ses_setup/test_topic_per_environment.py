"""With TopicPerEnvironment each environment gets a topic, complete before anything reports to it."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.ses_rig import DEV, DOMAIN, FEEDBACK, FOREIGN, SNS_ARN, Rig, with_keys


def test_each_environment_gets_its_topic_and_loses_it_at_the_end(rig: Rig) -> None:
    rig.per_environment()
    assert rig.apply().is_whole
    assert rig.fake.identities[DEV]["Topics"]["Bounce"] == f"{SNS_ARN}ses-feedback_feedback_dev"
    assert rig.fake.identities[DOMAIN]["Topics"]["Bounce"] == f"{SNS_ARN}ses-feedback_feedback_production"
    assert rig.changes() == []
    rig.end()
    assert sorted(rig.topics.attributes) == [FEEDBACK, FOREIGN]


def test_a_half_created_topic_is_completed(rig: Rig) -> None:
    rig.per_environment()
    rig.topics.create_topic("ses-feedback_feedback_dev")
    rig.apply()
    assert rig.topics.attributes[f"{SNS_ARN}ses-feedback_feedback_dev"]["SubscriptionsConfirmed"] == "1"


def test_nothing_reports_to_a_topic_that_could_not_be_subscribed(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    """It would take all feedback, with SES's e-mail switched off, and pass it on to nobody."""

    def refuse(**_: Any) -> None:
        raise ClientError({"Error": {"Code": "AuthorizationError", "Message": "no"}}, "Subscribe")

    rig.per_environment()
    rig.lines = with_keys('forwarding = "off"')
    monkeypatch.setattr(rig.topics, "subscribe", refuse)
    outcome = rig.apply()
    assert outcome.denied == ["sns:Subscribe"] * len(outcome.refused)
    for one in rig.fake.identities.values():
        assert (set(one["Topics"].values()) <= {""}, one["Forwarding"]) == (True, True)
    monkeypatch.undo()
    assert rig.apply().is_whole
