"""Files that commands write: whole, or not at all."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from ses_feedback_cli.output import fail


@contextmanager
def new_file(path: Path) -> Iterator[IO[bytes]]:
    """A file that gets its name once it is whole. Until then, and if anything fails, what had the name before stays.
    Ends the command where it cannot be written.
    """
    target = path.resolve()
    check_writable(path)
    temporary = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        file = temporary.open("xb")
    except OSError as error:
        fail(f"{path}: {error.strerror or error}")
    try:
        with file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)


def check_writable(path: Path) -> None:
    """Ends the command where no file of this name can be written."""
    target = path.resolve()
    if target.is_dir():
        fail(f"{path} is a folder: name a file in it")
    if not target.parent.is_dir():
        fail(f"{path}: No such file or directory")
    if not os.access(target.parent, os.W_OK):
        fail(f"{path}: Permission denied")
