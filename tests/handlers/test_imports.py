"""No function imports what it does not use: that is most of a cold start. Its app.py says what it imports."""

import ast
import subprocess
import sys

import pytest

from tests.samples import ROOT

CLASSIFICATION, NOTIFICATION = "ses_feedback.bounces.classification", "ses_feedback.events.notification"
HEAVY = {"pydantic", "jinja2", "cryptography", CLASSIFICATION, NOTIFICATION, "boto3.resources.factory"}

ALLOWED: dict[str, set[str]] = {
    "back_up": set(),
    "configure_alarms": {"pydantic"},
    "configure_identities": {"pydantic"},
    "post_webhook": set(),
    "process_feedback": {"pydantic", CLASSIFICATION, NOTIFICATION},
    "publish_alerts": set(),
    "publish_feedback": set(),
    "receive_feedback": {"cryptography"},
    "route_alerts": {"pydantic", "jinja2"},
    "watch_archive": {"pydantic", NOTIFICATION},
}


@pytest.mark.parametrize("function", sorted(path.name for path in (ROOT / "functions").iterdir() if path.is_dir()))
def test_a_function_loads_what_it_needs_and_no_more(function: str) -> None:
    app = ast.parse((ROOT / "functions" / function / "app.py").read_text(encoding="utf-8"))
    imports = [ast.unparse(node) for node in ast.walk(app) if isinstance(node, ast.ImportFrom | ast.Import)]
    ours = [line for line in imports if "ses_feedback" in line]
    program = "\n".join([*ours, "import sys", "print(*sys.modules)"])
    loaded = set(subprocess.check_output([sys.executable, "-c", program], text=True).split())
    assert ours
    assert loaded & HEAVY == ALLOWED[function]
