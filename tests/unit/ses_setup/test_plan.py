"""SES brought in line with the settings, and put back: what is planned, changed, left alone, and said."""

from copy import deepcopy, replace
from typing import Any

import pytest

from ses_feedback.errors import NotConfirmed, OutOfTime
from tests.ses_identities import Crash
from tests.ses_rig import DEV, DOMAIN, FEEDBACK, FOREIGN, NO_SETS, OTHER_STACK, SNS_ARN, Rig, bare, with_keys

BOTH = {"Bounce": FEEDBACK, "Complaint": FEEDBACK}


def test_bounces_and_complaints_of_every_verified_identity_go_to_the_stacks_topic(rig: Rig) -> None:
    assert rig.apply().is_whole
    assert {name: one["Topics"] for name, one in rig.fake.identities.items()} == {DOMAIN: BOTH, DEV: BOTH}
    assert rig.fake.identities[DOMAIN]["Headers"] == {"Bounce": True, "Complaint": True}
    assert rig.fake.identities[DOMAIN]["Forwarding"] is True


def test_a_second_apply_changes_nothing(rig: Rig) -> None:
    rig.apply()
    rig.fake.calls.clear()
    assert rig.apply().done == []
    assert rig.fake.calls == []


def test_each_change_takes_a_second_and_reads_are_batched(rig: Rig) -> None:
    rig.apply()
    assert rig.now == len(rig.fake.calls) + len(rig.fake.reads) - 1
    assert rig.fake.reads.count("GetIdentityNotificationAttributes") == 1


def test_an_address_under_a_domain_needs_no_identity_of_its_own(rig: Rig) -> None:
    assert rig.remarks("staging@example.com") == [
        "note: is not an identity of its own: the settings of example.com apply to it"
    ]


def test_an_address_verified_by_itself_is_pointed_out(rig: Rig) -> None:
    assert "verified by itself" in rig.remarks(DEV)[0]


def test_unnamed_addresses_that_inherit_nothing_from_their_domain_are_pointed_out(rig: Rig) -> None:
    for name in ("orders", "billing", "help", "shop"):
        rig.fake.verify(f"{name}@{DOMAIN}")
    rig.fake.verify("jane@elsewhere.example")
    assert rig.remarks(DOMAIN) == [
        "note: its settings do not apply to billing@example.com, help@example.com, orders@example.com and 1"
        " more, verified by itself: name it in `addresses` if it sends"
    ]


def test_what_ses_does_not_know_is_named_with_its_place_in_the_settings(aws: None) -> None:
    [remark] = Rig().remarks(DOMAIN)
    assert remark.startswith("problem: SES in eu-central-1 knows neither it nor a domain above it (environments.prod")


@pytest.mark.parametrize("status", ["PENDING", "FAILED", "NOT_STARTED"])
def test_an_identity_that_is_not_verified_is_left_alone(rig: Rig, status: str) -> None:
    rig.fake.identities[DEV]["Status"] = status
    rig.apply()
    assert rig.fake.identities[DEV]["Topics"] == {}
    assert any(f"is not verified ({status.lower()})" in one for one in rig.remarks(DEV))


def test_deliveries_are_reported_only_if_asked_for(rig: Rig) -> None:
    rig.lines = with_keys('notifications = ["bounce", "complaint", "delivery"]', "headers = false")
    rig.apply()
    assert rig.fake.identities[DOMAIN]["Topics"] == BOTH | {"Delivery": FEEDBACK}
    assert rig.fake.identities[DOMAIN]["Headers"] == {}


def test_forwarding_ends_only_if_asked_for_and_after_the_topics_are_set(rig: Rig) -> None:
    rig.lines = with_keys('forwarding = "off"')
    assert rig.apply().is_whole
    assert rig.fake.identities[DOMAIN]["Forwarding"] is False
    assert [call.split()[0] for call in rig.fake.calls if call.endswith(f" {DOMAIN}")][-1] == (
        "SetIdentityFeedbackForwardingEnabled"
    )


def test_forwarding_stays_on_if_a_topic_cannot_be_read_back(rig: Rig) -> None:
    rig.lines = with_keys('forwarding = "off"')
    edge = rig.edge()
    [change] = [one for one in rig.changes() if one.key == "forwarding" and one.subject == DOMAIN]
    with pytest.raises(NotConfirmed):
        edge.apply(change, rig.target)
    assert rig.fake.identities[DOMAIN]["Forwarding"] is True


# --- Somebody else's values. -------------------------------------------------------------------------------------


def test_somebody_elses_topic_is_left_alone_and_named(rig: Rig) -> None:
    rig.fake.identities[DOMAIN]["Topics"] = {"Bounce": FOREIGN}
    rig.apply()
    assert rig.fake.identities[DOMAIN]["Topics"] == {"Bounce": FOREIGN, "Complaint": FEEDBACK}
    assert any(f"problem: bounce topic is {FOREIGN}: left as it is" in one for one in rig.remarks(DOMAIN))


def test_a_topic_that_was_taken_over_is_restored_at_the_end(rig: Rig) -> None:
    rig.fake.identities[DOMAIN]["Topics"] = {"Bounce": FOREIGN}
    rig.lines = with_keys("take_over = true")
    rig.apply()
    assert rig.fake.identities[DOMAIN]["Topics"] == BOTH
    rig.end()
    assert rig.fake.identities[DOMAIN]["Topics"] == {"Bounce": FOREIGN, "Complaint": ""}


@pytest.mark.parametrize("useless", [f"{SNS_ARN}deleted", FOREIGN.replace("eu-central-1", "us-east-1")])
def test_a_topic_that_is_gone_or_in_another_region_is_replaced(rig: Rig, useless: str) -> None:
    rig.fake.identities[DOMAIN]["Topics"] = {"Bounce": useless}
    assert rig.apply().is_whole
    assert rig.fake.identities[DOMAIN]["Topics"] == BOTH


def test_an_identity_of_another_live_stack_is_left_alone(rig: Rig) -> None:
    rig.fake.identities[DOMAIN]["Tags"] = {"ses-feedback:stack": OTHER_STACK}
    rig.stacks.alive.add(OTHER_STACK)
    rig.apply()
    assert rig.fake.identities[DOMAIN]["Topics"] == {}
    assert rig.remarks(DOMAIN) == ["problem: belongs to the stack other, which still exists: left alone"]


def test_an_identity_of_a_deleted_stack_is_adopted_with_the_values_that_stack_had_found(rig: Rig) -> None:
    other = Rig(rig.lines, replace(rig.target, stack=OTHER_STACK, topic=FOREIGN), rig.fake)
    other.topics.add(FOREIGN)
    other.apply()
    rig.topics.delete_topic(FOREIGN)
    assert rig.apply().is_whole
    rig.end()
    assert rig.fake.identities[DOMAIN]["Topics"] == {"Bounce": "", "Complaint": ""}


def test_two_live_stacks_do_not_fight_over_one_domain(rig: Rig) -> None:
    other = Rig(rig.lines, replace(rig.target, stack=OTHER_STACK, topic=FOREIGN), rig.fake)
    rig.stacks.alive = other.stacks.alive = {OTHER_STACK, rig.target.stack}
    rig.apply()
    first = deepcopy(rig.fake.identities)
    other.apply()
    other.end()
    assert rig.fake.identities == first


# --- The end of a stack, and of a part of the settings. ---------------------------------------------------------


def test_deleting_the_stack_restores_what_was_found(rig: Rig) -> None:
    found = deepcopy(rig.fake.identities)
    rig.lines = with_keys('forwarding = "off"')
    rig.apply()
    assert rig.end().is_whole
    assert standing(rig) == {name: bare(one) for name, one in found.items()}


def test_deleting_the_stack_leaves_what_somebody_set_since(rig: Rig) -> None:
    rig.apply()
    rig.fake.identities[DOMAIN]["Topics"]["Bounce"] = FOREIGN
    rig.end()
    assert rig.fake.identities[DOMAIN]["Topics"]["Bounce"] == FOREIGN
    assert rig.fake.identities[DOMAIN]["Tags"] == {}


def test_an_identity_set_by_hand_to_the_stacks_topic_does_not_keep_it_after_the_end(rig: Rig) -> None:
    rig.fake.verify("elsewhere.example", Topics=dict(BOTH), Forwarding=False)
    assert rig.remarks("elsewhere.example")[0].startswith("note: points at this stack")
    rig.end()
    assert bare(rig.fake.identities["elsewhere.example"])["Topics"] == {}
    assert rig.fake.identities["elsewhere.example"]["Forwarding"] is True


def test_an_identity_removed_from_the_settings_is_restored(rig: Rig) -> None:
    rig.fake.verify("qa.example")
    rig.lines = with_keys("[environments.extra]", 'domains = ["qa.example"]')
    rig.apply()
    rig.lines = NO_SETS
    rig.apply()
    assert bare(rig.fake.identities["qa.example"])["Topics"] == {}
    assert rig.fake.identities["qa.example"]["Tags"] == {}


def test_a_notification_removed_from_the_settings_is_restored(rig: Rig) -> None:
    rig.apply()
    rig.lines = with_keys('notifications = ["bounce"]')
    rig.apply()
    assert bare(rig.fake.identities[DOMAIN])["Topics"] == {"Bounce": FEEDBACK}


# --- What goes wrong. ---------------------------------------------------------------------------------------------


def test_a_crash_after_any_call_is_finished_by_a_second_apply_and_can_still_be_restored(aws: None) -> None:
    whole = crashing_rig()
    found = standing(whole)
    whole.apply()
    for number in range(len(whole.fake.calls)):
        rig = crashing_rig()
        rig.fake.crash_after = number
        with pytest.raises(Crash):
            rig.apply()
        rig.fake.crash_after = None
        rig.apply()
        assert rig.fake.identities == whole.fake.identities
        rig.end()
        assert standing(rig) == found


def crashing_rig() -> Rig:
    rig = Rig(with_keys('forwarding = "off"', "take_over = true"))
    rig.fake.verify(DOMAIN, Topics={"Bounce": FOREIGN, "Complaint": FOREIGN})
    return rig


def test_throttling_is_waited_for(rig: Rig) -> None:
    rig.fake.throttled = {"SetIdentityNotificationTopic": 3}
    assert rig.apply().is_whole
    assert rig.now > len(rig.fake.calls) + len(rig.fake.reads)


def test_a_missing_permission_is_named_and_the_rest_of_that_identity_waits(rig: Rig) -> None:
    rig.fake.denied = {"SetIdentityHeadersInNotificationsEnabled"}
    outcome = rig.apply()
    assert outcome.denied == ["ses:SetIdentityHeadersInNotificationsEnabled"] * 2
    assert {change.subject for change, _ in outcome.refused} == {DOMAIN, DEV}
    rig.fake.denied = set()
    assert rig.apply().is_whole
    assert rig.changes() == []


def test_what_time_does_not_allow_is_left_to_another_run(rig: Rig) -> None:
    outcome = rig.apply(deadline=10)
    assert (len(outcome.done) > 0, len(outcome.left) > 0, outcome.refused) == (True, True, [])
    assert rig.apply().is_whole
    assert rig.changes() == []


def test_nothing_is_changed_if_ses_is_in_another_region(rig: Rig) -> None:
    rig.target = replace(rig.target, stack=rig.target.stack.replace("eu-central-1", "us-east-1"))
    assert rig.changes() == []
    assert "is in us-east-1, but SES was asked in eu-central-1" in rig.remarks(FEEDBACK)[0]


def test_nothing_is_changed_while_the_topic_does_not_let_ses_publish(rig: Rig) -> None:
    rig.topics.add(FEEDBACK, policy="{}")
    assert "does not let SES publish" in rig.remarks(FEEDBACK)[0]
    assert rig.changes() == []


def test_a_topic_without_subscriptions_is_named(rig: Rig) -> None:
    rig.topics.add(FEEDBACK, subscriptions="0")
    assert "nothing is subscribed" in rig.remarks(FEEDBACK)[0]


def test_a_topic_too_long_to_be_remembered_is_not_taken_over(rig: Rig) -> None:
    long = SNS_ARN + "x" * 250
    rig.topics.add(long)
    rig.fake.identities[DOMAIN]["Topics"] = {"Bounce": long}
    rig.lines = with_keys("take_over = true")
    rig.apply()
    assert rig.fake.identities[DOMAIN]["Topics"] == {"Bounce": long}
    assert any("cannot be remembered" in one for one in rig.remarks(DOMAIN))


def test_a_slow_sns_leaves_time_for_the_answer_too(rig: Rig) -> None:
    """Topics are asked for without SES's pace; a call to each of many must not use up the function's time."""
    asked: list[str] = []

    def slowly(TopicArn: str) -> dict[str, Any]:  # noqa: N803
        asked.append(TopicArn)
        rig.now += 60
        return {"Attributes": rig.topics.attributes[FEEDBACK]}

    rig.topics.get_topic_attributes = slowly  # type: ignore[method-assign]
    rig.target = replace(rig.target, per_environment=True)
    with pytest.raises(OutOfTime):
        rig.apply(deadline=50)
    assert len(asked) == 1


def standing(rig: Rig) -> dict[str, Any]:
    return {name: bare(one) for name, one in rig.fake.identities.items()}
