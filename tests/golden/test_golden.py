"""What the project answers, stores, sends and says is, to the byte, what it was when it was recorded."""

from pathlib import Path

from tests.golden.snapshot import DATA, FOLDER, WORDS, first_difference, record_into

HOW_TO = {
    DATA: "machines read this: a change breaks ledgers, backups or programs that exist (tests/golden/README.md)",
    WORDS: "people read this: if the change is meant, run python -m tests.golden.write --words",
}


def test_what_machines_and_people_read_is_what_was_recorded(tmp_path: Path) -> None:
    record_into(tmp_path)
    differences = {
        name: first_difference(
            (FOLDER / name).read_text(encoding="utf-8"), (tmp_path / name).read_text(encoding="utf-8")
        )
        for name in (DATA, WORDS)
    }
    told = [f"{name} ({HOW_TO[name]})\n{found}" for name, found in differences.items() if found]
    assert not told, "\n\n".join(["", *told])


def test_a_difference_is_told_by_its_event_with_both_values() -> None:
    before = '{"event": "a", "items": [{"sk": "E#1"}]}\n{"event": "b"}\n'
    assert first_difference(before, before) is None
    changed = first_difference(before, before.replace("E#1", "E#2"))
    assert changed == 'event \'a\', at .items[0].sk:\n  was    "E#1"\n  is now "E#2"'
    assert first_difference(before, before.replace('"b"', '"c"')) == "the next event was 'b', and is 'c' now"
    assert "there were 2 lines, and are 1 now" in str(first_difference(before, before.splitlines()[0]))
