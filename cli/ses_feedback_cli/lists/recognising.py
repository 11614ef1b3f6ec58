"""Which format a file has: by its header, by the keys of its first object, or by its first row."""

from collections.abc import Iterable, Sequence

from ses_feedback.address import mailbox_key
from ses_feedback_cli.lists.cells import time_in
from ses_feedback_cli.lists.errors import UnusableList
from ses_feedback_cli.lists.formats import FORMATS, Format


def recognised(file: str, columns: Sequence[str], named: Format | None, *, is_json: bool) -> Format:
    """The format of these columns or keys, in lower case; `named` must fit. Raises `UnusableList`."""
    if named is not None:
        missing = sorted(named.needs - set(columns))
        if missing:
            raise UnusableList(f"{file} is not {named.name}: it lacks {', '.join(missing)}; it has {_names(columns)}")
        return named
    fitting = [each for each in FORMATS.values() if each.fits(columns, is_json=is_json)]
    most = max((len(each.needs) for each in fitting), default=0)
    best = [each for each in fitting if len(each.needs) == most]
    if len(best) == 1:
        return best[0]
    if best:
        names = " and ".join(each.name for each in best)
        raise UnusableList(f"{file}: {names} have the same columns: say which by --from {best[0].name}")
    near = max(FORMATS.values(), key=lambda each: _likeness(each, columns))
    told = f"{file}: no known format has the columns {_names(columns)}."
    if _likeness(near, columns):
        told += f" The nearest is {near.name} ({', '.join(near.columns)}): rename the columns to those."
    raise UnusableList(f"{told} Known: {', '.join(FORMATS)}")


def recognised_bare(file: str, row: Sequence[str], named: Format | None) -> Format | None:
    """The format of a file without a header, by its first row; None if that is a header. Raises `UnusableList`."""
    cells = [cell.strip() for cell in row]
    if "@" not in cells[0] or mailbox_key(cells[0]) is None:
        return None
    if named is not None and named.form in ("bare", "lines"):
        return named
    if named is None and len(cells) == 2 and cells[1].upper() in ("BOUNCE", "COMPLAINT"):
        return FORMATS["ses-import"]
    if named is None and len(cells) in (2, 3) and _is_time(cells[1]):
        return FORMATS["cloudflare"]
    if named is None and len(cells) == 1:
        raise UnusableList(
            f"{file} has addresses alone: a list of Cloudflare (--from cloudflare), or of SES's job that deletes, "
            "which are not to be suppressed"
        )
    raise UnusableList(f"{file} begins with an address, not with a header: put the header back")


def _is_time(cell: str) -> bool:
    try:
        return time_in(cell) is not None
    except ValueError:
        return False


def _likeness(each: Format, columns: Iterable[str]) -> float:
    given = set(columns)
    return len(given & each.names) / len(given | each.names)


def _names(columns: Sequence[str]) -> str:
    return ", ".join(f"{column:.40}" for column in columns[:12])
