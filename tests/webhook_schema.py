"""The schema of what the application is told, from its source: `python -m tests.webhook_schema` writes it anew."""

import json
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from ses_feedback.webhook.event import ApplicationEvent

FILE = Path(__file__).parent.parent / "docs" / "webhook.schema.json"


def schema() -> dict[str, Any]:
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "Feedback for an application"}
    return head | {
        name: value for name, value in TypeAdapter(ApplicationEvent).json_schema().items() if name != "title"
    }


if __name__ == "__main__":
    FILE.write_text(json.dumps(schema(), indent=2) + "\n", encoding="utf-8")
    print(f"Written: {FILE}")
