"""A dry run: the function's own module here answers what it would do, and calls and keeps nothing."""

import re
from importlib import import_module
from typing import Any

from ses_feedback.errors import Unreadable


def dead_letter(unreadable: Unreadable) -> dict[str, str]:
    """How an answer shows what the function would send to the dead letters."""
    return {"cause": unreadable.cause, "place": unreadable.place}


def dry_run(function: str, event: dict[str, Any], env: Any) -> dict[str, Any]:
    """`function`: its name in template.yaml; `env`: its typed environment, with examples for what is missing."""
    print(f"Dry run: SAM runs {function} locally and names no stack, so AWS is not called and nothing is kept.")
    module = re.sub(r"(?<!^)([A-Z])", r"_\1", function).lower()
    answer: dict[str, Any] = import_module(f"ses_feedback.local.{module}").answer(event, env)
    return {"dry_run": True} | answer
