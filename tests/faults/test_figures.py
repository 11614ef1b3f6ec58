"""docs/reliability.md says what was measured, what was not, and nothing else."""

from pathlib import Path
from typing import Any

import pytest

from tests.faults.figures import append, forget, rows_in, write_page
from tests.faults.parts import PARTS
from tests.faults.torture import main, outcome_of
from tests.runs import Run, run_pytest
from tests.samples import ROOT

FIGURE = {
    "part": "poison",
    "promise": "poison",
    "where": "deployed",
    "figure": "100 of 10,000",
    "test": "test_storms.py",
}
OUTCOME: dict[str, Any] = {
    **{"part": "poison", "outcome": "passed", "cause": "", "seconds": 99, "date": "2026-11-24", "seed": 7},
    **{"sizes": {"POISON_EVENTS": 10_000}, "machine": "a machine", "load": 0.1},
}


@pytest.fixture
def measured(tmp_path: Path) -> Path:
    for row in (FIGURE, OUTCOME):
        append(row, tmp_path / "torture.jsonl")
    return tmp_path / "torture.jsonl"


def page_of(measured: Path) -> list[str]:
    page = measured.with_name("reliability.md")
    write_page(measured, page)
    return page.read_text(encoding="utf-8").splitlines()


def line_of(part: str, measured: Path) -> str:
    [line] = [line for line in page_of(measured) if line.startswith(f"| {part} | {PARTS[part].what}")]
    return line


def test_the_page_has_a_line_for_each_figure(measured: Path) -> None:
    assert "| poison | poison | deployed | 100 of 10,000 | `test_storms.py` |" in page_of(measured)


def test_a_part_that_passed_has_its_time_sizes_seed_and_date(measured: Path) -> None:
    line = line_of("poison", measured)
    assert all(f"| {cell} |" in line for cell in ("passed", "99 s", "POISON_EVENTS 10,000", "7", "2026-11-24"))
    assert "- a machine: poison at a load of 0.1" in page_of(measured)


def test_a_part_that_was_not_run_is_on_the_page_and_among_the_shortfalls(measured: Path) -> None:
    assert "**not run**" in line_of("storm", measured)
    assert any(line.startswith("- The part storm: not run.") for line in page_of(measured))


def test_a_part_that_did_not_finish_is_on_the_page_with_its_cause(measured: Path) -> None:
    append(OUTCOME | {"part": "storm", "outcome": "not finished", "cause": "25 minutes | over"}, measured)
    assert "**not finished**: 25 minutes \\| over" in line_of("storm", measured)
    assert any(line.startswith("- The part storm: not finished.") for line in page_of(measured))


def test_a_part_that_runs_again_replaces_its_lines_only(measured: Path) -> None:
    append(FIGURE | {"part": "storm"}, measured)
    forget("poison", measured)
    assert rows_in(measured) == [FIGURE | {"part": "storm"}]


def test_an_outcome_is_replaced_without_its_figures(measured: Path) -> None:
    forget("poison", measured, figures=False)
    assert rows_in(measured) == [FIGURE]


def test_a_part_that_does_not_exist_is_refused_with_a_list_of_those_that_do(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["storms"]) == 2
    assert "The parts are: crashes, records, " in capsys.readouterr().err


def test_make_help_names_every_part() -> None:
    [line] = [
        line for line in (ROOT / "Makefile").read_text(encoding="utf-8").splitlines() if "torture: install" in line
    ]
    assert f"PART={'|'.join(PARTS)}" in line


@pytest.mark.parametrize(
    ("body", "minutes", "expected"),
    [
        ("pass", 1, ("passed", "")),
        ("assert 1 == 2", 1, ("failed", "test_one.py::test_one - assert 1 == 2")),
        ("time.sleep(60)", 0.02, ("not finished", "its 0.02 minutes were up")),
    ],
)
def test_a_run_ends_within_its_time_and_says_why_it_did_not_pass(
    body: str, minutes: float, expected: tuple[str, str], tmp_path: Path
) -> None:
    test = tmp_path / "test_one.py"
    test.write_text(f"import time\n\ndef test_one():\n    {body}\n", encoding="utf-8")
    alone = ["--rootdir", str(tmp_path), "--config-file", "/dev/null", "--noconftest", "-p", "no:cacheprovider"]
    ended = run_pytest([str(test), *alone], tmp_path / "log", minutes, {"COLUMNS": "160"})
    outcome, cause = outcome_of(ended, minutes)
    assert outcome == expected[0], ended.text
    assert cause.endswith(expected[1])


def test_a_run_that_found_no_test_has_not_passed() -> None:
    log = Path("/dev/null")
    assert outcome_of(Run(5, 1, log), 1) == ("failed", "pytest ended with 5")
