"""Which column of a list has the addresses, and what separates the cells."""

from collections.abc import Sequence

from ses_feedback_cli.lists.errors import UnusableList

_TITLES = ("email", "e-mail", "email address", "e-mail address", "email_address", "emailaddress", "address", "mail")
_DELIMITERS = ",;\t"


def delimiter_of(line: str) -> str:
    """What separates the cells of a file's first line: a spreadsheet may have put another in place of the comma.
    Raises `UnusableList`.
    """
    if "\0" in line:
        raise UnusableList("its first line is not text, or is UTF-16 without a mark: --encoding utf-16-le")
    return max(_DELIMITERS, key=line.count)


def titled_column(header: Sequence[str]) -> int | None:
    """The column whose title says that it has the addresses, from 0."""
    titles = [cell.strip().lower() for cell in header]
    return next((titles.index(title) for title in _TITLES if title in titles), None)


def column_named(header: Sequence[str], wanted: str) -> int:
    """The column that somebody named, by its title or by its number from 1; counted from 0. Raises `UnusableList`."""
    titles = [cell.strip().lower() for cell in header]
    number = titles.count(wanted.strip().lower())
    if number == 1:
        return titles.index(wanted.strip().lower())
    if number:
        raise UnusableList(f"{number} columns are called {wanted!r}: say which, by its number")
    if wanted.isascii() and wanted.isdigit() and 1 <= int(wanted) <= len(header):
        return int(wanted) - 1
    names = ", ".join(f"{cell:.40}" for cell in header[:12])
    raise UnusableList(f"no column {wanted!r}: it has {len(header)} ({names})")
