"""What `clean` writes: the list without those whom nobody may write to, and the rows that were removed."""

import csv
import io
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from hashlib import file_digest
from pathlib import Path

from ses_feedback_cli.cleaning.recipients import CsvRecipients, Row
from ses_feedback_cli.cleaning.stop import COLUMNS, Stop
from ses_feedback_cli.lists.cells import defused
from ses_feedback_cli.lists.errors import UnusableList
from ses_feedback_cli.lists.parts import in_words
from ses_feedback_cli.new_file import new_file

_EVERY = 20_000

type Judge = Callable[[Row], Stop | None]
"""What stops mail to the address of a row; asked once for each row with an address, in their order."""


def write_clean(
    recipients: CsvRecipients,
    judge: Judge,
    out: Path,
    removed: Path | None,
    on_invalid: Callable[[Row], None],
    show: Callable[[str], None],
    before: str = "",
) -> Counter[str]:
    """Writes both files, which appear when both are whole; how many rows were removed, by reason, and kept (""). What
    has no address is removed, and told. `before`: the list's digest. Raises `UnusableList`, also where the list was
    changed meanwhile.
    """
    counts, before = Counter[str](), before or digest_of(recipients.path)
    with new_file(out) as file, _removed_rows(recipients, removed) as remove:
        file.write(recipients.head)
        for number, row in enumerate(recipients.rows(), 1):
            if number % _EVERY == 0:
                show(f"{number:,} rows written")
            if row.key is not None:
                stop = judge(row)
            elif row.cause:
                stop = Stop(row.cause)
                on_invalid(row)
            else:
                file.write(row.raw)
                continue
            counts[stop.reason if stop else ""] += 1
            if stop:
                remove(row, stop)
            else:
                file.write(row.raw)
        if digest_of(recipients.path) != before:
            raise UnusableList(f"{recipients.path.name} was changed while it was read: run it again")
    return counts


def digest_of(path: Path) -> str:
    """What tells whether a file is still the same. Raises `UnusableList`."""
    with in_words(str(path)), path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()


@contextmanager
def _removed_rows(recipients: CsvRecipients, path: Path | None) -> Iterator[Callable[[Row, Stop], None]]:
    """Takes removed rows: into a CSV file as the list is one, in which no spreadsheet finds a formula."""
    with new_file(path) if path else nullcontext(io.BytesIO()) as file:
        file.write(recipients.mark)
        text = io.TextIOWrapper(file, recipients.encoding, newline="")
        writer = csv.writer(text, delimiter=recipients.delimiter, lineterminator="\n")
        if recipients.header and path:
            writer.writerow([*map(defused, recipients.header), *COLUMNS])

        def keep(row: Row, stop: Stop) -> None:
            if path:
                writer.writerow([defused(cell) for cell in (*row.cells, *stop)])

        yield keep
        text.detach()
