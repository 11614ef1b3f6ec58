"""The commands `dead-letters ls`, `show` and `redrive`."""

from typing import Annotated

import typer

from ses_feedback_cli.options import DeployedStackOption, DryRunOption, JsonOption

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="List and redrive what could not be handled.")

Ids = Annotated[list[str] | None, typer.Argument(metavar="ID...", show_default=False)]
Cause = Annotated[
    str | None,
    typer.Option("--cause", metavar="TEXT", help="Those whose cause contains this text.", show_default=False),
]
Every = Annotated[bool, typer.Option("--all", help="All dead letters.")]


@app.command("ls")
def ls(as_json: JsonOption = False, stack: DeployedStackOption = None) -> None:
    """List dead letters: their source, cause and destination.

    They stay in the queue, hidden from other readers only while the command runs.

    \b
    Example:
      ses-feedback dead-letters ls
    """
    from ses_feedback_cli.connection import plain_aws_errors
    from ses_feedback_cli.dead_letters.command import list_dead_letters
    from ses_feedback_cli.dead_letters.queue import open_dead_letters

    with plain_aws_errors():
        list_dead_letters(open_dead_letters(stack), as_json=as_json)


@app.command("show")
def show(
    ids: Ids = None,
    cause: Cause = None,
    every: Every = False,
    as_json: JsonOption = False,
    stack: DeployedStackOption = None,
) -> None:
    """Show dead letters in full.

    The beginning of an id is enough. Nothing in a body can act on the terminal.

    \b
    Example:
      ses-feedback dead-letters show 5fe0c2a4
    """
    from ses_feedback_cli.connection import plain_aws_errors
    from ses_feedback_cli.dead_letters.command import show_dead_letters, wanted
    from ses_feedback_cli.dead_letters.queue import open_dead_letters

    chosen = wanted(ids or [], cause, everything=every)
    with plain_aws_errors():
        show_dead_letters(open_dead_letters(stack), chosen, as_json=as_json)


@app.command("redrive")
def redrive(
    ids: Ids = None,
    cause: Cause = None,
    every: Every = False,
    to: Annotated[
        str | None,
        typer.Option("--to", metavar="URL", help="Send them to this queue instead.", show_default=False),
    ] = None,
    dry_run: DryRunOption = False,
    as_json: JsonOption = False,
    stack: DeployedStackOption = None,
) -> None:
    """Send dead letters back to where they belong.

    Do this once the cause is fixed. A dead letter is deleted when its queue has accepted it; if it still cannot be
    handled, it returns with its cause. Repeating is harmless: an event counts once, and a team is notified of it
    once. A broken document of the archive is read from its object again.

    Exit status: 0, or 2 if one could not be sent back.

    \b
    Examples:
      ses-feedback dead-letters redrive 5fe0c2a4 --dry-run
      ses-feedback dead-letters redrive --cause "received as often"
    """
    from ses_feedback_cli.connection import plain_aws_errors
    from ses_feedback_cli.dead_letters.command import redrive as put_back
    from ses_feedback_cli.dead_letters.command import wanted
    from ses_feedback_cli.dead_letters.queue import open_dead_letters

    chosen = wanted(ids or [], cause, everything=every)
    with plain_aws_errors():
        raise typer.Exit(put_back(open_dead_letters(stack), chosen, to, dry_run=dry_run, as_json=as_json))
