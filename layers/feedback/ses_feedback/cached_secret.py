"""A secret of Secrets Manager, cached for five minutes: a change is noticed soon, and few requests are paid for."""

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient

CACHED_SECONDS = 300


class CachedSecret:
    """One secret, by its ARN or name. `clock` in seconds, as `time.monotonic`."""

    def __init__(
        self, client: "SecretsManagerClient", secret_id: str, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._client, self._secret_id, self._clock = client, secret_id, clock
        self._text, self._read_at = "", float("-inf")

    def text(self, max_age: float = CACHED_SECONDS) -> str:
        """What it holds, or held less than `max_age` seconds ago. Raises botocore's errors: try again."""
        if self._clock() - self._read_at > max_age:
            self._text = self._client.get_secret_value(SecretId=self._secret_id)["SecretString"]
            self._read_at = self._clock()
        return self._text
