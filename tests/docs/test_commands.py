"""What the pages tell a reader to type works, or the page itself says why it is not tried here.

A block of commands (`sh`, or `console` with what it prints) runs, unless the comment above it says otherwise:
`<!-- not run: needs AWS -->` with a reason, `<!-- runs in: .ci/run -->` with the file that runs it. After a change of
a command's words, `make pictures` renews what the `console` blocks show.
"""

import doctest
import subprocess
from pathlib import Path

import pytest

from tests.docs.commands import renewed, run
from tests.docs.pages import Block, blocks, pages
from tests.samples import ROOT

SHELL = [block for page in pages() for block in blocks(page, "sh", "console", "bash", "shell")]
TRIED = [block for block in SHELL if not block.marker]
ELSEWHERE = [block for block in SHELL if block.marker and block.marker[0] == "runs in"]
PYTHON = [block for page in pages() for block in blocks(page, "python") if ">>>" in block.text]


def fails(block: Block) -> str:
    """What is wrong with the block, or nothing."""
    try:
        printed = renewed(block) if block.language == "console" else run(block.text)
    except subprocess.CalledProcessError as error:
        return f"{error.returncode}: {error.stdout}"
    return f"prints\n{printed}" if block.language == "console" and printed != block.text else ""


@pytest.mark.parametrize("block", TRIED, ids=str)
def test_the_commands_of_a_page_run_and_print_what_it_shows(block: Block) -> None:
    assert fails(block) == ""


@pytest.mark.parametrize("block", ELSEWHERE, ids=str)
def test_a_block_that_runs_elsewhere_is_there(block: Block) -> None:
    assert block.marker
    runs = (ROOT / block.marker[1]).read_text(encoding="utf-8")
    assert [line for line in block.text.splitlines() if line.partition("#")[0].strip() not in runs] == []


@pytest.mark.parametrize("block", PYTHON, ids=str)
def test_the_python_of_a_page_answers_what_it_shows(block: Block) -> None:
    example = doctest.DocTestParser().get_doctest(block.text, {}, str(block), None, 0)
    assert doctest.DocTestRunner().run(example).failed == 0


@pytest.mark.parametrize(
    "wrong",
    ["```sh\nses-feedback no-such-command\n```", "```sh\nfalse\ntrue\n```", "```console\n$ echo one\ntwo\n```"]
    + ["```console\n$ echo one\none\n$ false\n```", "<!-- needs AWS -->\n```sh\nfalse\n```"],
)
def test_a_wrong_block_is_found(wrong: str, tmp_path: Path) -> None:
    (tmp_path / "page.md").write_text(f"# One\n\n{wrong}\n")
    [block] = blocks(tmp_path / "page.md", "sh", "console")
    assert not block.marker
    assert fails(block)


def test_a_block_that_is_not_run_gives_its_reason(tmp_path: Path) -> None:
    (tmp_path / "page.md").write_text("<!-- not run: needs AWS -->\n```sh\nfalse\n```\n")
    assert [block.marker for block in blocks(tmp_path / "page.md", "sh")] == [("not run", "needs AWS")]


def test_the_excerpt_of_the_demo_is_in_its_log() -> None:
    [excerpt] = blocks(ROOT / "README.md", "text")
    [log] = blocks(ROOT / "docs" / "demo.md", "text")
    assert set(excerpt.text.splitlines()) <= set(log.text.splitlines())
