"""What the ledger knows of the events of a batch already: asked for once, so that a copy costs no write."""

from collections.abc import Iterable
from itertools import batched
from typing import TYPE_CHECKING

from ses_feedback.attribute_values import Row, plain
from ses_feedback.decision.decide import Decision
from ses_feedback.ledger.items import address_in, key
from ses_feedback.ledger.states import MOST_KEYS

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import KeysAndAttributesTypeDef

type Name = tuple[str, str]
"""The name of an item: its address and its sort key."""

type Known = dict[Name, Row]
"""Items by their names, as far as they were there, with the attributes of `READ` only."""

READ = ("rank", "environment", "message_stream", "reason", "effect", "replayed", "copy")
"""What is read of a row, beside its key: `ProcessFeedbackRole` in the template may read nothing else."""


def read_known(client: "DynamoDBClient", table: str, names: Iterable[Name]) -> Known:
    """The items that are there, in consistent reads of a hundred. Raises botocore's errors.

    What DynamoDB leaves out, because it is busy, is left out here too: an event that is not known is written, and
    the conditions of the writes find out.
    """
    known: Known = {}
    read = {f"#{number}": name for number, name in enumerate(("pk", "sk", *READ))}
    for batch in batched(dict.fromkeys(names), MOST_KEYS, strict=False):
        wanted: KeysAndAttributesTypeDef = {
            "Keys": [key(*name) for name in batch],
            "ProjectionExpression": ",".join(read),
            "ExpressionAttributeNames": read,
            "ConsistentRead": True,
        }
        answer = client.batch_get_item(RequestItems={table: wanted})
        for item in answer["Responses"].get(table, []):
            known[address_in(item), item["sk"]["S"]] = plain(item)
    return known


def known_by(decision: Decision) -> Row:
    """What would be read of the row of a new event: a batch may hold the same one once more."""
    route = decision.route
    said = {"reason": decision.reason} if decision.reason else {}
    whose = {"rank": route.rank, "environment": route.environment, "message_stream": route.message_stream}
    return whose | said | {"effect": decision.effect}


def is_copy(decision: Decision, row: Row) -> bool:
    """Whether an event's row says all that the decision does: recorded, for the same sender, by a copy that knew as
    much about whose mail it was.

    A row is written last, so the evidence of whoever wrote it is merged. Another place or reason is other evidence,
    which must be merged as well, so that the order of copies does not matter. Rows of replays have yet to notify
    somebody, and one that is filed under the final address of a forwarded mail merged nothing there.
    """
    if "replayed" in row or "copy" in row:
        return False
    route = decision.route
    whose = (route.environment, route.message_stream, decision.reason)
    return whose == tuple(map(row.get, ("environment", "message_stream", "reason"))) and route.rank <= row["rank"]
