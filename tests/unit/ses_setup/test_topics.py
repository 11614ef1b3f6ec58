"""What GetTopicAttributes says of a topic, told as whether SES's reports would arrive, and why not."""

import json
from copy import replace
from typing import Any

import pytest

from ses_feedback.ses_setup.changes import SetupAction
from ses_feedback.ses_setup.target import TopicState
from ses_feedback.ses_setup.topics import judge, topic_state
from tests.ses_rig import FEEDBACK, FOREIGN, Rig

ACCOUNT, OTHER = "111122223333", "999999999999"
TOPIC = f"arn:aws:sns:eu-central-1:{ACCOUNT}:ses-feedback-FeedbackTopic"
SES = {"Service": "ses.amazonaws.com"}
MINE = f"arn:aws:ses:eu-central-1:{ACCOUNT}:*"
THEIRS = f"arn:aws:ses:eu-central-1:{OTHER}:*"
KEY = f"arn:aws:kms:eu-central-1:{ACCOUNT}:key/0a1b2c3d-0000-4000-8000-000000000000"


def allow(when: Any = None, **changed: Any) -> dict[str, Any]:
    made = {"Effect": "Allow", "Principal": SES, "Action": "sns:Publish", "Resource": TOPIC}
    return made | ({"Condition": when} if when else {}) | changed


def deny(when: Any = None, **changed: Any) -> dict[str, Any]:
    return allow(when, **({"Effect": "Deny", "Principal": "*", "Sid": "Shut"} | changed))


def attributes(*statements: Any, **more: str) -> dict[str, str]:
    policy = json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
    return {"Policy": policy, "SubscriptionsConfirmed": "1"} | more


def without(key: str, statement: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in statement.items() if name != key}


OPEN = [
    allow(),
    without("Resource", allow()),
    allow(Resource="*"),
    allow(Resource=["arn:aws:sns:*:*:other", "arn:aws:sns:*:*:ses-feedback-*"]),
    allow(Action=["SNS:Subscribe", "SNS:Publish"]),
    allow(Action="sns:*"),
    allow(Action="SNS:Pub*"),
    without("Action", allow(NotAction="sns:DeleteTopic")),
    allow(Principal="*"),
    allow(Principal={"AWS": "*"}),
    allow(Principal={"Service": ["s3.amazonaws.com", "ses.amazonaws.com"]}),
    # SNS's own policy for a new topic
    allow({"StringEquals": {"AWS:SourceOwner": ACCOUNT}}, Principal={"AWS": "*"}, Action=["SNS:Publish"]),
    allow({"StringEquals": {"aws:SourceAccount": ACCOUNT}}),
    allow({"StringEquals": {"AWS:SOURCEACCOUNT": [OTHER, ACCOUNT]}}),
    allow({"StringLike": {"aws:SourceAccount": "11112222*"}}),
    allow({"StringEqualsIfExists": {"aws:SourceAccount": ACCOUNT}}),
    allow({"ForAnyValue:StringEquals": {"aws:SourceAccount": [ACCOUNT]}}),
    allow({"StringNotEquals": {"aws:SourceAccount": OTHER}}),
    allow({"StringEquals": {"aws:SourceAccount": ACCOUNT}, "ArnLike": {"aws:SourceArn": MINE}}),
    allow({"ArnLike": {"aws:SourceArn": "arn:aws:ses:*"}}),
    allow({"StringLike": {"AWS:SourceArn": f"arn:aws:ses:*:{ACCOUNT}:*"}}),
    allow({"ArnEquals": {"aws:SourceArn": [THEIRS, f"{MINE[:-1]}identity/example.com"]}}),
    allow({"StringEquals": {"AWS:SourceArn": f"{MINE[:-1]}identity/example.com"}}),
    allow({"Bool": {"aws:SecureTransport": "true"}}),
    allow({"Bool": {"aws:PrincipalIsAWSService": True}}),
    allow({"StringEquals": {"aws:SourceOrgID": "o-0a1b2c3d4e"}}),
    allow({"StringEquals": {"aws:SourceAccount": "${aws:PrincipalAccount}"}}),
    allow({"Null": {"aws:SourceAccount": "false"}}),
]
HARMLESS = [
    deny({"Bool": {"aws:SecureTransport": "false"}}),
    deny({"Bool": {"aws:SecureTransport": False}}, Principal={"AWS": "*"}, Action="sns:*", Resource="*"),
    deny({"BoolIfExists": {"AWS:SECURETRANSPORT": ["false"]}}),
    deny({"NumericLessThan": {"s3:TlsVersion": "1.2"}}, Principal={"AWS": f"arn:aws:iam::{ACCOUNT}:user/jane"}),
    deny(Principal={"Service": "s3.amazonaws.com"}),
    deny(Action=["sns:DeleteTopic", "sns:Subscribe"]),
    deny(Resource=f"{TOPIC}-other"),
    without("Action", deny(NotAction=["sns:Publish", "sns:GetTopicAttributes"])),
    without("Principal", deny(NotPrincipal=SES)),
    without("Resource", deny(NotResource=TOPIC)),
    deny({"StringNotEquals": {"aws:SourceAccount": [ACCOUNT, OTHER]}}),
    deny({"StringNotEqualsIfExists": {"aws:SourceAccount": ACCOUNT}}),
    deny({"ArnNotLike": {"aws:SourceArn": MINE}}),
    deny({"StringEquals": {"aws:SourceAccount": OTHER}}),
    deny({"StringNotEquals": {"aws:PrincipalOrgID": "o-1"}, "BoolIfExists": {"aws:PrincipalIsAWSService": "false"}}),
    deny({"StringNotEqualsIfExists": {"aws:PrincipalOrgID": "o-1"}, "Null": {"aws:PrincipalServiceName": "true"}}),
    deny({"StringNotEquals": {"aws:SourceOrgID": "o-1"}}),
    deny({"StringEquals": {"aws:PrincipalAccount": OTHER}}),
    deny({"DateGreaterThan": {"aws:CurrentTime": "2030-01-01T00:00:00Z"}}),
    deny({"StringEquals": {"sns:Protocol": "http"}}),
]
SHUT = [
    deny(),
    deny(Principal=SES),
    deny(Principal={"AWS": ["*"]}, Action="sns:*"),
    deny(Principal={"Service": ["ses.amazonaws.com"]}, Resource="*"),
    without("Principal", deny(NotPrincipal={"AWS": f"arn:aws:iam::{ACCOUNT}:root"})),
    without("Action", deny(NotAction="sns:Subscribe")),
    deny({"Bool": {"aws:SecureTransport": "true"}}),
    deny({"StringNotEquals": {"aws:SourceAccount": OTHER}}),
    deny({"StringNotLike": {"aws:sourceaccount": ["9*", "8*"]}}),
    deny({"ArnNotLike": {"aws:SourceArn": THEIRS}}),
    deny({"StringEquals": {"aws:SourceAccount": ACCOUNT}}),
    deny({"StringNotEquals": {"aws:PrincipalOrgID": "o-1"}}),
    deny({"StringNotEquals": {"aws:SourceVpce": "vpce-1"}}),
    deny({"NotIpAddress": {"aws:SourceIp": "10.0.0.0/8"}}),
    deny({"Bool": {"aws:PrincipalIsAWSService": "true"}}),
]
CLOSED = [
    allow(Principal={"Service": "s3.amazonaws.com"}),
    allow(Principal={"AWS": f"arn:aws:iam::{ACCOUNT}:root"}),
    without("Principal", allow(NotPrincipal=SES)),
    allow(Action="sns:Subscribe"),
    without("Action", allow(NotAction="sns:*")),
    allow(Resource=f"{TOPIC}-other"),
    allow({"StringEquals": {"aws:SourceAccount": OTHER}}),
    allow({"StringEquals": {"AWS:SourceOwner": [OTHER]}}, Principal="*"),
    allow({"StringLike": {"AWS:sourceaccount": ["9999*", "8888*"]}}),
    allow({"StringNotEquals": {"aws:SourceAccount": ACCOUNT}}),
    allow({"ArnLike": {"aws:SourceArn": THEIRS}}),
    allow({"ArnEquals": {"AWS:SourceArn": [THEIRS, f"arn:aws:ses:us-east-1:{ACCOUNT}:*"]}}),
    allow({"StringLike": {"aws:SourceArn": f"arn:aws:ses:*:{OTHER}:identity/*"}}),
    allow({"StringEquals": {"aws:SourceArn": MINE}}),
    allow({"StringEquals": {"aws:SourceAccount": ACCOUNT}, "ArnLike": {"aws:SourceArn": THEIRS}}),
    allow({"StringEquals": {"aws:PrincipalOrgID": "o-1"}}, Principal="*"),
    allow({"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}, Principal="*"),
    allow({"Null": {"aws:SourceAccount": "true"}}),
    allow({"StringEquals": {"aws:SourceVpc": "vpc-1"}}, Principal="*"),
]


@pytest.mark.parametrize("statement", OPEN, ids=json.dumps)
def test_a_statement_that_lets_ses_publish(statement: dict[str, Any]) -> None:
    assert judge(attributes(statement), TOPIC, ACCOUNT).causes == ()


@pytest.mark.parametrize("statement", HARMLESS, ids=json.dumps)
def test_a_denial_that_does_not_concern_ses(statement: dict[str, Any]) -> None:
    assert topic_state(attributes(allow(), statement), TOPIC, ACCOUNT) is TopicState.READY


@pytest.mark.parametrize("statement", SHUT, ids=json.dumps)
def test_a_denial_that_keeps_ses_out_is_named(statement: dict[str, Any]) -> None:
    seen = judge(attributes(allow(), statement), TOPIC, ACCOUNT)
    assert seen.state is TopicState.CLOSED
    assert seen.causes == ("its policy denies it to SES (statement Shut): exempt ses.amazonaws.com there",)


@pytest.mark.parametrize("statement", CLOSED, ids=json.dumps)
def test_a_policy_that_does_not_let_ses_publish(statement: dict[str, Any]) -> None:
    seen = judge(attributes(statement), TOPIC, ACCOUNT)
    assert seen.state is TopicState.CLOSED
    assert "its policy does not let SES publish" in seen.causes[0]


def test_one_statement_that_lets_ses_publish_is_enough() -> None:
    assert topic_state(attributes(*CLOSED, allow()), TOPIC, ACCOUNT) is TopicState.READY


def test_another_account_s_condition_is_named_with_what_to_allow() -> None:
    [cause] = judge(attributes(allow({"StringEquals": {"aws:SourceAccount": OTHER}})), TOPIC, ACCOUNT).causes
    assert f"for the account {ACCOUNT}, for want of aws:SourceAccount" in cause


@pytest.mark.parametrize("policy", ["", "{}", "[]", "nothing", '{"Statement": {}}', '{"Statement": ["Allow"]}'])
def test_a_policy_that_says_nothing_lets_nobody_publish(policy: str) -> None:
    assert topic_state({"Policy": policy, "SubscriptionsConfirmed": "1"}, TOPIC, ACCOUNT) is TopicState.CLOSED


@pytest.mark.parametrize("key", ["alias/aws/sns", f"arn:aws:kms:eu-central-1:{ACCOUNT}:alias/aws/sns"])
def test_ses_cannot_use_the_key_that_aws_manages(key: str) -> None:
    seen = judge(attributes(allow(), KmsMasterKeyId=key), TOPIC, ACCOUNT)
    assert (seen.state, len(seen.causes)) == (TopicState.SEALED, 1)
    assert key in seen.causes[0]


@pytest.mark.parametrize("key", [KEY, KEY.rpartition("/")[2], "alias/feedback"])
def test_a_key_of_one_s_own_may_do_and_its_policy_is_asked_for(key: str) -> None:
    seen = judge(attributes(allow(), KmsMasterKeyId=key), TOPIC, ACCOUNT)
    assert seen.state is TopicState.READY
    assert "its key policy must let ses.amazonaws.com" in seen.causes[0]


@pytest.mark.parametrize(
    ("topic", "more"), [(f"{TOPIC}.fifo", {}), (TOPIC, {"FifoTopic": "true"})], ids=["name", "attribute"]
)
def test_ses_publishes_to_no_fifo_topic(topic: str, more: dict[str, str]) -> None:
    assert topic_state(attributes(allow(Resource="*"), **more), topic, ACCOUNT) is TopicState.FIFO


def test_all_that_is_wrong_is_named_and_the_worst_is_the_state() -> None:
    wrong = attributes(deny(), FifoTopic="true", KmsMasterKeyId="alias/aws/sns", SubscriptionsConfirmed="0")
    seen = judge(wrong, TOPIC, ACCOUNT)
    words = ["FIFO", "AWS's own key", "denies it to SES", "does not let SES publish", "nothing is subscribed"]
    assert seen.state is TopicState.FIFO
    assert [word in cause for word, cause in zip(words, seen.causes, strict=True)] == [True] * 5


# --- In the plan. ------------------------------------------------------------------------------------------------


@pytest.fixture
def rig(aws: None) -> Rig:
    made = Rig()
    made.fake.verify("example.com")
    return made


def test_nothing_is_changed_while_the_topic_is_sealed(rig: Rig) -> None:
    rig.topics.add(FEEDBACK, KmsMasterKeyId="alias/aws/sns")
    assert rig.remarks(FEEDBACK)[0].startswith("problem: it is encrypted by alias/aws/sns")
    assert rig.changes() == []


def test_a_managed_key_is_recognised_by_its_id_where_it_may_be_looked_up(rig: Rig) -> None:
    rig.topics.add(FEEDBACK, KmsMasterKeyId=KEY)
    assert rig.remarks(FEEDBACK)[0].startswith(f"warning: it is encrypted by {KEY}: its key policy must")
    assert rig.changes()
    rig.keys.managed = {KEY}
    assert rig.remarks(FEEDBACK)[0].startswith(f"problem: it is encrypted by {KEY}, AWS's own key")


def test_an_environment_s_topic_that_is_sealed_is_not_said_to_be_mended_by_creating_it(rig: Rig) -> None:
    rig.per_environment()
    rig.apply()
    topic = rig.target.own_topic_of("production")
    rig.topics.attributes[topic]["KmsMasterKeyId"] = "alias/aws/sns"
    assert [remark.partition(",")[0] for remark in rig.remarks(topic)] == [
        "problem: it is encrypted by alias/aws/sns"
    ]
    assert rig.changes() == []


def test_an_environment_s_topic_gets_the_stack_s_key_when_it_is_made_and_when_the_stack_gets_one(rig: Rig) -> None:
    rig.per_environment()
    rig.apply()
    topic = rig.target.own_topic_of("production")
    assert "KmsMasterKeyId" not in rig.topics.attributes[topic]
    rig.target = replace(rig.target, key=KEY)
    assert {change.action for change in rig.changes()} == {SetupAction.CREATE_TOPIC}
    assert topic in {change.subject for change in rig.changes()}
    rig.apply()
    assert rig.topics.attributes[topic]["KmsMasterKeyId"] == KEY
    assert rig.changes() == []


def test_a_stack_without_a_key_leaves_the_one_that_somebody_gave_an_environment_s_topic(rig: Rig) -> None:
    rig.per_environment()
    rig.apply()
    rig.topics.attributes[rig.target.own_topic_of("production")]["KmsMasterKeyId"] = KEY
    assert rig.changes() == []


def test_somebody_elses_topic_that_ses_cannot_reach_is_named_beside_it(rig: Rig) -> None:
    rig.fake.identities["example.com"]["Topics"] = {"Bounce": FOREIGN}
    rig.topics.add(FOREIGN, json.dumps({"Statement": [allow(Resource="*"), deny(Resource="*")]}))
    assert f"warning: bounce topic {FOREIGN}: its policy denies it to SES (statement Shut)" in " ".join(
        rig.remarks("example.com")
    )
