"""What the commands print: JSON Lines for programs, and text in which nothing can act on a terminal."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NoReturn

import typer

from ses_feedback.vocabulary import Effect

if TYPE_CHECKING:
    from rich.console import Console

TROUBLE = 2
"""The exit status if something is wrong with the arguments or the input."""

WIDEST = 100
"""Columns of text for people, however wide the terminal."""

STYLES = {
    Effect.SUPPRESSED: "red",
    Effect.COUNTED: "yellow",
    Effect.CLEARED: "green",
    Effect.REINSTATED: "green",
    Effect.NONE: "bright_black",
}


def print_json(row: dict[str, Any]) -> None:
    """One line of ASCII: safe for any terminal and locale."""
    typer.echo(json.dumps(row))


def warn(text: str) -> None:
    """One line on standard error, whatever the text contains."""
    typer.echo(f"{typer.style('error:', fg='red')} {_inert(text)}", err=True)


def note(text: str) -> None:
    typer.echo(f"{typer.style('note:', fg='cyan')} {text}", err=True)


def _inert(text: str) -> str:
    """One line in which nothing acts on a terminal; invisible characters show as their code points."""
    line = " ".join(text[:4000].split())[:1000]
    return "".join(c if c.isprintable() else f"[U+{ord(c):04X}]" for c in line)


def fail(text: str) -> NoReturn:
    """Ends the command with one line: what is wrong and what to do."""
    warn(text)
    raise typer.Exit(TROUBLE)


def console() -> "Console":
    """For people: 80 columns without colours if not on a terminal; markup in texts is never interpreted."""
    from rich.console import Console

    return Console(markup=False, highlight=False, emoji=False, soft_wrap=False)


@contextmanager
def progress(first: str) -> Iterator[Callable[[str], None]]:
    """A line on standard error, if that is a terminal; call what it yields to set the text."""
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as display:
        task = display.add_task(first)
        yield lambda text: display.update(task, description=text)
