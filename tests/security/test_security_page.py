"""SECURITY.md names the tests that prove it, and counts as they do."""

import re

import pytest

from tests.samples import ROOT
from tests.security.test_permissions import ROWS

PAGE = (ROOT / "SECURITY.md").read_text(encoding="utf-8")
NAMED = sorted(set(re.findall(r"`((?:tests/)?[\w/]*test_\w+\.py)`", PAGE)))


@pytest.mark.parametrize("name", NAMED)
def test_every_test_that_the_page_names_exists(name: str) -> None:
    path = ROOT / name if "/" in name else ROOT / "tests" / "security" / name
    assert "def test_" in path.read_text(encoding="utf-8")


def test_the_page_names_every_test_of_this_folder_and_their_number() -> None:
    here = {path.name for path in (ROOT / "tests" / "security").glob("test_*.py")} - {"test_security_page.py"}
    assert here <= set(NAMED)
    assert f"{len(ROWS)} expectations" in PAGE
