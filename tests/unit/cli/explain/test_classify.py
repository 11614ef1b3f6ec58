"""`ses-feedback classify`: JSON Lines in, JSON Lines out."""

import json
from typing import Any

from typer.testing import CliRunner, Result

from ses_feedback_cli.main import app


def classify(*lines: Any) -> Result:
    texts = [line if isinstance(line, bytes) else json.dumps(line).encode() for line in lines]
    return CliRunner().invoke(app, ["classify"], input=b"\n".join(texts))


def rows_of(result: Result) -> list[dict[str, Any]]:
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_each_answer_has_exactly_four_names() -> None:
    result = classify({"id": "a", "status": "5.1.1", "diagnostic": "smtp; 550 5.1.1 User unknown"})
    [row] = rows_of(result)
    assert list(row) == ["id", "reason", "action", "rule"]
    assert (row["id"], row["reason"], row["action"], result.exit_code) == ("a", "user_unknown", "suppress", 0)


def test_all_but_the_id_may_be_absent_or_null() -> None:
    rows = rows_of(classify({"id": 1}, {"id": 2, "status": None, "diagnostic": None, "action": None}))
    assert [(row["id"], row["reason"]) for row in rows] == [(1, "unknown"), (2, "unknown")]


def test_unknown_names_are_ignored() -> None:
    assert len(rows_of(classify({"id": "a", "label": "x", "also_ok": []}))) == 1


def test_a_number_is_read_as_text() -> None:
    assert rows_of(classify({"id": "a", "status": 5.1, "diagnostic": 550}))[0]["id"] == "a"


def test_a_temporary_reply_does_not_suppress() -> None:
    [row] = rows_of(classify({"id": "a", "diagnostic": "450 4.1.1 User unknown"}))
    assert (row["reason"], row["action"]) == ("user_unknown", "count_soft")


def test_a_bad_line_is_named_by_its_number_and_the_others_are_answered() -> None:
    result = classify({"id": 1}, b"{broken", b"[]", {"status": "5.1.1"}, b'{"id": NaN}', {"id": 6})
    assert [line.partition("line ")[2][0] for line in result.stderr.splitlines()] == ["2", "3", "4", "5"]
    assert ([row["id"] for row in rows_of(result)], result.exit_code) == ([1, 6], 2)


def test_empty_lines_and_no_lines_are_fine() -> None:
    assert classify().exit_code == 0
    assert len(rows_of(classify(b"", {"id": 1}, b"  ", {"id": 2}))) == 2


def test_a_reply_in_latin_1_is_still_read() -> None:
    result = classify(b'{"id": 1, "diagnostic": "550 Empf\xe4nger: user unknown"}')
    assert (rows_of(result)[0]["reason"], result.exit_code) == ("user_unknown", 0)


def test_hostile_text_in_an_id_stays_one_line_of_ascii() -> None:
    result = classify({"id": "\x1b[2J\u202e\n\ud800"})
    assert result.stdout.isascii()
    assert result.stdout.count("\n") == 1


def test_classifying_loads_nothing_heavy() -> None:
    import subprocess
    import sys

    heavy = "any(name in sys.modules for name in ('boto3', 'rich.table'))"
    program = f"import sys, ses_feedback_cli.explain.classify; sys.exit({heavy})"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
