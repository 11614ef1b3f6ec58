"""Configuration sets from the settings: created, pointed at the stack, and left alone where they are another's."""

from copy import deepcopy
from typing import Any

import pytest

from ses_feedback.ses_setup.changes import Weight
from tests.ses_identities import Refusal
from tests.ses_rig import FEEDBACK, FOREIGN, OTHER_STACK, SNS_ARN, STACK, Rig

PRODUCTION, MARKETING, DOMAIN = "ses-feedback-production", "ses-feedback-marketing", "example.com"
OURS = {"ses-feedback:stack": STACK}
ALL_FOUR = '[ses]\nevent_destinations = ["sns", "firehose", "eventbridge", "cloudwatch"]\n'
AS_DEFAULT = (
    '[environments.shop]\ndomains = ["shop.example"]\ndefault_configuration_set = "ses-feedback-production"\n'
)


@pytest.fixture
def rig(aws: None) -> Rig:
    return Rig("")


def destination(rig: Rig, name: str, kind: str) -> dict[str, object]:
    found: dict[str, object] = rig.fake.sets[name]["Destinations"][f"ses-feedback-{kind}"]
    return found


def test_every_set_of_the_settings_is_created_once_and_marked(rig: Rig) -> None:
    assert rig.apply().is_whole
    names = ["ses-feedback-dev", MARKETING, PRODUCTION, "ses-feedback-staging"]
    assert sorted(rig.fake.sets) == names
    assert [rig.fake.sets[name]["Tags"] for name in names] == [OURS] * 4
    assert rig.changes() == []


def test_a_set_reports_to_the_topic_and_the_archive(rig: Rig) -> None:
    rig.apply()
    assert destination(rig, PRODUCTION, "sns")["SnsDestination"] == {"TopicArn": FEEDBACK}
    stream = {"IamRoleArn": "arn:role", "DeliveryStreamArn": "arn:stream"}
    assert destination(rig, PRODUCTION, "firehose")["KinesisFirehoseDestination"] == stream


def test_no_set_asks_for_opens_and_clicks(rig: Rig) -> None:
    rig.lines = ALL_FOUR
    rig.apply()
    asked = {
        t for one in rig.fake.sets.values() for d in one["Destinations"].values() for t in d["MatchingEventTypes"]
    }
    assert "BOUNCE" in asked
    assert not asked & {"OPEN", "CLICK"}


def test_cloudwatch_counts_by_environment_and_stream_also_without_tags(rig: Rig) -> None:
    rig.lines = ALL_FOUR
    rig.apply()
    found = destination(rig, MARKETING, "cloudwatch")["CloudWatchDestination"]
    assert isinstance(found, dict)
    told = {d["DimensionName"]: d["DefaultDimensionValue"] for d in found["DimensionConfigurations"]}
    assert told == {"environment": "production", "message_stream": "marketing"}


def test_eventbridge_is_the_default_bus(rig: Rig) -> None:
    rig.lines = ALL_FOUR
    rig.apply()
    bus = destination(rig, PRODUCTION, "eventbridge")["EventBridgeDestination"]
    assert bus == {"EventBusArn": "arn:aws:events:eu-central-1:111122223333:event-bus/default"}


def test_each_environments_sets_report_to_its_topic(rig: Rig) -> None:
    rig.per_environment()
    rig.apply()
    topic = {"TopicArn": f"{SNS_ARN}ses-feedback_feedback_staging"}
    assert destination(rig, "ses-feedback-staging", "sns")["SnsDestination"] == topic


def test_a_destination_that_was_changed_is_set_again_and_one_too_many_is_deleted(rig: Rig) -> None:
    rig.lines = ALL_FOUR
    rig.apply()
    whole = deepcopy(rig.fake.sets)
    destination(rig, PRODUCTION, "sns")["Enabled"] = False
    assert [(one.action, one.key) for one in rig.changes()] == [("put event destination", "ses-feedback-sns")]
    rig.apply()
    assert rig.fake.sets == whole
    rig.lines = '[ses]\nevent_destinations = ["sns"]\n'
    rig.apply()
    assert {len(one["Destinations"]) for one in rig.fake.sets.values()} == {1}


def test_a_set_that_somebody_else_made_is_left_alone_and_named(rig: Rig) -> None:
    rig.fake.sets[PRODUCTION] = {"Tags": {}, "Destinations": {}}
    rig.apply()
    assert rig.fake.sets[PRODUCTION] == {"Tags": {}, "Destinations": {}}
    assert "not this stack's: left alone" in rig.remarks(PRODUCTION)[0]


def test_a_set_of_another_live_stack_is_left_alone_and_one_of_a_dead_stack_is_taken(rig: Rig) -> None:
    rig.fake.sets[PRODUCTION] = {"Tags": {"ses-feedback:stack": OTHER_STACK}, "Destinations": {}}
    rig.stacks.alive.add(OTHER_STACK)
    assert rig.remarks(PRODUCTION) == ["problem: belongs to the stack other, which still exists: left alone"]
    rig.stacks.alive.remove(OTHER_STACK)
    rig.apply()
    assert rig.fake.sets[PRODUCTION]["Tags"] == OURS


def test_the_end_of_the_stack_empties_its_sets_and_keeps_them(rig: Rig) -> None:
    rig.apply()
    rig.end()
    assert {name: one["Destinations"] for name, one in rig.fake.sets.items()} == {name: {} for name in rig.fake.sets}
    assert PRODUCTION in rig.fake.sets


def test_the_end_of_the_stack_deletes_its_sets_if_asked_to_and_no_others(rig: Rig) -> None:
    rig.fake.sets[MARKETING] = {"Tags": {}, "Destinations": {}}
    rig.lines = "[ses]\ndelete_configuration_sets = true\n"
    rig.apply()
    rig.end()
    assert sorted(rig.fake.sets) == [MARKETING]


def test_a_set_that_is_the_default_of_somebody_elses_identity_is_not_deleted(rig: Rig) -> None:
    rig.lines = "[ses]\ndelete_configuration_sets = true\n"
    rig.apply()
    rig.fake.verify("other.example", Default=PRODUCTION, Topics={"Bounce": FEEDBACK})
    rig.end()
    assert sorted(rig.fake.sets) == [PRODUCTION]


# --- Default sets. ------------------------------------------------------------------------------------------------


def test_a_default_set_is_created_before_it_is_set_and_unset_before_it_is_deleted(rig: Rig) -> None:
    rig.fake.verify("shop.example")
    rig.lines = "[ses]\ndelete_configuration_sets = true\n" + AS_DEFAULT
    assert rig.apply().is_whole
    assert rig.fake.identities["shop.example"]["Default"] == PRODUCTION
    assert rig.end().is_whole
    assert (rig.fake.identities["shop.example"]["Default"], rig.fake.sets) == (None, {})


def test_a_default_set_that_will_not_exist_is_a_problem(rig: Rig) -> None:
    rig.fake.verify("shop.example")
    rig.lines = AS_DEFAULT.replace(PRODUCTION, "nowhere")
    rig.apply()
    assert rig.fake.identities["shop.example"]["Default"] is None
    assert "problem: the configuration set nowhere, its default, does not exist" in rig.remarks("shop.example")


def test_another_default_set_is_replaced_only_if_the_settings_say_so_and_then_restored(rig: Rig) -> None:
    rig.fake.verify("shop.example", Default="theirs")
    rig.fake.sets["theirs"] = {"Tags": {}, "Destinations": {}}
    rig.lines = AS_DEFAULT
    rig.apply()
    assert rig.fake.identities["shop.example"]["Default"] == "theirs"
    rig.lines = "[ses]\ntake_over = true\n" + AS_DEFAULT
    rig.apply()
    assert rig.fake.identities["shop.example"]["Default"] == PRODUCTION
    rig.end()
    assert rig.fake.identities["shop.example"]["Default"] == "theirs"


@pytest.mark.parametrize(("notifications", "warned"), [('["bounce"]', True), ("[]", False)])
def test_two_live_paths_of_one_identity_cause_a_warning(rig: Rig, notifications: str, warned: bool) -> None:
    rig.fake.verify("shop.example")
    rig.lines = f"[ses]\nnotifications = {notifications}\n" + AS_DEFAULT
    assert any("counted once, but paid for twice" in one for one in rig.remarks("shop.example")) is warned
    rig.apply()
    assert any("counted once, but paid for twice" in one for one in rig.remarks("shop.example")) is warned


def test_a_foreign_default_set_that_reports_here_causes_a_warning(rig: Rig) -> None:
    sns = {"Enabled": True, "MatchingEventTypes": ["BOUNCE"], "SnsDestination": {"TopicArn": FEEDBACK}}
    rig.fake.sets[PRODUCTION] = {"Tags": {}, "Destinations": {"their-own": sns}}
    rig.fake.verify(DOMAIN, Default=PRODUCTION)
    assert any("counted once, but paid for twice" in one for one in rig.remarks(DOMAIN))
    sns["SnsDestination"] = {"TopicArn": FOREIGN}
    assert not any("paid for twice" in one for one in rig.remarks(DOMAIN))


NEW_ROLE = Refusal("BadRequestException", "Could not assume IAM role <arn:role>.")
DENIED = Refusal("AccessDeniedException", "not authorized to perform ses:CreateConfigurationSetEventDestination")
PUT = "CreateConfigurationSetEventDestination"


def test_a_role_that_ses_cannot_assume_yet_is_waited_for(rig: Rig) -> None:
    rig.fake.not_yet[PUT] = [NEW_ROLE] * 4
    assert rig.apply().is_whole
    assert rig.fake.not_yet[PUT] == []


def test_a_role_that_ses_can_never_assume_is_reported(rig: Rig) -> None:
    rig.fake.not_yet[PUT] = [NEW_ROLE] * 100
    assert "Could not assume IAM role <arn:role>" in rig.apply().refused[0][1]


def test_a_set_whose_tag_is_not_known_to_iam_yet_is_tried_for_ten_seconds(rig: Rig) -> None:
    rig.fake.not_yet[PUT] = [DENIED] * 2
    assert rig.apply().is_whole


def test_a_permission_that_is_missing_is_reported_within_half_a_minute(rig: Rig) -> None:
    rig.fake.denied = {PUT}
    assert set(rig.apply().denied) == {f"ses:{PUT}"}
    assert rig.now < 30 * len(rig.fake.sets)


def test_a_denial_about_a_set_that_was_not_tagged_just_now_is_not_retried(rig: Rig) -> None:
    rig.apply()
    rig.fake.sets[PRODUCTION]["Destinations"].clear()
    rig.fake.not_yet[PUT] = [DENIED] * 2
    assert [why for _, why in rig.apply().refused] == [
        f"access denied: the permission ses:{PUT} is missing (not authorized to perform ses:{PUT})"
    ]
    assert rig.fake.not_yet[PUT] == [DENIED]


# --- Which suppression list SES asks -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "weight", "words"),
    [
        ({"SuppressedReasons": []}, Weight.WARNING, "no suppression list"),
        (
            {"SuppressedReasons": ["BOUNCE"], "SuppressionScope": "TENANT"},
            Weight.NOTE,
            "tenant that sends, for",
        ),
        ({"SuppressionScope": "ACCOUNT"}, Weight.NOTE, "the account's list, whatever"),
        ({"SuppressedReasons": ["BOUNCE", "COMPLAINT"]}, Weight.NOTE, "account's, for BOUNCE and COMPLAINT"),
    ],
)
def test_a_set_that_decides_which_list_is_asked_says_so(
    options: dict[str, Any], weight: Weight, words: str, rig: Rig
) -> None:
    rig.apply()
    rig.fake.sets[PRODUCTION]["Suppression"] = options
    [remark] = rig.remarks(PRODUCTION)
    assert remark.startswith(weight)
    assert words in remark


def test_a_set_that_leaves_it_to_the_tenant_and_the_account_says_nothing(rig: Rig) -> None:
    rig.apply()
    assert rig.remarks(PRODUCTION) == []
