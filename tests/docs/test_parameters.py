"""The tables of parameters say what template.yaml says."""

from pathlib import Path
from typing import Any

import pytest
from samtranslator.yaml_helper import yaml_parse

from tests.docs.pages import blocks, pages, tables
from tests.samples import ROOT

PARAMETERS: dict[str, dict[str, Any]] = yaml_parse((ROOT / "template.yaml").read_text(encoding="utf-8"))["Parameters"]


def default_in_words(name: str) -> str:
    parameter = PARAMETERS[name]
    return (
        "required"
        if "Default" not in parameter
        else f"`{parameter['Default']}`"
        if parameter["Default"] != ""
        else "none"
    )


def documented(page: Path) -> list[tuple[str, str]]:
    """Name and default, as each row of the page's tables of parameters has them."""
    found = []
    for head, *rows in tables(page):
        if head[:2] == ["parameter", "default"]:
            found += [(row[0].strip("`"), row[1]) for row in rows]
    return found


def test_the_page_of_parameters_has_all_of_them_with_their_defaults() -> None:
    expected = sorted((name, default_in_words(name)) for name in PARAMETERS)
    assert sorted(documented(ROOT / "docs" / "parameters.md")) == expected


@pytest.mark.parametrize("page", pages(), ids=lambda page: str(page.relative_to(ROOT)))
def test_no_page_gives_a_default_that_the_template_does_not_have(page: Path) -> None:
    assert [(name, default) for name, default in documented(page) if default != default_in_words(name)] == []


def test_no_page_changes_a_parameter_by_an_override_which_the_next_deployment_undoes() -> None:
    commands = [block for page in pages() for block in blocks(page, "sh", "console", "bash", "shell")]
    assert [str(block) for block in commands if "--parameter-overrides" in block.text] == []
