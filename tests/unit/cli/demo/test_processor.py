"""The template is for arm64, and the demo builds it for the processor of its host."""

import pytest
from samtranslator.yaml_helper import yaml_parse

from ses_feedback_cli.demo.stack import for_processor
from tests.samples import ROOT

TEMPLATE = (ROOT / "template.yaml").read_text(encoding="utf-8")


def processors(template: str) -> list[str]:
    """Of the functions, of the layer's build, and of those that the layer says it fits."""
    document = yaml_parse(template)
    layer = document["Resources"]["FeedbackLayer"]
    return [
        *document["Globals"]["Function"]["Architectures"],
        layer["Metadata"]["BuildArchitecture"],
        *layer["Properties"]["CompatibleArchitectures"],
    ]


def test_functions_and_layer_are_for_arm64() -> None:
    assert processors(TEMPLATE) == ["arm64"] * 3


def test_the_demo_builds_all_of_it_for_another_processor() -> None:
    assert processors(for_processor(TEMPLATE, "x86_64")) == ["x86_64"] * 3


def test_a_template_without_the_line_is_not_built_for_the_wrong_processor() -> None:
    with pytest.raises(SystemExit, match="does not have the line"):
        for_processor(TEMPLATE.replace("&processor ", ""), "x86_64")
