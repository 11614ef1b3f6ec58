"""Decisions are found by their number: no two have the same one, and the index has each."""

import re

from tests.samples import ROOT

PAGE = (ROOT / "docs" / "decisions.md").read_text(encoding="utf-8")


def test_every_decision_has_a_number_of_its_own_and_its_line_in_the_index() -> None:
    numbers = re.findall(r"^### (\d+)\. ", PAGE, re.MULTILINE)
    assert len(set(numbers)) == len(numbers)
    assert sorted(re.findall(r"^- \[(\d+)\. ", PAGE, re.MULTILINE)) == sorted(numbers)
