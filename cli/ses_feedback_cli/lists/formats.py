"""The formats: by which columns one is recognised, what each row means, and how an entry is written.

`formats.toml` has them as data. To add one: its table there, a sample in `tests/unit/cli/lists/samples/`, its line in
docs/import.md.
"""

import tomllib
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

from ses_feedback.decision.imported import Listing, Why
from ses_feedback_cli.lists.cells import TIMES, time_in

type Cells = Mapping[str, str]
"""The cells of a row by the names of their columns, in lower case."""

_TIMES = ("time", "until")


class Format:
    """One format, from its table in `formats.toml`:

    vendor       who writes it
    form         `csv` with a header; `json`, one document; `lines`, a JSON object each; `bare`, CSV without a header
    nest         in a JSON document, the key of the list
    columns      as they are written; `a.b` is the key b of an object in a
    needs        those without which it is not this format: all, unless it says otherwise; `others`: more may be there
    address      the column with the address
    reason       the column that says why, or two columns, whose words are joined by a slash
    words        by `Why`, the word there; what is not named, the format cannot hold
    aliases      words that are read as well: as which `Why`, or "" if they suppress nobody
    only         columns that must have this word, or the row suppresses nobody
    fields       by field of a `Listing`, its column
    times        how a time is written, of `cells.TIMES`
    constants    by column, what is written there
    """

    def __init__(self, name: str, table: Mapping[str, Any]) -> None:
        self.name, self.vendor, self.address = name, str(table["vendor"]), str(table["address"])
        self.form: Literal["csv", "json", "lines", "bare"] = table.get("form", "csv")
        self.nest = str(table.get("nest", ""))
        self.columns: list[str] = table["columns"]
        self.needs = frozenset(column.lower() for column in table.get("needs", self.columns))
        self.has_others = bool(table.get("others", False))
        self.reason: list[str] = table.get("reason", [])
        self.words = {Why(why): str(word) for why, word in table["words"].items()}
        self.fields: dict[str, str] = table["fields"]
        self._aliases: dict[str, str] = table.get("aliases", {})
        self._only: dict[str, str] = table.get("only", {})
        self._constants: dict[str, str] = table.get("constants", {})
        self._time = TIMES[table.get("times", "iso")]

    @cached_property
    def names(self) -> frozenset[str]:
        """The columns in lower case."""
        return frozenset(column.lower() for column in self.columns)

    def fits(self, columns: Sequence[str], *, is_json: bool) -> bool:
        """Whether it may be what has these columns. Keys of JSON that nothing needs may lack, or be there."""
        given = frozenset(columns)
        if self.form == "bare":
            return False
        return self.needs <= given and (is_json or self.has_others or given <= self.names)

    def listing(self, cells: Cells) -> Listing | None:
        """What a row says; None if it suppresses nobody. Raises ValueError, with the cause in words."""
        address = cells.get(self.address.lower(), "").strip()
        if not address:
            raise ValueError(f"no address in the column {self.address}")
        why = self._why(cells)
        if why is None:
            return None
        texts: dict[str, Any] = {name: cells.get(column.lower()) or None for name, column in self.fields.items()}
        for name in _TIMES:
            if texts.get(name):
                texts[name] = time_in(texts[name])
        return Listing(address=address, why=why, **texts)

    def _why(self, cells: Cells) -> Why | None:
        if any(cells.get(column, word).strip().lower() != word for column, word in self._only.items()):
            return None
        if not self.reason:
            return next(iter(self.words))
        said = [cells.get(column.lower(), "").strip() for column in self.reason]
        for word in ("/".join(said).lower(), said[0].lower()):
            if word in self._by_word:
                return self._by_word[word]
        known = ", ".join(sorted({*self.words.values(), *self._aliases}))
        raise ValueError(f"the column {self.reason[0]} says {said[0]!r:.60}, which is none of {known}")

    @cached_property
    def _by_word(self) -> dict[str, Why | None]:
        words = {word.lower(): why for why, word in reversed(self.words.items())}
        return {word.lower(): Why(why) if why else None for word, why in self._aliases.items()} | words

    def why_kept(self, why: Why) -> Why:
        """As which it is read again: one word may stand for several."""
        return next(kept for kept, word in self.words.items() if word == self.words[why])

    def holds(self, listing: Listing) -> bool:
        """Whether it can say that. Without scopes, it holds what is about all mail, and what is an unsubscribe."""
        is_everywhere = listing.scope in (None, "global") or listing.why is Why.UNSUBSCRIBE
        return listing.why in self.words and (is_everywhere or "scope" in self.fields)

    def cells(self, listing: Listing) -> dict[str, str]:
        """A row by its columns, in their order."""
        written = dict(self._constants) | {self.address: listing.address}
        for name, column in self.fields.items():
            value = getattr(listing, name)
            written[column] = self._time(value) if name in _TIMES else value or ""
        if self.reason:
            written |= zip(self.reason, self.words[listing.why].split("/"), strict=True)
        return {column: written.get(column, "") for column in self.columns}


FORMATS = {
    name: Format(name, table)
    for name, table in tomllib.loads(Path(__file__).with_suffix(".toml").read_text("utf-8")).items()
}
