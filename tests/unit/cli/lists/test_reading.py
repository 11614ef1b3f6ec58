"""Reading a provider's list: each format's sample, and files that are not what they should be."""

import gzip
import zipfile
from pathlib import Path

import pytest

from ses_feedback.decision.imported import Why
from ses_feedback_cli.lists.errors import UnusableList
from ses_feedback_cli.lists.formats import FORMATS
from ses_feedback_cli.lists.reading import Entry, ListFile

SAMPLES = Path(__file__).parent / "samples"
_SHARED = ("sendgrid-bounces", "sendgrid-blocks")
MAY = "2024-05-01T12:00:00.000Z"
_LINE = '{{"emailAddress":"a@example.com","reason":"BOUNCE"}}\n'


def read(path: Path, named: str | None = None, encoding: str = "utf-8-sig") -> list[Entry]:
    return list(ListFile(path, named, encoding).entries())


def written(path: Path, text: str | bytes) -> Path:
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def error_of(path: Path, named: str | None = None) -> str:
    with pytest.raises(UnusableList) as raised:
        read(path, named)
    return str(raised.value)


@pytest.mark.parametrize("path", sorted(SAMPLES.iterdir()), ids=lambda path: path.name)
def test_a_sample_is_recognised_and_read_whole(path: Path) -> None:
    entries = read(path, path.stem if path.stem in _SHARED else None)
    assert {entry.format.name for entry in entries} == {path.stem}
    assert [entry.cause for entry in entries] == [""] * len(entries)
    assert {entry.listing.time for entry in entries if entry.listing} <= {
        None,
        MAY,
        "2024-05-01T12:00:01.000Z",
        "2024-05-01T12:00:02.000Z",
    }


def test_every_format_has_a_sample() -> None:
    assert {path.stem for path in SAMPLES.iterdir()} == set(FORMATS)


def test_a_reply_may_hold_commas_and_lines() -> None:
    [first, second, _] = read(SAMPLES / "sendgrid-bounces.csv", "sendgrid-bounces")
    assert first.listing is not None
    assert str(first.listing.words).endswith("please try\ndouble-checking it")
    assert (first.line, second.line) == (2, 4)


def test_who_left_by_themselves_unsubscribed() -> None:
    whys = [entry.listing.why for entry in read(SAMPLES / "postmark.json") if entry.listing]
    assert whys == [Why.HARD, Why.COMPLAINT, Why.UNSUBSCRIBE, Why.MANUAL]


def test_rows_that_suppress_nobody_have_no_listing() -> None:
    assert [bool(entry.listing) for entry in read(SAMPLES / "telnyx.csv")] == [True, True, False]
    assert [bool(entry.listing) for entry in read(SAMPLES / "listmonk.csv")] == [True, False]


def test_mailchimps_archive_is_read_but_for_its_subscribers(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "export.zip", "w") as archive:
        for name in ("cleaned", "unsubscribed"):
            archive.write(SAMPLES / f"mailchimp-{name}.csv", f"{name}_members_1.csv")
        archive.writestr("subscribed_members_1.csv", '"Email Address",MEMBER_RATING\nreader@example.com,2\n')
    assert [entry.listing.address for entry in read(tmp_path / "export.zip") if entry.listing] == [
        "gone@example.com",
        "leaver@example.com",
    ]


def test_two_formats_with_the_same_header_are_named() -> None:
    told = error_of(SAMPLES / "sendgrid-blocks.csv")
    assert "sendgrid-bounces and sendgrid-blocks have the same columns: say which by --from" in told


def test_an_unknown_header_is_told_with_the_nearest_format(tmp_path: Path) -> None:
    told = error_of(written(tmp_path / "a.csv", "email,bounced,created\na@example.com,yes,1\n"))
    assert "no known format has the columns email, bounced, created" in told
    assert "The nearest is sendgrid-" in told
    assert "mandrill" in told


def test_a_list_of_customers_is_not_a_list_of_suppressions(tmp_path: Path) -> None:
    assert "no known format" in error_of(written(tmp_path / "a.csv", "email,name,created\na@example.com,A,1\n"))


def test_a_named_format_must_have_its_columns() -> None:
    assert "is not mandrill: it lacks created_at, detail, expires_at" in error_of(SAMPLES / "usesend.csv", "mandrill")


def test_addresses_alone_are_not_taken_for_suppressions(tmp_path: Path) -> None:
    path = written(tmp_path / "a.csv", "a@example.com\nb@example.com\n")
    assert "--from cloudflare" in error_of(path)
    assert [entry.listing.why for entry in read(path, "cloudflare") if entry.listing] == [Why.MANUAL, Why.MANUAL]


@pytest.mark.parametrize("name", ["sendgrid-invalid.csv", "mandrill.csv", "postmark.json", "ses-list.json"])
def test_a_file_that_is_cut_off_is_refused(tmp_path: Path, name: str) -> None:
    whole = (SAMPLES / name).read_bytes().rstrip()
    assert "cut off" in error_of(written(tmp_path / name, whole[:-25]))


def test_a_file_cut_inside_quotes_is_refused(tmp_path: Path) -> None:
    whole = (SAMPLES / "sendgrid-bounces.csv").read_bytes()
    path = written(tmp_path / "a.csv", whole[:90])
    assert "a quote that opens in line 2 never closes" in error_of(path, "sendgrid-bounces")


def test_an_archive_that_is_cut_off_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "export.zip", "w") as archive:
        archive.write(SAMPLES / "mailchimp-cleaned.csv", "cleaned.csv")
    path = written(tmp_path / "cut.zip", (tmp_path / "export.zip").read_bytes()[:-40])
    assert "the ZIP is cut off" in error_of(path)


def test_a_packed_file_is_read_and_one_that_is_cut_off_is_refused(tmp_path: Path) -> None:
    packed = gzip.compress((SAMPLES / "usesend.csv").read_bytes())
    assert read(written(tmp_path / "a.csv.gz", packed))[0].listing == read(SAMPLES / "usesend.csv")[0].listing
    assert "is packed, and cut off" in error_of(written(tmp_path / "b.csv.gz", packed[:-20]))


def test_what_a_mac_adds_to_an_archive_is_passed_over(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "export.zip", "w") as archive:
        archive.write(SAMPLES / "mailchimp-cleaned.csv", "cleaned.csv")
        archive.writestr("__MACOSX/._cleaned.csv", b"\0\5\x16\7")
    assert len(read(tmp_path / "export.zip")) == 1


def test_a_spreadsheet_is_refused_with_what_to_do(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "list.xlsx", "w") as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
    assert "save it as CSV" in error_of(tmp_path / "list.xlsx")


@pytest.mark.parametrize("text", ["Email,Reason,Created At\n{}\n", "{}", _LINE + "{}"])
def test_a_line_without_end_is_not_read_into_memory(tmp_path: Path, text: str) -> None:
    path = written(tmp_path / "a.csv", text.format("a" * 1_100_000))
    assert "more than 1,000,000 characters: it is not a list" in error_of(path)


@pytest.mark.parametrize("cut", [1, 3])
def test_a_file_cut_within_a_character_is_refused_as_cut(tmp_path: Path, cut: int) -> None:
    whole = "Email,Reason,Created At\njürgen@example.com,MANUAL,2024-05-01\n".encode("utf-16")
    assert "ends within a character: it is cut off" in error_of(written(tmp_path / "a.csv", whole[:-cut]))


def test_what_has_no_mark_of_its_encoding_is_told(tmp_path: Path) -> None:
    text = "Email,Reason,Created At\na@example.com,MANUAL,2024-05-01\n".encode("utf-16-le")
    path = written(tmp_path / "a.csv", text)
    assert "--encoding utf-16-le" in error_of(path)
    assert len(read(path, encoding="utf-16-le")) == 1


def test_broken_quotes_spoil_their_own_row_alone(tmp_path: Path) -> None:
    good = "c@example.com,MANUAL,2024-05-01T12:00:00Z"
    path = written(tmp_path / "a.csv", f'Email,Reason,Created At\n"a"b@example.com,MANUAL,2024-05-01\n{good}\n')
    assert [(entry.line, entry.cause[:21], bool(entry.listing)) for entry in read(path)] == [
        (2, "its quotes are broken", False),
        (3, "", True),
    ]


def test_what_is_not_an_object_spoils_its_own_entry_alone(tmp_path: Path) -> None:
    lines = '{"emailAddress":"a@example.com","reason":"BOUNCE"}\n{"oops" 1}\n'
    assert [entry.cause for entry in read(written(tmp_path / "a.json", lines))] == [
        "",
        "it is not an object of JSON",
    ]
    entry = '{"EmailAddress":"a@example.com","SuppressionReason":"HardBounce","Origin":"Recipient","CreatedAt":null}'
    document = written(tmp_path / "b.json", f'{{"Suppressions":[1,{entry}]}}')
    assert [bool(entry.cause) for entry in read(document)] == [True, False]


@pytest.mark.parametrize("date", ["05/01/2024", "01.05.2024", "45413", "nan", "1e9"])
def test_a_local_date_is_refused_with_the_form_to_write(tmp_path: Path, date: str) -> None:
    [entry] = read(written(tmp_path / "a.csv", f"Email,Reason,Created At\na@example.com,MANUAL,{date}\n"))
    assert "is not a date: write it as 2024-05-31" in entry.cause


@pytest.mark.parametrize("date", ["Wed, 01 May 2024 12:00:00 UTC", "01 May 2024 12:00:00 +0000", "1714564800000"])
def test_a_date_may_be_that_of_a_mail_or_a_number(tmp_path: Path, date: str) -> None:
    [entry] = read(written(tmp_path / "a.csv", f'Email,Reason,Created At\na@example.com,MANUAL,"{date}"\n'))
    assert entry.listing is not None
    assert entry.listing.time == MAY


def test_another_encoding_is_named_or_asked_for(tmp_path: Path) -> None:
    text = "Email,Reason,Created At\njürgen@example.com,MANUAL,2024-05-01T12:00:00Z\n"
    path = written(tmp_path / "a.csv", text.encode("cp1252"))
    assert "name its encoding, as --encoding cp1252" in error_of(path)
    assert [e.listing.address for e in read(path, encoding="cp1252") if e.listing] == ["jürgen@example.com"]
    utf_16 = written(tmp_path / "b.csv", text.encode("utf-16"))
    assert [e.listing.address for e in read(utf_16) if e.listing] == ["jürgen@example.com"]


@pytest.mark.parametrize(
    ("row", "cause"),
    [
        (",HARD_BOUNCE,2024-05-01T12:00:00Z", "no address in the column Email"),
        ("a@example.com,HARD_BOUNCE", "2 cells, but the header has 3"),
        ("a@example.com,BORED,2024-05-01T12:00:00Z", "the column Reason says 'BORED', which is none of"),
        ("a@example.com,MANUAL,yesterday", "'yesterday' is not a date"),
        ("a@example.com,MANUAL,1969-05-01", "'1969-05-01' is before 1990"),
    ],
)
def test_a_broken_row_has_its_cause(tmp_path: Path, row: str, cause: str) -> None:
    path = written(tmp_path / "a.csv", f"Email,Reason,Created At\n{row}\nb@example.com,MANUAL,2024-05-01T12:00:00Z\n")
    broken, good = read(path)
    assert cause in broken.cause
    assert broken.line == 2
    assert good.listing is not None


def test_a_spreadsheets_semicolons_are_read(tmp_path: Path) -> None:
    path = written(tmp_path / "a.csv", "Email;Reason;Created At\r\na@example.com;MANUAL;2024-05-01T12:00:00Z\r\n")
    assert [entry.listing.address for entry in read(path) if entry.listing] == ["a@example.com"]


@pytest.mark.parametrize("content", ["", "\n", "{}", "[]", '{"Suppressions": []}', "[1, 2"])
def test_what_lists_nobody_is_refused(tmp_path: Path, content: str) -> None:
    assert error_of(written(tmp_path / "a.csv", content))
