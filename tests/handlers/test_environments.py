"""The environment variables of each function, as it declares them and as template.yaml sets them."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from typing import Any, get_args

import pytest

from ses_feedback.environment import read_environment
from tests.handlers.conftest import CloudFormation, Context, Load
from tests.resolved_template import PSEUDO, resources_of
from tests.samples import ROOT, SHIPPED
from tests.ses_rig import STACK
from tests.transform import transformed

TEMPLATE = ROOT / "template.yaml"
EVERYTHING = {
    "HttpsTopicArns": ["arn:aws:sns:eu-central-1:222233334444:other"],
    "WebhookUrl": "https://app.example/",
    "Api": "iam",
}
READ_BY_LIBRARIES = {"POWERTOOLS_METRICS_NAMESPACE", "POWERTOOLS_SERVICE_NAME", "AWS_ENDPOINT_URL"}
"""By Powertools and by boto3; Globals set them for every function."""

FUNCTIONS = {
    re.sub(r"(?<!^)([A-Z])", r"_\1", name).lower(): name
    for name, resource in resources_of(TEMPLATE, EVERYTHING).items()
    if resource["Type"] == "AWS::Lambda::Function"
}


def variables_of(function: str) -> dict[str, str]:
    """As template.yaml sets them, with every option switched on."""
    properties = resources_of(TEMPLATE, EVERYTHING)[FUNCTIONS[function]]["Properties"]
    return {name: str(value) for name, value in properties["Environment"]["Variables"].items()}


@pytest.fixture
def environment(function: Load, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The declaration of one function, which was loaded with the variables of template.yaml and no others."""
    ours = variables_of(request.param)
    for other in FUNCTIONS:
        for name in variables_of(other).keys() - ours.keys():
            monkeypatch.delenv(name, raising=False)
    for name, value in ours.items():
        monkeypatch.setenv(name, value)
    return function(request.param).Environment


every_function = pytest.mark.parametrize(
    ("function_name", "environment"), [(name, name) for name in FUNCTIONS], indirect=["environment"], ids=FUNCTIONS
)


def test_every_function_has_its_resource() -> None:
    assert {path.parent.name for path in (ROOT / "functions").glob("*/app.py")} == FUNCTIONS.keys()


@every_function
def test_a_function_declares_what_template_yaml_sets_for_it_and_nothing_else(
    function_name: str, environment: Any
) -> None:
    declared = {field.upper() for field in environment.__annotations__}
    assert declared - READ_BY_LIBRARIES == variables_of(function_name).keys() - READ_BY_LIBRARIES
    assert read_environment(environment, FUNCTIONS[function_name], variables_of(function_name))


@every_function
def test_a_declaration_names_the_resource_or_parameter_that_template_yaml_uses(
    function_name: str, environment: Any
) -> None:
    properties = transformed(TEMPLATE)["Resources"][FUNCTIONS[function_name]]["Properties"]
    for field, annotation in environment.__annotations__.items():
        sources = set(references_in(properties["Environment"]["Variables"][field.upper()]))
        named = set(re.findall(r"[A-Z][A-Za-z0-9:]+", get_args(annotation)[1]))
        assert named == (sources - PSEUDO.keys() or sources), field


def references_in(node: Any) -> Iterator[str]:
    """What an expression of the template refers to; a condition of `Fn::If` is not among it."""
    match node:
        case {"Ref": name}:
            yield name
        case {"Fn::GetAtt": [name, _]} | {"Fn::GetAtt": name}:
            yield str(name).partition(".")[0]
        case {"Fn::Sub": text}:
            own = {} if isinstance(text, str) else text[1]
            names = re.findall(r"\$\{([^}]+)\}", text if isinstance(text, str) else text[0])
            yield from (name.partition(".")[0] for name in names if name not in own)
            yield from references_in(list(own.values()))
        case {"Fn::If": [_, *values]}:
            yield from references_in(values)
        case dict():
            yield from references_in(list(node.values()))
        case list():
            for one in node:
                yield from references_in(one)


def test_a_function_without_a_variable_says_in_the_log_which_and_what_sets_it() -> None:
    path = os.pathsep.join(map(str, [ROOT / "layers" / "feedback", SHIPPED.parent, ROOT / "functions/route_alerts"]))
    variables = {"PATH": os.environ["PATH"], "PYTHONPATH": path, "AWS_DEFAULT_REGION": "eu-central-1"}
    variables |= variables_of("route_alerts") | {"ALERT_WINDOW_SECONDS": "abc", "ALERT_SENDER": ""}
    ended = subprocess.run([sys.executable, "-c", "import app"], env=variables, capture_output=True, text=True)
    assert ended.stderr.splitlines()[-1] == (
        "ses_feedback.errors.InvalidSettings: environment of RouteAlerts: ALERT_WINDOW_SECONDS is 'abc', not a whole "
        "number (template.yaml sets it from AlertWindowSeconds); ALERT_SENDER is not set, or empty (template.yaml "
        "sets it from AlertSender): deploy RouteAlerts as template.yaml declares it; `sam local invoke` takes "
        "variables by --env-vars"
    )


def test_a_custom_resource_without_a_variable_answers_which(
    function: Load, cloudformation: CloudFormation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("LEAST_SENDS")
    function("configure_alarms").handler(cloudformation.event("Create", STACK), Context())
    [answer] = cloudformation.answers
    assert answer["Status"] == "FAILED"
    assert "LEAST_SENDS is not set, or empty (template.yaml sets it from RateAlarmLeastSends)" in answer["Reason"]
    assert json.dumps(answer)
