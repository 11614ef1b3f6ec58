"""Where back_up would put a backup."""

from datetime import UTC, datetime
from typing import Any

from ses_feedback.backup.format import MANIFEST, new_folder, part_name


def answer(_event: dict[str, Any], env: Any) -> dict[str, Any]:
    """With the method `export`, DynamoDB itself chooses the names."""
    if env.backup_method == "export":
        return {"would_export": env.table_arn, "to": f"s3://{env.backup_bucket}/"}
    folder = f"s3://{env.backup_bucket}/{new_folder(env.table_name, datetime.now(UTC), 'unique')}"
    return {"would_read": env.table_name, "would_write": [f"{folder}/{name}" for name in (part_name(0), MANIFEST)]}
