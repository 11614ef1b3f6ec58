"""`ses-feedback clean` on moto's ledger: by an export and by the table, interrupted, and with bad input."""

import csv
import json
import os
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner, Result

from ses_feedback.ledger.table import Ledger
from ses_feedback.operations.status import planned_mail
from ses_feedback.settings.file import Settings
from ses_feedback_cli.cleaning.answers import Answers
from ses_feedback_cli.cleaning.asking import Asking
from ses_feedback_cli.cleaning.stop import Stop
from ses_feedback_cli.main import app
from tests.conftest import TABLE
from tests.many_addresses import items_of, write
from tests.stores import calls_of, crash_at

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

pytestmark = pytest.mark.slow

COLUMNS = "address,why,since,until,status,words,scope,origin"
SOURCES = ["export", "table"]
DECISIONS = (["jane@example.com"], ["*@blocked.example"], ["m@example.com", "--stream", "marketing"])


@pytest.fixture(autouse=True)
def decided(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    """An address that gets nothing, one that gets no marketing, and a whole domain."""
    monkeypatch.setenv("SES_FEEDBACK_TABLE", TABLE)
    for decision in DECISIONS:
        assert run("suppress", *decision, "--reason", "asked", "--by", "Ada").exit_code == 0


@pytest.fixture
def client(dynamodb: "DynamoDBClient", monkeypatch: pytest.MonkeyPatch) -> "DynamoDBClient":
    """The client that the command uses."""
    monkeypatch.setattr("ses_feedback_cli.cleaning.asking.open_table", lambda *_: (dynamodb, TABLE))
    return dynamodb


@pytest.fixture
def small_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ses_feedback_cli.cleaning.asking._TOGETHER", 10)


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, [*map(str, arguments)])


def listed(folder: Path, content: str | bytes) -> Path:
    path = folder / "list.csv"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def clean(path: Path, *options: str, source: str = "table") -> Result:
    more = list[str]()
    if source == "export":
        export = path.with_name("export.csv")
        assert run("suppressions", "export", "-o", export).exit_code == 0
        more = ["--suppressions", str(export)]
    return run("clean", path, "-o", path.with_name("out"), *more, *options)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def out_of(path: Path) -> bytes:
    return path.with_name("out").read_bytes()


@pytest.mark.parametrize("source", SOURCES)
def test_the_list_loses_whom_nobody_may_write_to_and_nothing_else(tmp_path: Path, source: str) -> None:
    path = listed(
        tmp_path,
        "\ufeffname;email;note\r\n"
        'Jane;"Jane <JANE@example.com>";"a;b"\r\n'
        ' Joe ;joe@example.com;"two\r\nlines ""x"""\r\n\r\n'
        "M;m@example.com;'=1\r\n"
        "X;x@blocked.example;\r\n",
    )
    result = clean(path, "--stream", "transactional", "--removed", str(tmp_path / "removed"), source=source)
    assert result.exit_code == 0, result.output
    assert "4 rows: 2 kept, 2 suppressed, 0 without an address" in result.stdout
    assert out_of(path).decode() == (
        '\ufeffname;email;note\r\n Joe ;joe@example.com;"two\r\nlines ""x"""\r\n\r\nM;m@example.com;\'=1\r\n'
    )
    assert "progress" not in str(names(tmp_path))


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize(("stream", "kept"), [("transactional", True), ("marketing", False)])
def test_the_stream_decides(tmp_path: Path, stream: str, source: str, *, kept: bool) -> None:
    path = listed(tmp_path, "m@example.com\n")
    assert clean(path, "--stream", stream, source=source).exit_code == 0
    assert out_of(path) == (b"m@example.com\n" if kept else b"")


@pytest.mark.parametrize("source", SOURCES)
def test_removed_rows_say_why_and_run_nothing(tmp_path: Path, source: str) -> None:
    path = listed(tmp_path, "email,phone,note\njane@example.com,+49 30,=HYPERLINK(1)\nx@Blocked.example,,\n")
    clean(path, "--removed", str(tmp_path / "removed"), source=source)
    with (tmp_path / "removed").open(encoding="utf-8", newline="") as file:
        jane, other = csv.DictReader(file)
    assert (jane["phone"], jane["note"]) == ("'+49 30", "'=HYPERLINK(1)")
    assert jane["reason"] == ("manual" if source == "export" else "operator")
    assert (jane["scope"], jane["until"], jane["rule"], jane["since"][:2]) == ("global", "", "", "20")
    assert other["rule"] == "*@blocked.example"


def test_the_other_columns_are_kept_in_their_encoding(tmp_path: Path) -> None:
    content = "Straße;E-Mail\r\nÖ;joe@example.com\r\nÄ;jane@example.com\r\n".encode("cp1252")
    path = listed(tmp_path, content)
    assert clean(path, "--encoding", "cp1252", "--removed", str(tmp_path / "removed")).exit_code == 0
    assert out_of(path) == "Straße;E-Mail\r\nÖ;joe@example.com\r\n".encode("cp1252")
    assert "Ä;jane@example.com;operator;" in (tmp_path / "removed").read_text("cp1252")


def test_the_json_counts(tmp_path: Path) -> None:
    result = clean(listed(tmp_path, "email\njane@example.com\njoe@example.com\nnobody\n"), "--json")
    assert json.loads(result.stdout) == {
        "file": "list.csv",
        "environment": "production",
        "message_stream": "transactional",
        "rows": 3,
        "kept": 1,
        "suppressed": 1,
        "invalid": 1,
        "by_reason": {"operator": 1, "not_an_address": 1},
    }


def test_by_export_and_by_table_is_the_same_as_check(
    tmp_path: Path, dynamodb: "DynamoDBClient", settings: Settings
) -> None:
    items = list(items_of(300, settings))
    write(dynamodb, TABLE, items)
    addresses = sorted({item["pk"]["S"][2:] for item in items})
    path = listed(tmp_path, "".join(f"{address}\n" for address in addresses))
    for place in (["--stream", "marketing"], ["--environment", "staging"]):
        checked = [json.loads(line) for line in run("check", *addresses, *place, "--json").stdout.splitlines()]
        expected = [row["address"] for row in checked if row["may_send"]]
        assert 0 < len(expected) < len(addresses)
        for source in SOURCES:
            assert clean(path, *place, source=source).exit_code == 0
            assert out_of(path).decode().split() == expected


@pytest.mark.parametrize("source", SOURCES)
def test_rows_without_an_address_are_removed_and_told(tmp_path: Path, source: str) -> None:
    path = listed(tmp_path, "email,x\njoe@example.com,1\nnobody,2\njoe@example.com\n")
    result = clean(path, "--removed", str(tmp_path / "removed"), source=source)
    assert (result.exit_code, out_of(path)) == (2, b"email,x\njoe@example.com,1\n")
    assert "list.csv, line 3: 'nobody' is not an e-mail address" in result.stderr
    assert "list.csv, line 4: 1 cells in place of 2" in result.stderr
    assert "2 rows have no address and were removed: they are in" in result.stderr.replace("\n", " ")
    assert [line.count(",") for line in (tmp_path / "removed").read_text().splitlines()] == [6, 6, 5]


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize(
    ("content", "options", "words"),
    [
        ("email\njoe@example.com\n", ["--stream", "marketin"], "no message stream 'marketin' in the settings"),
        ("email\njoe@example.com\n", ["--environment", "moon"], "no environment 'moon'"),
        ("email,x\njoe@example.com,1\njane@exa", [], "it is cut off in line 3"),
        ('email,x\njoe@example.com,"1\n', [], "a quote that opens in line 2 never closes"),
        ("email\njoe@example.com\n", ["--column", "2"], "no column '2'"),
        ("email\njoe@example.com\n", ["-o", "/"], "is a folder"),
        ("email\njoe@example.com\n", ["--removed", "/nowhere/x"], "/nowhere/x: No such file"),
    ],
)
def test_bad_input_is_one_clear_line_and_leaves_nothing(
    tmp_path: Path, content: str, options: list[str], words: str, source: str
) -> None:
    result = clean(listed(tmp_path, content), *options, source=source)
    assert (result.exit_code, words in result.stderr) == (2, True), result.output
    assert set(names(tmp_path)) <= {"list.csv", "export.csv"}


def test_the_list_is_never_written_over(tmp_path: Path) -> None:
    path = listed(tmp_path, "email\njoe@example.com\n")
    assert "must be different files" in run("clean", path, "-o", path).stderr
    assert "must be different files" in run("clean", path, "-o", tmp_path / "x", "--removed", tmp_path / "x").stderr


@pytest.mark.parametrize(
    ("export", "words"),
    [
        (
            f"{COLUMNS}\njane@example.com,man",
            "it is cut off or broken in line 2",
        ),
        (f"{COLUMNS}\nj@example.com,manual,,,,,,", "its last line has no end"),
        (
            f"{COLUMNS}\nj@example.com,manual,,soon,,,,\n",
            "'soon' is not a date",
        ),
        ("email,created_at\njane@example.com,x\n", "export.csv"),
    ],
)
def test_an_export_that_is_broken_is_refused(tmp_path: Path, export: str, words: str) -> None:
    path, given = listed(tmp_path, "joe@example.com\n"), tmp_path / "export.csv"
    given.write_text(export, encoding="utf-8")
    result = run("clean", path, "-o", tmp_path / "out", "--suppressions", given)
    assert (result.exit_code, words in result.stderr) == (2, True), result.stderr
    assert names(tmp_path) == ["export.csv", "list.csv"]


def test_an_old_export_is_told(tmp_path: Path) -> None:
    path, given = listed(tmp_path, "joe@example.com\n"), tmp_path / "export.csv"
    assert run("suppressions", "export", "-o", given).exit_code == 0
    os.utime(given, (time.time() - 3 * 86_400,) * 2)
    result = run("clean", path, "-o", tmp_path / "out", "--suppressions", given)
    assert "export.csv is 3 days old" in result.stderr


PEOPLE = "email\n" + "".join(f"r{number}@example.com\n" for number in range(99)) + "jane@example.com\n"


def test_an_interrupted_run_goes_on_where_it_stopped(
    tmp_path: Path, client: "DynamoDBClient", small_steps: None
) -> None:
    path = listed(tmp_path, PEOPLE)
    with crash_at(client, 6, "before-call", KeyboardInterrupt()):  # type: ignore[arg-type]
        result = clean(path, "--readers", "1")
    assert (result.exit_code, names(tmp_path)) == (2, ["list.csv", "out.progress"])
    assert "of 100 addresses: run it again to go on from there" in result.stderr
    with calls_of(client) as calls:
        result = clean(path, "--readers", "1")
    assert (result.exit_code, names(tmp_path)) == (0, ["list.csv", "out"])
    assert "addresses were answered before: going on from there" in result.stderr
    assert (len(calls) < 10, out_of(path).decode()) == (True, PEOPLE.removesuffix("jane@example.com\n"))


@pytest.mark.parametrize(
    ("content", "options", "why"),
    [
        (PEOPLE + "new@example.com\n", [], "the list has changed: begun anew"),
        (PEOPLE, ["--stream", "marketing"], "the earlier run was of other options: begun anew"),
    ],
)
def test_another_list_or_question_is_asked_anew(
    tmp_path: Path, client: "DynamoDBClient", small_steps: None, content: str, options: list[str], why: str
) -> None:
    path = listed(tmp_path, PEOPLE)
    with crash_at(client, 6, "before-call", KeyboardInterrupt()):  # type: ignore[arg-type]
        clean(path, "--readers", "1")
    result = clean(listed(tmp_path, content), *options)
    assert (result.exit_code, why in result.stderr) == (0, True), result.stderr
    assert out_of(path).decode() == content.replace("jane@example.com\n", "")


def test_a_list_that_changes_while_it_is_read_is_not_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, client: "DynamoDBClient"
) -> None:
    path, asked = listed(tmp_path, PEOPLE), Asking.stops

    def changing(*arguments: Any) -> Any:
        yield from asked(*arguments)
        listed(tmp_path, PEOPLE.replace("r5@", "r6@"))

    with monkeypatch.context() as patched:
        patched.setattr(Asking, "stops", changing)
        result = clean(path)
    assert (result.exit_code, "was changed while it was read" in result.stderr) == (2, True)
    assert names(tmp_path) == ["list.csv", "out.progress"]
    assert "the list has changed: begun anew" in clean(path).stderr


def test_no_more_is_asked_for_than_the_rate(
    client: "DynamoDBClient", ledger: Ledger, settings: Settings, small_steps: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    slept = list[float]()
    monkeypatch.setattr("ses_feedback_cli.cleaning.asking.time.sleep", slept.append)
    asking = Asking(ledger, planned_mail(None, None, settings), settings, readers=1, rate=10)
    assert sum(map(len, asking.stops(f"r{number}@example.com" for number in range(30)))) == 30
    assert [round(seconds) for seconds in slept] == [0, 1, 2]


@pytest.mark.parametrize("cut", range(1, 60, 7))
def test_answers_that_were_not_written_to_the_end_are_asked_for_again(tmp_path: Path, cut: int) -> None:
    path, question = tmp_path / "x.progress", {"list": "a"}
    with Answers(path, question) as answers:
        answers.add([None, Stop("operator", "global")])
        answers.add([Stop("complaint", "global", "2026-11-01T10:00:00Z")])
    path.write_bytes(path.read_bytes()[:-cut])
    with Answers(path, question) as answers:
        assert answers.number in (0, 2)
        answers.add([None])
        assert len(list(answers)) == answers.number


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "cannot be read"),
        (b"[]\n", "be read"),
        (b'{"list": "a", "version": 1, "begun": 5}\n', "a day ago"),
    ],
)
def test_answers_of_another_time_or_kind_count_for_nothing(tmp_path: Path, content: bytes, why: str) -> None:
    path = tmp_path / "x.progress"
    path.write_bytes(content)
    with Answers(path, {"list": "a"}) as answers:
        assert (answers.number, why in answers.why_anew) == (0, True)
