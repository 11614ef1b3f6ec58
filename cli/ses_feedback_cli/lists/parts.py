"""The files of a list: one file, or the members of a ZIP, with the faults of files in words."""

import csv
import gzip
import io
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import IO, cast

from ses_feedback_cli.lists.columns import delimiter_of
from ses_feedback_cli.lists.errors import UnusableList

LONGEST = 1_000_000
"""Characters of a line, and of a cell: whatever is longer is no list, and is not read into memory."""

_ENDINGS = (".csv", ".json", ".txt")


@dataclass(frozen=True, slots=True)
class Part:
    """A file, or a member of an archive."""

    name: str
    open: Callable[[], IO[bytes]]
    encoding: str

    @contextmanager
    def text(self) -> Iterator[IO[str]]:
        with self.open() as file:
            is_utf_16 = file.read(2) in (b"\xff\xfe", b"\xfe\xff")
        with (
            self.open() as file,
            io.TextIOWrapper(file, "utf-16" if is_utf_16 else self.encoding, newline="") as text,
        ):
            yield text

    def delimiter(self) -> str:
        with self.text() as text:
            return delimiter_of(next(lines_of(text), ""))

    def ends_a_line(self) -> bool:
        end = b""
        with self.open() as file:
            while block := file.read(1 << 20):
                end = block[-2:]
        return end.rstrip(b"\0").endswith((b"\n", b"\r"))


def lines_of(text: IO[str], before: int = 0) -> Iterator[str]:
    """The lines, of which `before` were read already. Raises `UnusableList` for one that is too long."""
    number = before
    while line := text.readline(LONGEST + 1):
        number += 1
        if len(line) > LONGEST:
            raise UnusableList(f"line {number} has more than {LONGEST:,} characters: it is not a list")
        yield line


def parts_of(path: Path, encoding: str) -> list[Part]:
    """Raises `UnusableList`, also for a file that is not there."""
    try:
        return list(_parts(path, encoding))
    except zipfile.BadZipFile as error:
        raise UnusableList(f"{path}: {error}") from None
    except OSError as error:
        raise UnusableList(f"{path}: {error.strerror or error}") from None


def _parts(path: Path, encoding: str) -> Iterator[Part]:
    if not zipfile.is_zipfile(path):
        with path.open("rb") as file:
            start = file.read(4)
        if start == b"PK\x03\x04":
            raise zipfile.BadZipFile("the ZIP is cut off: download it again")
        is_packed = start[:2] == b"\x1f\x8b"
        yield Part(path.name, partial(_unpacked if is_packed else _plain, path), encoding)
        return
    archive = zipfile.ZipFile(path)
    names = archive.namelist()
    if "xl/workbook.xml" in names:
        raise UnusableList(f"{path} is a spreadsheet: save it as CSV, in UTF-8")
    for name in names:
        is_macs_own = name.startswith("__MACOSX/")  # beside each file that a Mac has packed
        if name.lower().endswith(_ENDINGS) and not is_macs_own:
            yield Part(name, lambda name=name: archive.open(name), encoding)  # type: ignore[misc]


def _plain(path: Path) -> IO[bytes]:
    return path.open("rb")


def _unpacked(path: Path) -> IO[bytes]:
    return cast(IO[bytes], gzip.open(path))


@contextmanager
def in_words(name: str) -> Iterator[None]:
    """What goes wrong while a file is read, as an `UnusableList` that names it."""
    try:
        yield
    except UnicodeDecodeError as error:
        codec = error.encoding.upper()
        if error.reason in ("truncated data", "unexpected end of data"):
            raise UnusableList(f"{name} ends within a character: it is cut off, or not {codec}") from None
        raise UnusableList(
            f"{name} is not {codec} (the byte {error.object[error.start]:#04x}): "
            "name its encoding, as --encoding cp1252 or --encoding latin-1"
        ) from None
    except UnicodeError as error:
        raise UnusableList(f"{name}: {error}: it is cut off, or in another encoding") from None
    except LookupError as error:
        raise UnusableList(f"{error}: try cp1252, latin-1 or utf-8") from None
    except csv.Error as error:
        raise UnusableList(f"{name}: its first line has broken quotes ({error})") from None
    except UnusableList as error:
        told = str(error)
        raise UnusableList(told if told.startswith(name) else f"{name}: {told}") from None
    except (EOFError, zlib.error):
        raise UnusableList(f"{name} is packed, and cut off or damaged: download it again") from None
    except (zipfile.BadZipFile, OSError, RuntimeError) as error:  # RuntimeError: a ZIP with a password
        raise UnusableList(f"{name}: {getattr(error, 'strerror', None) or error}") from None
