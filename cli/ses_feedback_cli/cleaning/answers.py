"""What the table answered of a list so far, in a file beside the output: an interrupted run goes on from there."""

import json
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, Any, Self

from ses_feedback_cli.cleaning.stop import Stop

_VERSION = 1
_VALID_SECONDS = 24 * 3600
"""Answers that are older are asked for again."""


class Answers:
    """The answers to one question: what of which list, of which mail. Each line has those of some addresses, in the
    order of the list; one that was not written to its end counts for nothing.
    """

    def __init__(self, path: Path, question: dict[str, Any]) -> None:
        self._path, self.number, self.why_anew = path, 0, ""
        self._head = question | {"version": _VERSION}
        end = self._end_of_known()
        self._file: IO[bytes] = path.open("r+b" if end else "wb")
        if end:
            self._file.truncate(end)
            self._file.seek(end)
        else:
            self._write(self._head | {"begun": int(time.time())})

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def add(self, stops: Sequence[Stop | None]) -> None:
        """Answers to the next addresses."""
        self._write([len(stops), {number: stop for number, stop in enumerate(stops) if stop}])
        self.number += len(stops)

    def __iter__(self) -> Iterator[Stop | None]:
        """All answers, from the first address on."""
        with self._path.open("rb") as file:
            next(file)
            for line in file:
                number, stopped = json.loads(line)
                for each in range(number):
                    yield Stop(*stopped[str(each)]) if str(each) in stopped else None

    def forget(self) -> None:
        """They are no longer needed: the output is there."""
        self._file.close()
        self._path.unlink(missing_ok=True)

    def _write(self, row: Any) -> None:
        self._file.write(json.dumps(row).encode() + b"\n")
        self._file.flush()

    def _end_of_known(self) -> int:
        """Where the answers end that are there already and still hold; 0 if none are. Says why they do not hold."""
        try:
            file = self._path.open("rb")
        except FileNotFoundError:
            return 0
        with file:
            end, lines = 0, iter(file)
            try:
                head = json.loads(next(lines, b""))
                begun = head.pop("begun")
            except (ValueError, KeyError, AttributeError, TypeError):
                return self._anew("what an earlier run left cannot be read")
            if head != self._head:
                same = head.get("list") == self._head["list"]
                return self._anew("the earlier run was of other options" if same else "the list has changed")
            if not 0 <= time.time() - begun < _VALID_SECONDS:
                return self._anew("the earlier run was more than a day ago")
            end = file_end = len(json.dumps(head | {"begun": begun})) + 1
            for line in lines:
                file_end += len(line)
                if not line.endswith(b"\n"):
                    break
                try:
                    number, _ = json.loads(line)
                    self.number += int(number)
                except (ValueError, TypeError):
                    break
                end = file_end
            return end

    def _anew(self, why: str) -> int:
        self.why_anew = why
        return 0
