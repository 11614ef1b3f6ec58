"""The template holds what template_rules.py asks of every resource, and each rule catches its fault."""

from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest

from tests.iam import template
from tests.security.option_rules import OPTION_RULES
from tests.security.template_rules import RULES, broken_rules

EVERYTHING = {
    "HttpsTopicArns": ["arn:aws:sns:eu-west-1:999999999999:theirs"],
    "Api": "jwt",
    "ApiJwtIssuer": "https://login.example.com/",
    "ApiJwtAudience": ["shop"],
    "ApiJwtWriteScope": "suppressions/write",
    "WebhookUrl": "https://app.example/ses",
    "FeedbackSns": "true",
}
DEMANDED = {
    "KeyArn": "arn:aws:kms:eu-central-1:111122223333:key/0a1b2c3d-0000-4000-8000-000000000000",
    "PermissionsBoundaryArn": "arn:aws:iam::111122223333:policy/boundary",
    "Tracing": "true",
    "HttpsAccessLogs": "true",
}
VARIANTS = {
    "as it comes": {},
    "with what a company may demand": EVERYTHING | DEMANDED,
    "with that and nothing else": DEMANDED | {"BackupEvery": "never"},
    "with every option": EVERYTHING
    | {"BackupListing": "true", "BackupLockDays": "30", "OperatorEmail": "ops@example.com"},
    "with exports for backups": {"BackupMethod": "export"},
    "with an earlier ledger": {
        "ExistingTable": "arn:aws:dynamodb:eu-central-1:111122223333:table/old/stream/2026-01-01T00:00:00.000"
    },
}


@pytest.mark.parametrize("parameters", VARIANTS.values(), ids=VARIANTS.keys())
def test_the_template_breaks_no_rule(parameters: dict[str, Any]) -> None:
    assert broken_rules(template(parameters).resources) == {}


ALONE = EVERYTHING | DEMANDED | {"FeedbackBus": "true", "BackupEvery": "never", "ConfigureSes": "plan"}


@pytest.mark.parametrize("option", ALONE)
def test_no_option_alone_breaks_a_rule(option: str) -> None:
    assert broken_rules(template({option: ALONE[option]}).resources) == {}


@pytest.mark.parametrize("option", ALONE)
def test_no_option_left_out_of_all_of_them_breaks_a_rule(option: str) -> None:
    others = {name: value for name, value in ALONE.items() if name != option}
    assert broken_rules(template(others).resources) == {}


def without(name: str, key: str) -> Callable[[Any], None]:
    return lambda resources: resources[name]["Properties"].pop(key)


def put(name: str, key: str, value: Any) -> Callable[[Any], None]:
    return lambda resources: resources[name]["Properties"].__setitem__(key, value)


def first_statement(name: str, **changed: Any) -> Callable[[Any], None]:
    return lambda resources: resources[name]["Properties"]["PolicyDocument"]["Statement"][0].update(changed)


def in_the_role(name: str, **changed: Any) -> Callable[[Any], None]:
    return lambda resources: resources[name]["Properties"]["Policies"][0]["PolicyDocument"]["Statement"][0].update(
        changed
    )


def last_statement_gone(name: str) -> Callable[[Any], None]:
    return lambda resources: resources[name]["Properties"]["PolicyDocument"]["Statement"].pop()


SOURCE_KEYS = "services_are_told_for_whom_by_keys_that_they_send"
BROKEN = [
    ("every_hop_has_dead_letters", "FeedbackSubscription", without("FeedbackSubscription", "RedrivePolicy")),
    ("every_hop_has_dead_letters", "FeedbackQueue", without("FeedbackQueue", "RedrivePolicy")),
    ("every_hop_has_dead_letters", "PublishAlertsNewRows", without("PublishAlertsNewRows", "DestinationConfig")),
    (
        "every_hop_has_dead_letters",
        "BackupSchedule",
        lambda resources: resources["BackupSchedule"]["Properties"]["Target"].pop("DeadLetterConfig"),
    ),
    ("dead_letters_outlive_their_sources", "AlertQueue", put("AlertQueue", "MessageRetentionPeriod", 1209600)),
    (
        "what_may_succeed_is_tried_ten_times",
        "AlertQueue",
        lambda resources: resources["AlertQueue"]["Properties"]["RedrivePolicy"].update(maxReceiveCount=3),
    ),
    (
        "queues_wait_six_times_as_long_as_their_function_runs",
        "FeedbackQueue",
        put("FeedbackQueue", "VisibilityTimeout", 179),
    ),
    ("queues_wait_six_times_as_long_as_their_function_runs", "FeedbackQueue", put("ProcessFeedback", "Timeout", 60)),
    (
        "batches_are_answered_record_by_record",
        "ProcessFeedbackFeedback",
        without("ProcessFeedbackFeedback", "FunctionResponseTypes"),
    ),
    (SOURCE_KEYS, "FeedbackTopicPolicy", first_statement("FeedbackTopicPolicy", Condition={})),
    (
        SOURCE_KEYS,
        "ArchiveQueuePolicy",
        first_statement("ArchiveQueuePolicy", Condition={"StringEquals": {"aws:SourceAccount": "111122223333"}}),
    ),
    (SOURCE_KEYS, "HttpsPermission", without("HttpsPermission", "SourceArn")),
    (SOURCE_KEYS, "HttpsPermission", put("HttpsPermission", "SourceAccount", "111122223333")),
    (
        SOURCE_KEYS,
        "ArchiveStreamRole",
        lambda resources: resources["ArchiveStreamRole"]["Properties"]["AssumeRolePolicyDocument"]["Statement"][
            0
        ].update(Condition={"StringEquals": {"aws:SourceAccount": "111122223333"}}),
    ),
    (
        SOURCE_KEYS,
        "AlertQueuePolicy",
        lambda resources: resources["AlertQueuePolicy"]["Properties"]["PolicyDocument"]["Statement"][0][
            "Condition"
        ].update(StringEquals={"aws:SourceAccount": "111122223333"}),
    ),
    (
        SOURCE_KEYS,
        "AlertQueuePolicy",
        first_statement("AlertQueuePolicy", Principal={"Service": "pipes.amazonaws.com"}),
    ),
    (
        SOURCE_KEYS,
        "ArchiveStreamWriterRole",
        lambda resources: resources["ArchiveStreamWriterRole"]["Properties"]["AssumeRolePolicyDocument"]["Statement"][
            0
        ].pop("Condition"),
    ),
    ("nothing_travels_in_clear", "FeedbackTopic", last_statement_gone("FeedbackTopicPolicy")),
    ("nothing_travels_in_clear", "DeadLetters", last_statement_gone("DeadLettersPolicy")),
    ("nothing_travels_in_clear", "ArchiveBucket", last_statement_gone("ArchiveBucketPolicy")),
    ("everything_rests_encrypted", "AlertQueue", put("AlertQueue", "SqsManagedSseEnabled", False)),
    ("everything_rests_encrypted", "BackupBucket", without("BackupBucket", "BucketEncryption")),
    (
        "everything_rests_encrypted",
        "ArchiveStream",
        without("ArchiveStream", "DeliveryStreamEncryptionConfigurationInput"),
    ),
    ("everything_rests_encrypted", "LedgerTable", without("LedgerTable", "SSESpecification")),
    (
        "buckets_are_private_and_own_what_they_hold",
        "ArchiveBucket",
        put("ArchiveBucket", "PublicAccessBlockConfiguration", {"BlockPublicAcls": True}),
    ),
    ("buckets_are_private_and_own_what_they_hold", "BackupBucket", without("BackupBucket", "OwnershipControls")),
    ("nothing_is_granted_wholesale", "WatchArchiveRole", in_the_role("WatchArchiveRole", Action="sqs:*")),
    ("nothing_is_granted_wholesale", "WatchArchiveRole", in_the_role("WatchArchiveRole", Resource="*")),
    (
        "nothing_is_granted_wholesale",
        "WatchArchiveRole",
        in_the_role("WatchArchiveRole", NotAction="sqs:SendMessage"),
    ),
    (
        "nothing_is_granted_wholesale",
        "RouteAlertsRole",
        put("RouteAlertsRole", "ManagedPolicyArns", ["arn:aws:iam::aws:policy/AdministratorAccess"]),
    ),
    (
        "nothing_is_granted_wholesale",
        "ConfigureIdentitiesWrites",
        first_statement("ConfigureIdentitiesWrites", Action="ses:DeleteEmailIdentity"),
    ),
    ("nothing_is_granted_wholesale", "FeedbackQueuePolicy", first_statement("FeedbackQueuePolicy", Principal="*")),
    ("logs_end", "RouteAlertsLogs", without("RouteAlertsLogs", "RetentionInDays")),
    ("logs_end", "RouteAlerts", without("RouteAlerts", "LoggingConfig")),
    *(
        ("what_falls_behind_raises_an_alarm", behind, lambda resources, alarm=alarm: resources.pop(alarm))
        for alarm, behind in {
            "PublishAlertsAgeAlarm": "PublishAlerts",
            "PublishFeedbackAgeAlarm": "PublishFeedback",
            "ArchiveFreshnessAlarm": "ArchiveStream",
            "AlertAgeAlarm": "AlertQueue",
            "FeedbackTopicAlarm": "FeedbackTopic",
            "AlertsTopicAlarm": "AlertsTopic",
            "RouteAlertsLoopAlarm": "RouteAlerts",
        }.items()
    ),
    ("one_boundary_holds_every_role", "BackUpRole", without("BackUpRole", "PermissionsBoundary")),
    ("a_trace_is_whole", "RouteAlerts", without("RouteAlerts", "TracingConfig")),
    ("a_trace_is_whole", "AlertsTopic", without("AlertsTopic", "TracingConfig")),
    (
        "a_trace_is_whole",
        "RouteAlertsRole",
        lambda resources: resources["TracesPolicy"]["Properties"]["Roles"].remove("ses-feedback-routealertsrole"),
    ),
    (
        "a_trace_is_whole",
        "AlertsTopic",
        lambda resources: resources["TracesOfTopics"]["Properties"].update(
            PolicyDocument=resources["TracesOfTopics"]["Properties"]["PolicyDocument"].replace("alertstopic", "other")
        ),
    ),
    ("one_key_keeps_everything", "OperationsTopic", without("OperationsTopic", "KmsMasterKeyId")),
    ("one_key_keeps_everything", "BackUpLogs", without("BackUpLogs", "KmsKeyId")),
    ("one_key_keeps_everything", "WebhookSecret", without("WebhookSecret", "KmsKeyId")),
    ("one_key_keeps_everything", "AlertTable", put("AlertTable", "SSESpecification", {"SSEEnabled": False})),
    ("one_key_keeps_everything", "AlertQueue", put("AlertQueue", "SqsManagedSseEnabled", True)),
    (
        "one_key_keeps_everything",
        "ArchiveStream",
        put("ArchiveStream", "DeliveryStreamEncryptionConfigurationInput", {"KeyType": "AWS_OWNED_CMK"}),
    ),
    (
        "one_key_keeps_everything",
        "BackupScheduleRole",
        lambda resources: resources["KeyPolicy"]["Properties"]["Roles"].remove("ses-feedback-backupschedulerole"),
    ),
    (
        "one_key_keeps_everything",
        "ConfigureAlarmsRole",
        lambda resources: resources["KeyPolicy"]["Properties"]["Roles"].append("ses-feedback-configurealarmsrole"),
    ),
    (
        "one_key_keeps_everything",
        "WatchArchiveRole",
        lambda resources: resources["WatchArchiveRole"]["Properties"]["Policies"][0]["PolicyDocument"][
            "Statement"
        ].pop(2),
    ),
    ("what_is_public_has_a_limit", "HttpsStage", without("HttpsStage", "DefaultRouteSettings")),
    ("what_falls_behind_raises_an_alarm", "AlertQueue", put("AlertAgeAlarm", "AlarmActions", [])),
    (
        "what_ses_publishes_to_lets_it_first",
        "ConfigurationSetToTopic",
        lambda resources: resources["ConfigurationSetToTopic"].pop("DependsOn"),
    ),
    ("what_triggers_itself_is_allowed_to", "RouteAlerts", without("RouteAlerts", "RecursiveLoop")),
    (
        "what_cannot_be_had_again_outlives_the_stack",
        "ArchiveBucket",
        lambda resources: resources["ArchiveBucket"].pop("DeletionPolicy"),
    ),
    (
        "what_cannot_be_had_again_outlives_the_stack",
        "BackupBucket",
        lambda resources: resources["BackupBucket"].update(DeletionPolicy="Retain"),
    ),
    (
        "what_cannot_be_had_again_outlives_the_stack",
        "LedgerTable",
        lambda resources: resources["LedgerTable"].update(UpdateReplacePolicy="Delete"),
    ),
]


@pytest.mark.parametrize(("rule", "name", "damage"), BROKEN)
def test_a_template_broken_in_just_that_way_is_caught(rule: str, name: str, damage: Callable[[Any], None]) -> None:
    demanded = DEMANDED if rule in {one.__name__ for one in OPTION_RULES} else {}
    resources = deepcopy(dict(template(EVERYTHING | demanded).resources))
    damage(resources)
    assert {rule: [name]} == {
        broken: [who for who, _ in faults] for broken, faults in broken_rules(resources).items()
    }


def test_every_rule_is_seen_to_catch_something() -> None:
    assert {rule.__name__ for rule in RULES} == {rule for rule, _, _ in BROKEN}
