"""No function imports what it does not use, since that is most of a cold start; app.py says what it does."""

import ast
import subprocess
import sys
from collections.abc import Iterable

import pytest

from tests.samples import ROOT

CLASSIFICATION, NOTIFICATION = "ses_feedback.bounces.classification", "ses_feedback.events.notification"
HEAVY = {"pydantic", "jinja2", "cryptography", CLASSIFICATION, NOTIFICATION, "boto3"}

ALLOWED: dict[str, set[str]] = {
    "answer_requests": {"pydantic", CLASSIFICATION},
    "back_up": set(),
    "configure_alarms": set(),
    "configure_identities": set(),
    "post_webhook": set(),
    "process_feedback": {CLASSIFICATION, NOTIFICATION},
    "publish_alerts": set(),
    "publish_feedback": set(),
    "receive_feedback": {"cryptography"},
    "route_alerts": set(),
    "watch_archive": {NOTIFICATION},
}


def imports_in(nodes: Iterable[ast.AST]) -> list[str]:
    return [ast.unparse(node) for node in nodes if isinstance(node, ast.ImportFrom | ast.Import)]


def app_of(function: str) -> ast.Module:
    return ast.parse((ROOT / "functions" / function / "app.py").read_text(encoding="utf-8"))


def loaded_by(imports: Iterable[str]) -> set[str]:
    """The modules of a fresh process after these imports."""
    program = "\n".join([*imports, "import sys", "print(*sys.modules)"])
    return set(subprocess.check_output([sys.executable, "-c", program], text=True).split())


@pytest.mark.parametrize("function", sorted(path.name for path in (ROOT / "functions").iterdir() if path.is_dir()))
def test_a_function_loads_what_it_needs_and_no_more(function: str) -> None:
    imports = [line for line in imports_in(ast.walk(app_of(function))) if "mypy_boto3" not in line]  # types alone
    assert [line for line in imports if "ses_feedback" in line]
    assert loaded_by(imports) & HEAVY == ALLOWED[function]


@pytest.mark.parametrize("function", ["configure_alarms", "configure_identities"])
def test_a_custom_resource_loads_only_the_standard_library_before_it_is_called(function: str) -> None:
    imports = imports_in(app_of(function).body)
    ours = {line.split()[1] for line in imports if "ses_feedback" in line}
    packages = {module.partition(".")[0] for module in loaded_by(imports) - loaded_by([])}
    assert ours == {f"ses_feedback.{name}" for name in ("custom_resource", "entry", "environment")}
    assert packages - sys.stdlib_module_names == {"ses_feedback"}


@pytest.mark.parametrize("function", sorted(ALLOWED))
def test_a_handler_is_a_table_of_contents(function: str) -> None:
    assert len((ROOT / "functions" / function / "app.py").read_text(encoding="utf-8").splitlines()) <= 40
