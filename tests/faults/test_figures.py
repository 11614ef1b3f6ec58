"""docs/reliability.md says what was measured, and nothing else."""

import json
from pathlib import Path

from tests.faults.figures import write_page


def test_the_page_has_a_line_for_each_figure_and_says_how_to_measure_again(tmp_path: Path) -> None:
    row = {"promise": "poison", "where": "deployed", "figure": "100 among 10,000", "test": "test_storms.py"}
    measured, page = tmp_path / "torture.jsonl", tmp_path / "reliability.md"
    measured.write_text(json.dumps(row) + "\n", encoding="utf-8")
    write_page(measured, page)
    assert (
        "| poison | deployed | 100 among 10,000 | `test_storms.py` |" in page.read_text(encoding="utf-8").splitlines()
    )
    assert "make torture SEED=" in page.read_text(encoding="utf-8")
