"""A custom resource answers CloudFormation even from a layer that cannot be loaded, or the stack waits an hour."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.handlers.conftest import CloudFormation
from tests.samples import ROOT, SHIPPED
from tests.ses_rig import STACK, Rig

CAUSE = "No module named 'msgspec._core'"
INVOKE = """
import json, sys, types
import app
context = types.SimpleNamespace(
    aws_request_id="request-1", log_stream_name="stream-1", get_remaining_time_in_millis=lambda: 900_000
)
app.handler(json.loads(sys.argv[1]), context)
print("powertools" if "aws_lambda_powertools" in sys.modules else "no powertools")
"""


@pytest.fixture(params=["ModuleNotFoundError", "SystemExit", "BaseException"])
def error(request: pytest.FixtureRequest) -> str:
    """What the import raises; a panic of code in Rust would be a BaseException."""
    return str(request.param)


@pytest.fixture
def broken_layer(tmp_path: Path, error: str) -> Path:
    """As when the layer was built for another processor: the compiled part of msgspec is not there."""
    package = tmp_path / "msgspec"
    package.mkdir()
    (package / "__init__.py").write_text(f"raise {error}({CAUSE!r})\n", encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize("function", ["configure_alarms", "configure_identities"])
@pytest.mark.parametrize(("kind", "status"), [("Create", "FAILED"), ("Update", "FAILED"), ("Delete", "SUCCESS")])
def test_a_layer_that_cannot_be_loaded_is_answered_with_the_cause(
    function: str, kind: str, status: str, error: str, broken_layer: Path, cloudformation: CloudFormation
) -> None:
    path = [broken_layer, ROOT / "layers" / "feedback", SHIPPED.parent, ROOT / "functions" / function]
    variables = os.environ | {
        "PYTHONPATH": os.pathsep.join(map(str, path)),
        "AWS_DEFAULT_REGION": "eu-central-1",
        "LEAST_SENDS": "100",
        **Rig().environment,
    }
    event = cloudformation.event(kind, STACK)
    command = [sys.executable, "-c", INVOKE, json.dumps(event)]
    *logged, last = subprocess.check_output(command, env=variables, text=True, timeout=60).splitlines()
    [answer] = cloudformation.answers
    assert (answer["Status"], f"{error}: {CAUSE}" in answer["Reason"]) == (status, True)
    assert last == "no powertools"
    failure: dict[str, Any] = json.loads(logged[0])
    assert failure["level"] == "ERROR"
    assert CAUSE in failure["exception"]
