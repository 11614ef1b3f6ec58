"""A secret is read once in five minutes, and then again."""

from typing import TYPE_CHECKING

import boto3
import pytest

from ses_feedback.cached_secret import CACHED_SECONDS, CachedSecret
from tests.conftest import REGION

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient


@pytest.fixture
def secrets(aws: None) -> "SecretsManagerClient":
    client = boto3.client("secretsmanager", region_name=REGION)
    client.create_secret(Name="key", SecretString="old")
    return client


@pytest.mark.parametrize(
    ("seconds", "text"), [(CACHED_SECONDS, "old"), (CACHED_SECONDS + 1, "new")], ids=["still", "anew"]
)
def test_a_changed_secret_is_used_after_five_minutes(
    secrets: "SecretsManagerClient", seconds: int, text: str
) -> None:
    now = [1000.0]
    secret = CachedSecret(secrets, "key", clock=lambda: now[0])
    assert secret.text() == "old"
    secrets.put_secret_value(SecretId="key", SecretString="new")
    now[0] += seconds
    assert secret.text() == text


def test_a_secret_that_could_not_be_read_is_requested_again(secrets: "SecretsManagerClient") -> None:
    secret = CachedSecret(secrets, "later")
    with pytest.raises(secrets.exceptions.ResourceNotFoundException):
        secret.text()
    secrets.create_secret(Name="later", SecretString="there")
    assert secret.text() == "there"
