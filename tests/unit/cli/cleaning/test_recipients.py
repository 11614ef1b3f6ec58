"""Lists of recipients: every row is the bytes that it was, in any encoding, and what is broken is said."""

import codecs
import csv
import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ses_feedback_cli.cleaning.recipients import CsvRecipients, Row
from ses_feedback_cli.lists.errors import UnusableList

_CELL = st.text("aä;,\t\"\r\n 'x=", max_size=8)
_ENCODINGS = {
    "utf-8": b"",
    "utf-8-sig": codecs.BOM_UTF8,
    "cp1252": b"",
    "utf-16-le": codecs.BOM_UTF16_LE,
    "utf-16-be": codecs.BOM_UTF16_BE,
    "utf-32-le": codecs.BOM_UTF32_LE,
    "cp500": b"",
    "mac-roman": b"",
}


def written(path: Path, content: bytes | str) -> Path:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def read(path: Path, column: str | None = None, encoding: str = "utf-8") -> list[Row]:
    return list(CsvRecipients(path, column, encoding).rows())


def refusal(path: Path, column: str | None = None, encoding: str = "utf-8") -> str:
    with pytest.raises(UnusableList) as refused:
        read(path, column, encoding)
    return str(refused.value)


@given(
    rows=st.lists(st.tuples(_CELL, _CELL), max_size=6),
    delimiter=st.sampled_from(",;\t"),
    end=st.sampled_from(["\n", "\r\n", "\r"]),
    encoding=st.sampled_from(list(_ENCODINGS)),
    quoting=st.sampled_from([csv.QUOTE_ALL, csv.QUOTE_MINIMAL]),
    ends=st.booleans(),
)
def test_head_and_rows_are_the_bytes_of_the_file(
    tmp_path: Path,
    rows: list[tuple[str, str]],
    delimiter: str,
    end: str,
    encoding: str,
    quoting: int,
    *,
    ends: bool,
) -> None:
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=delimiter, lineterminator=end, quoting=quoting)  # type: ignore[arg-type]
    cells = [[f"r{number}@example.com", *row] for number, row in enumerate(rows)]
    writer.writerows([["email", "one", "other"], *cells])
    content = text.getvalue() if ends else text.getvalue().removesuffix(end)
    whole = _ENCODINGS[encoding] + content.encode(encoding.removesuffix("-sig"))
    recipients = CsvRecipients(written(tmp_path / "list", whole), None, "utf-8" if _ENCODINGS[encoding] else encoding)
    found = list(recipients.rows())
    assert recipients.head + b"".join(row.raw for row in found) == whole
    assert [row.cells for row in found] == cells
    assert [row.key for row in found] == [row[0] for row in cells]


@given(content=st.binary(max_size=60), encoding=st.sampled_from(["latin-1", "utf-8", "shift-jis", "utf-7"]))
def test_any_bytes_are_kept_whole_or_refused(tmp_path: Path, content: bytes, encoding: str) -> None:
    path = written(tmp_path / "list", b"email,x\n" + content)
    try:
        recipients = CsvRecipients(path, None, encoding)
        found = list(recipients.rows())
    except UnusableList:
        return
    assert recipients.head + b"".join(row.raw for row in found) == path.read_bytes()


@pytest.mark.parametrize("blanks", range(15))
def test_a_line_end_between_two_blocks_is_one(tmp_path: Path, blanks: int) -> None:
    """The lines have 15 bytes: behind one of the headers, a block ends between the two bytes of an end."""
    path = written(tmp_path / "list", f"email{' ' * blanks}\r\n" + "a@example.com\r\n" * 70_000)
    assert {row.raw for row in read(path)} == {b"a@example.com\r\n"}


@pytest.mark.parametrize(
    ("content", "column", "expected"),
    [
        ("Name,E-Mail\nJane,jane@example.com\n", None, ["jane@example.com"]),
        ("Name;Contact\nJane;jane@example.com\n", "contact", ["jane@example.com"]),
        ("Name\tContact\nJane\tjane@example.com\n", "2", ["jane@example.com"]),
        ("jane@example.com\nJoe@Example.com\n", None, ["jane@example.com", "joe@example.com"]),
        ("1,jane@example.com\n", None, ["jane@example.com"]),
        ("1,jane@example.com\n", "2", ["jane@example.com"]),
        ("2,1\nx,jane@example.com\n", "1", ["jane@example.com"]),  # a title comes before a number
        ('email\n"Jane Doe <jane@example.com>"\n\n', None, ["jane@example.com", None]),
        ("email,a\nJÖRG@Bücher.example,b\n", None, ["jörg@xn--bcher-kva.example"]),
    ],
)
def test_the_column_is_found_by_title_number_or_content(
    tmp_path: Path, content: str, column: str | None, expected: list[str | None]
) -> None:
    assert [row.key for row in read(written(tmp_path / "list", content), column)] == expected


def test_a_row_without_an_address_says_why_and_stays_in_its_line(tmp_path: Path) -> None:
    path = written(
        tmp_path / "list",
        'email,note\na@example.com,"two\nlines"\nnobody,x\n\nb@example.com\nd@example.com,"a"b\nc@example.com,\n',
    )
    assert [(row.line, row.cause) for row in read(path)] == [
        (2, ""),
        (4, "not_an_address"),
        (5, ""),
        (6, "1 cells in place of 2"),
        (7, "broken quotes"),
        (8, ""),
    ]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "list: it is empty"),
        (b"\n\n", "its first line is"),
        (b"name,city\nJane,Bonn\n", "no column is called email or address (name, city): say which, by --column"),
        (b"email,x\na@example.com,1\nb@exa", "it is cut off in line 3 (1 cells in place of 2)"),
        (b'email,x\na@example.com,"1\nb@example.com,2\n', "a quote that opens in line 2 never closes"),
        (b"email\nj\xf6rg@example.com\n", "list is not UTF-8 (the byte 0xf6): name its encoding"),
        ("\ufeffemail\njane@example.com\n".encode("utf-16-le")[:-3], "ends within a character"),
        (b"x" * (5 << 20), "a line has more than 1,000,000 characters"),
    ],
)
def test_what_is_broken_is_refused_as_a_whole(tmp_path: Path, content: bytes, words: str) -> None:
    assert words in refusal(written(tmp_path / "list", content))


@pytest.mark.parametrize(
    ("column", "words"),
    [
        ("mial", "list: no column 'mial': it has 3 (email, x, X)"),
        ("4", "no column '4'"),
        ("0", "no column '0'"),
        ("x", "2 columns are called 'x': say which, by its number"),
    ],
)
def test_a_column_that_there_is_not_is_an_error(tmp_path: Path, column: str, words: str) -> None:
    assert words in refusal(written(tmp_path / "list", "email,x,X\na@example.com,1,2\n"), column)


def test_no_such_file_or_encoding_is_an_error(tmp_path: Path) -> None:
    assert refusal(tmp_path / "list") == "list: No such file or directory"
    assert "unknown encoding" in refusal(written(tmp_path / "list", "email\n"), encoding="ebcdic-of-mars")
