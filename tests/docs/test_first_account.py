"""What the pages tell somebody with an account to type names outputs that the stack has, and files that are there."""

import re

import pytest
from samtranslator.yaml_helper import yaml_parse

from tests.docs.pages import Block, blocks, pages
from tests.samples import ROOT

PAGE = ROOT / "docs" / "first-account.md"
OUTPUTS = set(yaml_parse((ROOT / "template.yaml").read_text(encoding="utf-8"))["Outputs"])
COMMANDS = [block for page in pages() for block in blocks(page, "sh", "console")]


@pytest.mark.parametrize("block", COMMANDS, ids=str)
def test_a_command_names_only_outputs_that_the_stack_has(block: Block) -> None:
    assert set(re.findall(r"<([A-Z]\w+)>", block.text)) <= OUTPUTS


@pytest.mark.parametrize("block", COMMANDS, ids=str)
def test_a_command_names_only_sample_events_that_are_there(block: Block) -> None:
    named = re.findall(r"\bevents/[\w./-]+\.\w+", block.text)
    assert [name for name in named if not (ROOT / name).exists()] == []


def test_the_page_has_ten_checks_each_with_what_to_expect() -> None:
    _, *checks = re.split(r"^## ", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert [check.partition(". ")[0] for check in checks] == [str(number) for number in range(1, 11)]
    assert [check for check in checks if not re.search(r"\bExpect\b", check)] == []
