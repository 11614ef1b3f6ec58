"""The bucket of backups: who writes there can neither read nor destroy, whatever else its role is given one day."""

import json
import re
from collections.abc import Mapping
from typing import Any

import pytest

from tests.iam import ROOT, Stack, evaluate, template
from tests.resolved_template import ACCOUNT

NEW = {"s3:if-none-match": "*", "s3:ObjectCreationOperation": "true"}
OVERWRITING = {"s3:ObjectCreationOperation": "true"}
PLAIN_HTTP = NEW | {"aws:SecureTransport": "false"}
FORBIDDEN = [
    ("s3:PutObject", OVERWRITING),
    ("s3:PutObject", PLAIN_HTTP),
    ("s3:GetObject", {}),
    ("s3:GetObjectVersion", {}),
    ("s3:GetObjectAttributes", {}),
    ("s3:GetObjectAcl", {}),
    ("s3:DeleteObject", {}),
    ("s3:DeleteObjectVersion", {}),
    ("s3:PutObjectAcl", {}),
    ("s3:PutObjectVersionAcl", {}),
    ("s3:PutObjectTagging", {}),
    ("s3:PutObjectRetention", {}),
    ("s3:PutObjectLegalHold", {}),
    ("s3:BypassGovernanceRetention", {}),
    ("s3:RestoreObject", {}),
    ("s3:AbortMultipartUpload", {}),
]
FORBIDDEN_ON_THE_BUCKET = [
    "s3:ListBucketVersions",
    "s3:ListBucketMultipartUploads",
    "s3:DeleteBucket",
    "s3:PutBucketPolicy",
    "s3:DeleteBucketPolicy",
    "s3:PutBucketAcl",
    "s3:PutBucketVersioning",
    "s3:PutLifecycleConfiguration",
    "s3:PutBucketObjectLockConfiguration",
    "s3:PutEncryptionConfiguration",
    "s3:PutBucketPublicAccessBlock",
    "s3:PutBucketOwnershipControls",
    "s3:PutReplicationConfiguration",
]
LISTING = ("s3:ListBucket", "s3:GetBucketLocation")
EVERYTHING = {
    "name": "all",
    "policy": {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]},
}


@pytest.fixture(scope="module", params=["false", "true"], ids=["without listing", "with listing"])
def stack(request: pytest.FixtureRequest) -> Stack:
    return template({"BackupListing": request.param})


def key_in(stack: Stack) -> str:
    return f"{stack.arn('BackupBucket')}/ledger/2026/11/24/part-00000.jsonl.gz"


def test_the_writer_may_put_new_objects(stack: Stack) -> None:
    assert stack.allowed("BackUpRole", "s3:PutObject", key_in(stack), NEW)


@pytest.mark.parametrize(("action", "context"), FORBIDDEN, ids=lambda value: str(value))
def test_the_writer_may_do_nothing_else_with_an_object(stack: Stack, action: str, context: Mapping[str, str]) -> None:
    assert not stack.allowed("BackUpRole", action, key_in(stack), context)


@pytest.mark.parametrize("action", FORBIDDEN_ON_THE_BUCKET)
def test_the_writer_may_change_nothing_about_the_bucket(stack: Stack, action: str) -> None:
    assert not stack.allowed("BackUpRole", action, stack.arn("BackupBucket"))


@pytest.mark.parametrize("action", LISTING)
@pytest.mark.parametrize("listing", ["true", "false"])
def test_the_writer_may_list_and_locate_only_where_a_parameter_asks(action: str, listing: str) -> None:
    stack = template({"BackupListing": listing})
    assert stack.allowed("BackUpRole", action, stack.arn("BackupBucket")) is (listing == "true")


@pytest.mark.parametrize(("action", "context"), FORBIDDEN, ids=lambda value: str(value))
def test_the_bucket_refuses_the_writer_even_if_its_role_were_given_everything(
    stack: Stack, action: str, context: Mapping[str, str]
) -> None:
    key = key_in(stack)
    principal = f"arn:aws:sts::{ACCOUNT}:assumed-role/BackUpRole/session"
    assert not evaluate(principal, [EVERYTHING], stack.resource_policy(key), action, key, context)


@pytest.mark.parametrize("sid", ["OnlyOverTls", "NothingIsOverwritten", "WriterOnlyWrites"])
def test_without_any_one_of_its_statements_the_bucket_would_let_the_writer_do_more(stack: Stack, sid: str) -> None:
    key, principal = key_in(stack), f"arn:aws:sts::{ACCOUNT}:assumed-role/BackUpRole/session"
    statements = (stack.resource_policy(key) or {})["Statement"]
    policy = {"Version": "2012-10-17", "Statement": [one for one in statements if one["Sid"] != sid]}
    assert len(policy["Statement"]) == 2
    assert any(evaluate(principal, [EVERYTHING], policy, action, key, context) for action, context in FORBIDDEN)


@pytest.mark.parametrize(("context", "may"), [(NEW, True), (OVERWRITING, False), (PLAIN_HTTP, False)])
def test_nobody_else_overwrites_either(stack: Stack, context: Mapping[str, str], may: bool) -> None:
    key, principal = key_in(stack), f"arn:aws:iam::{ACCOUNT}:user/administrator"
    assert evaluate(principal, [EVERYTHING], stack.resource_policy(key), "s3:PutObject", key, context) is may


def test_another_role_may_restore(stack: Stack) -> None:
    key, principal = key_in(stack), f"arn:aws:iam::{ACCOUNT}:user/administrator"
    assert evaluate(principal, [EVERYTHING], stack.resource_policy(key), "s3:GetObject", key)


@pytest.mark.parametrize(
    ("action", "may"),
    [
        ("s3:PutObject", True),
        ("s3:PutObjectAcl", True),
        ("s3:AbortMultipartUpload", True),
        ("s3:GetObject", False),
        ("s3:DeleteObject", False),
        ("s3:DeleteObjectVersion", False),
        ("s3:PutObjectRetention", False),
    ],
)
def test_an_export_by_dynamodb_may_put_and_set_acls_in_a_separate_bucket(action: str, may: bool) -> None:
    stack = template({"BackupMethod": "export"})
    assert stack.allowed("BackUpRole", action, f"{stack.arn('ExportBucket')}/ledger/data") is may


def test_the_writer_reads_the_ledger_and_never_writes_it(stack: Stack) -> None:
    table = stack.arn("LedgerTable")
    assert stack.allowed("BackUpRole", "dynamodb:Scan", table)
    for action in ("PutItem", "UpdateItem", "DeleteItem", "DeleteTable", "ExportTableToPointInTime"):
        assert not stack.allowed("BackUpRole", f"dynamodb:{action}", table)


KEY = f"arn:aws:kms:eu-central-1:{ACCOUNT}:key/0a1b2c3d"


@pytest.mark.parametrize(
    ("action", "via", "may"),
    [
        ("kms:GenerateDataKey", "s3.eu-central-1.amazonaws.com", True),
        ("kms:GenerateDataKey", "dynamodb.eu-central-1.amazonaws.com", False),
        ("kms:Decrypt", "s3.eu-central-1.amazonaws.com", False),
    ],
)
def test_with_the_customers_key_the_writer_encrypts_but_cannot_decrypt(action: str, via: str, may: bool) -> None:
    stack = template({"BackupKeyArn": KEY})
    policy = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": "kms:*", "Resource": "*"}],
    }
    principal = f"arn:aws:sts::{ACCOUNT}:assumed-role/BackUpRole/session"
    context = {"kms:ViaService": via}
    assert evaluate(principal, stack.role_policies("BackUpRole"), policy, action, KEY, context) is may


def test_without_backups_there_is_neither_bucket_nor_function() -> None:
    resources = template({"BackupEvery": "never"}).resources
    assert not [name for name in resources if name.startswith(("Backup", "BackUp", "Export"))]


@pytest.mark.parametrize("bucket", ["BackupBucket", "ExportBucket"])
def test_the_backup_bucket_is_private_versioned_encrypted_and_outlives_the_stack(bucket: str) -> None:
    stack = template({"BackupMethod": "export" if bucket == "ExportBucket" else "parts"})
    properties = stack.resources[bucket]["Properties"]
    assert stack.resources[bucket]["DeletionPolicy"] == "RetainExceptOnCreate"
    assert stack.resources[bucket]["UpdateReplacePolicy"] == "Retain"
    assert properties["VersioningConfiguration"] == {"Status": "Enabled"}
    assert properties["OwnershipControls"] == {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}
    assert set(properties["PublicAccessBlockConfiguration"].values()) == {True}
    assert encryption(properties) == {"SSEAlgorithm": "AES256"}
    assert "ObjectLockConfiguration" not in properties


def test_a_key_and_a_lock_are_set_by_parameters() -> None:
    parameters = {"BackupKeyArn": KEY, "BackupLockDays": 30, "BackupLockMode": "COMPLIANCE"}
    properties = template(parameters).resources["BackupBucket"]["Properties"]
    assert encryption(properties) == {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": KEY}
    retention = properties["ObjectLockConfiguration"]["Rule"]["DefaultRetention"]
    assert (properties["ObjectLockEnabled"], retention) == (True, {"Mode": "COMPLIANCE", "Days": 30})


def encryption(properties: Mapping[str, Any]) -> Any:
    [rule] = properties["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    return rule["ServerSideEncryptionByDefault"]


def pasted(which: int) -> Any:
    """A policy as docs/backups.md gives it."""
    blocks = re.findall(r"```json\n(.*?)```", (ROOT / "docs" / "backups.md").read_text(encoding="utf-8"), re.DOTALL)
    return json.loads(blocks[which])


USER, OWN = f"arn:aws:iam::{ACCOUNT}:user/backup-writer", "arn:aws:s3:::example-backups"


@pytest.mark.parametrize("which", [0, 1], ids=["without listing", "with listing"])
def test_the_policy_to_paste_lets_its_user_put_and_nobody_overwrite(which: int) -> None:
    policy, key = pasted(which), f"{OWN}/2026-11-24/dump.gz"
    assert evaluate(USER, [], policy, "s3:PutObject", key, NEW)
    assert not evaluate(f"arn:aws:iam::{ACCOUNT}:user/other", [EVERYTHING], policy, "s3:PutObject", key, OVERWRITING)
    assert evaluate(f"arn:aws:iam::{ACCOUNT}:user/other", [EVERYTHING], policy, "s3:GetObject", key)


@pytest.mark.parametrize("identity", [[], [EVERYTHING]], ids=["alone", "with every permission"])
@pytest.mark.parametrize(("action", "context"), FORBIDDEN, ids=lambda value: str(value))
@pytest.mark.parametrize("which", [0, 1], ids=["without listing", "with listing"])
def test_the_policy_to_paste_denies_its_user_everything_else(
    which: int, action: str, context: Mapping[str, str], identity: list[dict[str, Any]]
) -> None:
    assert not evaluate(USER, identity, pasted(which), action, f"{OWN}/2026-11-24/dump.gz", context)


@pytest.mark.parametrize("action", FORBIDDEN_ON_THE_BUCKET)
@pytest.mark.parametrize("which", [0, 1], ids=["without listing", "with listing"])
def test_the_policy_to_paste_keeps_its_user_from_the_bucket_itself(which: int, action: str) -> None:
    assert not evaluate(USER, [EVERYTHING], pasted(which), action, OWN)


@pytest.mark.parametrize("action", LISTING)
def test_only_the_second_policy_to_paste_lets_its_user_list(action: str) -> None:
    assert [evaluate(USER, [EVERYTHING], pasted(which), action, OWN) for which in (0, 1)] == [False, True]
    assert evaluate(USER, [], pasted(1), action, OWN)


def test_the_first_backup_starts_after_all_that_can_fail_so_that_a_rollback_finds_an_empty_bucket() -> None:
    resources = template().resources
    custom = {name for name, one in resources.items() if one["Type"].startswith("Custom::")}
    assert custom == set(resources["BackupSchedule"]["DependsOn"])
