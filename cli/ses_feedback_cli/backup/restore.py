"""`ses-feedback restore`: verifies the whole backup, then merges it into the ledger with several writers."""

import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from itertools import groupby
from typing import Any

from botocore.config import Config

from ses_feedback.alerts.words import shown
from ses_feedback.backup.restoring import LedgerRestore, Restored
from ses_feedback.errors import Damaged
from ses_feedback.ledger.items import address_in
from ses_feedback.settings.file import Settings
from ses_feedback_cli.backup.source import Source
from ses_feedback_cli.connection import CONFIG, open_table
from ses_feedback_cli.output import console, fail, note, print_json, progress

type _Items = list[Mapping[str, Any]]


def verify(source: Source) -> Counter[str]:
    """Reads all parts and compares them with the manifest; returns what they hold. Raises `Damaged`."""
    held: Counter[str] = Counter()
    with _counting("verifying") as advance:
        for _, items in source.parts:
            for item in items():
                held["states" if item["sk"]["S"] == "STATE" else "events"] += 1
                advance(1)
    return held


def restore(source: Source, ledger: LedgerRestore, writers: int) -> Counter[str]:
    """Merges all parts, address by address; returns how many states and events were new, merged or known."""
    counts: Counter[str] = Counter()
    with _counting("restoring") as advance:
        for restored in _in_parallel(ledger, _addresses(source), writers):
            counts += restored
            advance(restored.total())
    return counts


def restore_backup(
    source: Source, ledger: LedgerRestore, table: str, *, writers: int, dry_run: bool, as_json: bool
) -> None:
    """Verifies, restores unless it is a dry run, and prints the outcome."""
    try:
        held = verify(source)
        counts = Counter() if dry_run else restore(source, ledger, writers)
    except Damaged as damaged:
        fail(f"{damaged}: the backup was not restored")
    if as_json:
        print_json({"made": source.made, "from": source.table, "to": table, **held, "restored": dict(counts)})
        return
    out = console()
    made = f"made {source.made} of the table {source.table}"
    out.print(f"{shown(made, 400)}: {held['states']:,} states, {held['events']:,} events")
    if dry_run:
        note(f"verified; nothing written to {table} (dry run)")
        return
    for kind in ("states", "events"):
        outcomes = ", ".join(f"{count:,} {outcome}" for outcome in Restored if (count := counts[f"{kind}_{outcome}"]))
        out.print(f"{kind}: {outcomes or 'none'}")
    note(f"restored into {table}")


def open_restore(settings: Settings, stack: str | None, table: str | None, writers: int) -> tuple[LedgerRestore, str]:
    """What restores into the ledger, with a connection for each writer; and the table's name."""
    patient = Config(max_pool_connections=writers, retries={"total_max_attempts": 10, "mode": "standard"})
    client, name = open_table(stack, table, CONFIG.merge(patient))
    return LedgerRestore(client, name, settings), name


def _addresses(source: Source) -> Iterator[_Items]:
    """The items of each address that are next to each other, part by part."""
    for _, items in source.parts:
        for _, together in groupby(items(), key=address_in):
            yield list(together)


def _in_parallel(ledger: LedgerRestore, addresses: Iterable[_Items], writers: int) -> Iterator[Counter[str]]:
    """Restores one address per writer at a time, with few more in memory; the first error ends it."""
    with ThreadPoolExecutor(writers) as pool:
        stop = threading.Event()

        def restore_unless_stopped(items: _Items) -> Counter[str]:
            return Counter() if stop.is_set() else _restored(ledger, items)

        running: set[Future[Counter[str]]] = set()
        try:
            for items in addresses:
                running.add(pool.submit(restore_unless_stopped, items))
                if len(running) >= writers * 4:
                    done, running = wait(running, return_when=FIRST_COMPLETED)
                    yield from (future.result() for future in done)
            yield from (future.result() for future in running)
        finally:
            stop.set()


def _restored(ledger: LedgerRestore, items: _Items) -> Counter[str]:
    return Counter(
        f"{'states' if item['sk']['S'] == 'STATE' else 'events'}_{outcome}" for item, outcome in ledger.restore(items)
    )


@contextmanager
def _counting(action: str) -> Iterator[Callable[[int], None]]:
    """Shows progress by items; call what it yields to add some."""
    count = 0
    with progress(action) as show:

        def advance(more: int) -> None:
            nonlocal count
            count += more
            if count % 200 < more:
                show(f"{action}: {count:,} items")

        yield advance
