"""The commands `dead-letters ls`, `show` and `redrive`."""

from typing import Annotated

import typer

from ses_feedback_cli.options import DeployedStackOption, DryRunOption, JsonOption

app = typer.Typer(
    no_args_is_help=True, rich_markup_mode=None, help="What could not be handled: why, and back to where it belongs."
)

Ids = Annotated[list[str] | None, typer.Argument(metavar="ID...", show_default=False)]
Cause = Annotated[
    str | None, typer.Option("--cause", metavar="TEXT", help="Those whose cause holds this.", show_default=False)
]
Every = Annotated[bool, typer.Option("--all", help="All of them.")]


@app.command("ls")
def ls(as_json: JsonOption = False, stack: DeployedStackOption = None) -> None:
    """List the dead letters: who put each there, why, and where it belongs.

    They are hidden from other readers while the command runs, and stay.

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
    """Show dead letters in full. The beginning of an id is enough; nothing in a body can act on the terminal.

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
        typer.Option("--to", metavar="URL", help="To this queue instead of where they belong.", show_default=False),
    ] = None,
    dry_run: DryRunOption = False,
    as_json: JsonOption = False,
    stack: DeployedStackOption = None,
) -> None:
    """Put dead letters back to where they belong, after what stopped them is mended.

    Each is deleted once its queue has accepted it; what still cannot be handled comes back with its cause. Again is
    harmless: the ledger knows an event again, and a team is told of it once. A broken document of the archive is
    read from its object again.

    Exit status: 0, or 2 where one could not be put back.

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
