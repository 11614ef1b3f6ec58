"""Moves what version 0.1 filed under another spelling of an address to its key: restored there, then deleted here."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from ses_feedback.aws_errors import condition_failed
from ses_feedback.backup.restoring import LedgerRestore
from ses_feedback.ledger.items import key_of
from ses_feedback.settings.file import Settings

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_VERSIONS = ("rev", "rank", "replayed")
"""What changes with every write: of a state or an entry, and of an event's row."""


class AddressMove:
    """Moves addresses of one table. A move may be repeated, and continued after an interruption: nothing is deleted
    before it is in its new place, and the state goes last.
    """

    def __init__(self, client: "DynamoDBClient", table: str, settings: Settings) -> None:
        self._client, self._table = client, table
        self._restore = LedgerRestore(client, table, settings)

    def move(self, former: str) -> bool:
        """Moves what is filed under a former key; False if something was written there meanwhile, which stays for
        the next run. Raises botocore's errors.
        """
        items = self._items(former)
        kept = [item for item in items if not item["sk"]["S"].startswith("S#")]  # the index follows from the state
        if kept:
            self._restore.restore(kept)
        return all(self._delete(item) for item in sorted(items, key=lambda item: item["sk"]["S"] == "STATE"))

    def _items(self, former: str) -> list[Mapping[str, Any]]:
        pages = self._client.get_paginator("query").paginate(
            TableName=self._table,
            KeyConditionExpression="pk = :pk",
            ExpressionAttributeValues={":pk": {"S": key_of(former)}},
            ConsistentRead=True,
        )
        return [item for page in pages for item in page["Items"]]

    def _delete(self, item: Mapping[str, Any]) -> bool:
        """Deletes an item unless it was written since it was read."""
        known = [name for name in _VERSIONS if name in item]
        unchanged = [f"#{n} = :{n}" if n in known else f"attribute_not_exists(#{n})" for n in _VERSIONS]
        condition: dict[str, Any] = {
            "ConditionExpression": " AND ".join(unchanged),
            "ExpressionAttributeNames": {f"#{name}": name for name in _VERSIONS},
        }
        if known:
            condition["ExpressionAttributeValues"] = {f":{name}": item[name] for name in known}
        try:
            self._client.delete_item(TableName=self._table, Key={"pk": item["pk"], "sk": item["sk"]}, **condition)
        except ClientError as error:
            if not condition_failed(error):
                raise
            return False
        return True
