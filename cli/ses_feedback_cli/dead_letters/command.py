"""`ses-feedback dead-letters`: what lies in the dead-letter queue and why, and back to where it belongs."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from rich.text import Text

from ses_feedback.alerts.words import minute, shown
from ses_feedback.timestamp import to_text
from ses_feedback_cli.dead_letters.dead_letter import Letter
from ses_feedback_cli.dead_letters.queue import CannotGoBack, DeadLetterQueue
from ses_feedback_cli.output import TROUBLE, console, fail, note, print_json, warn

type Wanted = Callable[[Letter], bool]

_MOST_LINES = 200


def wanted(ids: list[str], cause: str | None, *, everything: bool) -> Wanted:
    """Which letters are meant: by the beginning of their id, by a text in the cause, or all."""
    if sum((bool(ids), bool(cause), everything)) != 1:
        fail("say which letters: their ids, or --cause TEXT, or --all")
    if everything:
        return lambda _letter: True
    if cause:
        text = cause.casefold()
        return lambda letter: text in letter.cause.casefold()
    beginnings = tuple(ids)
    return lambda letter: letter.id.startswith(beginnings)


def list_letters(queue: DeadLetterQueue, *, as_json: bool) -> None:
    """Every letter, oldest first; they stay where they are."""
    with _looking(queue) as letters:
        found = sorted(letters, key=lambda letter: letter.sent_at)
    for letter in found:
        if as_json:
            print_json(_row(letter))
        else:
            _print(letter)
    note(f"{len(found):,} dead letters")


def show_letters(queue: DeadLetterQueue, is_wanted: Wanted, *, as_json: bool) -> None:
    """Letters in full, with their bodies."""
    with _looking(queue) as letters:
        found = [letter for letter in letters if is_wanted(letter)]
    if not found:
        fail("no such dead letter: `ses-feedback dead-letters ls` lists them")
    for letter in found:
        if as_json:
            print_json(_row(letter) | {"body": letter.body})
        else:
            _print(letter)
            _print_body(letter.body)


def redrive(queue: DeadLetterQueue, is_wanted: Wanted, to: str | None, *, dry_run: bool, as_json: bool) -> int:
    """Puts letters back; the exit status. One that fails stays in the dead-letter queue."""
    done = failed = 0
    with _looking(queue) as letters:
        found = [letter for letter in letters if is_wanted(letter)]  # all first, or one that fails again comes twice
        for letter in found:
            try:
                where = str(to or letter.destination or "nobody knows") if dry_run else queue.put_back(letter, to)
            except CannotGoBack as reason:
                failed += 1
                warn(f"{letter.id}: {reason}")
                continue
            done += 1
            if as_json:
                print_json({"id": letter.id, "to": where, "done": not dry_run})
            else:
                verb = "would go to" if dry_run else "back in"
                console().print(Text(f"{letter.id}  {verb} {shown(where, 200)}"), soft_wrap=True)
    if not found:
        fail("no such dead letter: `ses-feedback dead-letters ls` lists them")
    note(f"{done:,} {'to put back: a dry run' if dry_run else 'put back'}, {failed:,} left")
    return TROUBLE if failed else 0


@contextmanager
def _looking(queue: DeadLetterQueue) -> Iterator[Iterator[Letter]]:
    """The letters one by one; afterwards others see again those that are still there."""
    looked_at: list[Letter] = []

    def each() -> Iterator[Letter]:
        for letter in queue.read():
            looked_at.append(letter)
            yield letter

    try:
        yield each()
    finally:
        queue.release(looked_at)


def _row(letter: Letter) -> dict[str, Any]:
    return {
        "id": letter.id,
        "sent_at": _sent_at(letter),
        "source": letter.source,
        "cause": letter.cause,
        "place": letter.place,
        "origin": letter.origin,
        "belongs_to": str(letter.destination) if letter.destination else None,
    }


def _sent_at(letter: Letter) -> str:
    return to_text(datetime.fromtimestamp(letter.sent_at / 1000, UTC))


def _print(letter: Letter) -> None:
    out = console()
    out.print(Text.assemble((letter.id, "bold"), f"  {minute(_sent_at(letter))}  {shown(letter.source, 100)}"))
    facts = {
        "cause": letter.cause or "nobody said",
        "place": letter.place,
        "origin": letter.origin,
        "back to": str(letter.destination or "nothing tells; name the queue with --to URL"),
    }
    for name, text in facts.items():
        if text:
            out.print(Text(f"    {name:<9}{shown(text, 1000)}"), soft_wrap=True)


def _print_body(body: str) -> None:
    """Line by line, each harmless: the body is whatever somebody sent."""
    lines = body.splitlines()
    for line in lines[:_MOST_LINES]:
        console().print(Text(f"    | {shown(line, 4000)}"), soft_wrap=True)
    if len(lines) > _MOST_LINES:
        note(f"{len(lines) - _MOST_LINES:,} more lines: --json shows all")
