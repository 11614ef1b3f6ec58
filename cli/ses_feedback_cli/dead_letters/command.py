"""`ses-feedback dead-letters`: lists what is in the dead-letter queue and why, and sends it back."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from rich.text import Text

from ses_feedback.alerts.words import minute, shown
from ses_feedback.timestamp import to_text
from ses_feedback_cli.dead_letters.dead_letter import DeadLetter
from ses_feedback_cli.dead_letters.queue import CannotGoBack, DeadLetterQueue
from ses_feedback_cli.output import TROUBLE, console, fail, note, print_json, warn

type Wanted = Callable[[DeadLetter], bool]

_MOST_LINES = 200
_NONE = "no such dead letter: `ses-feedback dead-letters ls` lists them"


def wanted(ids: list[str], cause: str | None, *, everything: bool) -> Wanted:
    """Selects dead letters: by the beginning of their id, by a text in the cause, or all."""
    if sum((bool(ids), bool(cause), everything)) != 1:
        fail("choose the dead letters: give ids, or --cause TEXT, or --all")
    if everything:
        return lambda _: True
    if cause:
        text = cause.casefold()
        return lambda dead_letter: text in dead_letter.cause.casefold()
    beginnings = tuple(ids)
    return lambda dead_letter: dead_letter.id.startswith(beginnings)


def list_dead_letters(queue: DeadLetterQueue, *, as_json: bool) -> None:
    """Lists every dead letter, oldest first; they stay where they are."""
    with _held(queue) as held:
        dead_letters = sorted(held, key=lambda dead_letter: dead_letter.sent_at)
    for dead_letter in dead_letters:
        if as_json:
            print_json(_row(dead_letter))
        else:
            _print(dead_letter)
    note(f"{len(dead_letters):,} dead letters")


def show_dead_letters(queue: DeadLetterQueue, is_wanted: Wanted, *, as_json: bool) -> None:
    """Shows dead letters in full, with their bodies."""
    with _held(queue) as held:
        dead_letters = list(filter(is_wanted, held))
    if not dead_letters:
        fail(_NONE)
    for dead_letter in dead_letters:
        if as_json:
            print_json(_row(dead_letter) | {"body": dead_letter.body})
        else:
            _print(dead_letter)
            _print_body(dead_letter.body)


def redrive(queue: DeadLetterQueue, is_wanted: Wanted, to: str | None, *, dry_run: bool, as_json: bool) -> int:
    """Sends dead letters back; returns the exit status. One that fails stays in the dead-letter queue."""
    done = failed = 0
    with _held(queue) as held:
        dead_letters = list(filter(is_wanted, held))  # all of them first: one that fails again would be read twice
        for dead_letter in dead_letters:
            try:
                where = _destination(dead_letter, to) if dry_run else queue.put_back(dead_letter, to)
            except CannotGoBack as reason:
                failed += 1
                warn(f"{dead_letter.id}: {reason}")
                continue
            done += 1
            if as_json:
                print_json({"id": dead_letter.id, "to": where, "done": not dry_run})
            else:
                verb = "would go to" if dry_run else "sent to"
                console().print(Text(f"{dead_letter.id}  {verb} {shown(where, 200)}"), soft_wrap=True)
    if not dead_letters:
        fail(_NONE)
    note(f"{done:,} {'to send back (dry run)' if dry_run else 'sent back'}, {failed:,} left")
    return TROUBLE if failed else 0


def _destination(dead_letter: DeadLetter, to: str | None) -> str:
    return str(to or dead_letter.destination or "unknown: name the queue with --to URL")


@contextmanager
def _held(queue: DeadLetterQueue) -> Iterator[Iterator[DeadLetter]]:
    """The dead letters one by one; those that are still there afterwards become visible to others again."""
    received: list[DeadLetter] = []

    def each() -> Iterator[DeadLetter]:
        for dead_letter in queue.read():
            received.append(dead_letter)
            yield dead_letter

    try:
        yield each()
    finally:
        queue.release(received)


def _row(dead_letter: DeadLetter) -> dict[str, Any]:
    return {
        "id": dead_letter.id,
        "sent_at": _sent_at(dead_letter),
        "source": dead_letter.source,
        "cause": dead_letter.cause,
        "place": dead_letter.place,
        "origin": dead_letter.origin,
        "belongs_to": str(dead_letter.destination) if dead_letter.destination else None,
    }


def _sent_at(dead_letter: DeadLetter) -> str:
    return to_text(datetime.fromtimestamp(dead_letter.sent_at / 1000, UTC))


def _print(dead_letter: DeadLetter) -> None:
    out = console()
    head = f"  {minute(_sent_at(dead_letter))}  {shown(dead_letter.source, 100)}"
    out.print(Text.assemble((dead_letter.id, "bold"), head))
    facts = {
        "cause": dead_letter.cause or "unknown",
        "place": dead_letter.place,
        "origin": dead_letter.origin,
        "back to": _destination(dead_letter, None),
    }
    for name, text in facts.items():
        if text:
            out.print(Text(f"    {name:<9}{shown(text, 1000)}"), soft_wrap=True)


def _print_body(body: str) -> None:
    """Line by line, each made harmless: the body is whatever somebody sent."""
    lines = body.splitlines()
    for line in lines[:_MOST_LINES]:
        console().print(Text(f"    | {shown(line, 4000)}"), soft_wrap=True)
    if len(lines) > _MOST_LINES:
        note(f"{len(lines) - _MOST_LINES:,} more lines: --json shows all")
