"""`ses-feedback refold`: brings the stored index in line with the policy, and spellings of version 0.1 to their key;
in parallel, idempotent.
"""

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from queue import Queue
from threading import Event

from rich.padding import Padding
from rich.text import Text

from ses_feedback.address import normalise
from ses_feedback.alerts.words import minute, shown
from ses_feedback.backup.moving import AddressMove
from ses_feedback.decision.state import State
from ses_feedback.decision.suppression import Suppression
from ses_feedback.ledger.index import SuppressedIndex
from ses_feedback.ledger.items import Entries, is_former
from ses_feedback.ledger.refold import Change, changes
from ses_feedback.operations.status import row_of
from ses_feedback.settings.file import Settings
from ses_feedback_cli.output import console, note, print_json, progress


@dataclass(frozen=True, slots=True)
class _Done:
    """A change, and whether it was written: not in a dry run, nor if a newer event came first."""

    change: Change
    is_written: bool


@dataclass(frozen=True, slots=True)
class _Moved:
    """An address under a spelling of version 0.1, and whether it was moved to its key: in a dry run it is not."""

    former: str
    is_written: bool


class _Stopped(Exception):
    """Another segment failed, or the command ends."""


type _News = int | _Done | _Moved | None
"""How many more items were read; a change; a move; None: a segment is finished."""


def refold_index(
    index: SuppressedIndex, move: AddressMove, settings: Settings, *, dry_run: bool, segments: int, as_json: bool
) -> None:
    """Compares every address, and corrects what differs unless it is a dry run: entries of the index, and spellings
    of version 0.1. Raises botocore's errors.
    """
    read = differing = written = former = 0
    with progress("reading") as show:
        for news in _all_news(index, move, settings, dry_run=dry_run, segments=segments):
            match news:
                case _Done():
                    differing, written = differing + 1, written + news.is_written
                    (_print_row if as_json else _print)(news)
                case _Moved():
                    former += 1
                    (_print_moved_row if as_json else _print_moved)(news)
                case int():
                    read += news
            show(f"{read:,} items read, {differing:,} entries differ")
    outcome = "nothing written (dry run)" if dry_run else f"{written:,} written"
    spellings = f", {former:,} addresses under a spelling of version 0.1" if former else ""
    note(f"{read:,} items read, {differing:,} entries of the index differ{spellings}, {outcome}")


def _all_news(
    index: SuppressedIndex, move: AddressMove, settings: Settings, *, dry_run: bool, segments: int
) -> Iterator[int | _Done | _Moved]:
    """What the segments find, as they find it."""
    news: Queue[_News] = Queue()
    stop = Event()

    def on_read(count: int) -> None:
        if stop.is_set():
            raise _Stopped
        news.put(count)

    def search(segment: int) -> None:
        try:
            for done in _search(index, move, settings, index.scan(segment, segments, on_read), dry_run=dry_run):
                news.put(done)
        except _Stopped:
            pass
        except BaseException:
            stop.set()
            raise
        finally:
            news.put(None)

    with ThreadPoolExecutor(segments) as pool:
        searches = [pool.submit(search, segment) for segment in range(segments)]
        try:
            running = segments
            while running:
                message = news.get()
                if message is None:
                    running -= 1
                else:
                    yield message
        finally:
            stop.set()
        for finished in searches:
            finished.result()


def _search(
    index: SuppressedIndex,
    move: AddressMove,
    settings: Settings,
    scanned: Iterable[tuple[str, State | None, Entries]],
    *,
    dry_run: bool,
) -> Iterator[_Done | _Moved]:
    """The scan says where to look; what it shows is read again, consistently, before anything is written."""
    for address, state, entries in scanned:
        if is_former(address):
            yield _Moved(address, not dry_run and move.move(address))
            continue
        if state is not None and not changes(address, state, entries, settings):
            continue
        state, entries = index.state_and_entries(address)
        for change in changes(address, state, entries, settings):
            is_written = not dry_run and index.write(address, change.scope, change.after, state.rev)
            yield _Done(change, is_written)


def _print_row(done: _Done) -> None:
    change = done.change
    print_json(
        {
            "address": change.address,
            "scope": change.scope,
            "before": row_of(change.before) if change.before else None,
            "after": row_of(change.after) if change.after else None,
            "why": change.why,
            "written": done.is_written,
        }
    )


def _print_moved_row(moved: _Moved) -> None:
    """A row with the keys of a change, none of which has a value but the reason."""
    print_json(
        {
            "address": normalise(moved.former),
            "scope": None,
            "before": None,
            "after": None,
            "why": f"version 0.1 filed it under {moved.former}",
            "written": moved.is_written,
        }
    )


def _print_moved(moved: _Moved) -> None:
    head = ((f"{'moved':<11}", "yellow"), (shown(normalise(moved.former), 320), "bold"))
    console().print(Text.assemble(*head, (f"  from {shown(moved.former, 320)}", "bright_black")), soft_wrap=True)


def _print(done: _Done) -> None:
    out, change = console(), done.change
    verb, style = ("suppressed", "red") if change.after else ("lifted", "green")
    verb = "changed" if change.before and change.after else verb
    head = ((f"{verb:<11}", style), (shown(change.address, 320), "bold"), (f"  {change.scope}", "bright_black"))
    out.print(Text.assemble(*head), soft_wrap=True)
    for label, text in (("before", _words(change.before)), ("after", _words(change.after)), ("why", change.why)):
        out.print(Padding(Text(f"{label:<8}{text}"), (0, 0, 0, 4)))


def _words(entry: Suppression | None) -> str:
    if entry is None:
        return "not suppressed"
    until = f"until {minute(entry.until)}" if entry.until else "for good"
    return f"{entry.fact}, {until}, since {minute(entry.since)}"
