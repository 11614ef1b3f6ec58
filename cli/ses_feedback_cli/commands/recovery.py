"""The commands by which an operator brings back what was lost on the way: dead letters, and the archive."""

from datetime import datetime
from typing import Annotated

import typer

from ses_feedback_cli.options import (
    DeployedStackOption,
    DryRunOption,
    JsonOption,
    SettingsOption,
    StackOption,
    TableOption,
)
from ses_feedback_cli.output import settings_errors

dead_letters = typer.Typer(
    no_args_is_help=True, rich_markup_mode=None, help="What could not be handled: why, and back to where it belongs."
)
archive = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="The archive of raw events, read once more.")

Ids = Annotated[list[str] | None, typer.Argument(metavar="ID...", show_default=False)]
Cause = Annotated[
    str | None, typer.Option("--cause", metavar="TEXT", help="Those whose cause holds this.", show_default=False)
]
Every = Annotated[bool, typer.Option("--all", help="All of them.")]
Since = Annotated[
    datetime | None,
    typer.Option(formats=["%Y-%m-%d"], metavar="DAY", help="Objects delivered from this day.", show_default=False),
]
Until = Annotated[
    datetime | None,
    typer.Option(formats=["%Y-%m-%d"], metavar="DAY", help="And to the end of this one.", show_default=False),
]


@dead_letters.command("ls")
def ls(as_json: JsonOption = False, stack: DeployedStackOption = None) -> None:
    """List the dead letters: who put each there, why, and where it belongs.

    They are hidden from other readers while the command runs, and stay.

    \b
    Example:
      ses-feedback dead-letters ls
    """
    from ses_feedback_cli.connection import open_dead_letters, plain_aws_errors
    from ses_feedback_cli.dead_letters.command import list_letters

    with plain_aws_errors():
        list_letters(open_dead_letters(stack), as_json=as_json)


@dead_letters.command("show")
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
    from ses_feedback_cli.connection import open_dead_letters, plain_aws_errors
    from ses_feedback_cli.dead_letters.command import show_letters, wanted

    chosen = wanted(ids or [], cause, everything=every)
    with plain_aws_errors():
        show_letters(open_dead_letters(stack), chosen, as_json=as_json)


@dead_letters.command("redrive")
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
    from ses_feedback_cli.connection import open_dead_letters, plain_aws_errors
    from ses_feedback_cli.dead_letters.command import redrive as put_back
    from ses_feedback_cli.dead_letters.command import wanted

    chosen = wanted(ids or [], cause, everything=every)
    with plain_aws_errors():
        raise typer.Exit(put_back(open_dead_letters(stack), chosen, to, dry_run=dry_run, as_json=as_json))


@archive.command("replay")
def replay(
    files: Annotated[list[str] | None, typer.Argument(metavar="FILE...", show_default=False)] = None,
    since: Since = None,
    until: Until = None,
    prefix: Annotated[
        str, typer.Option("--prefix", metavar="TEXT", help="Only objects whose key begins so.")
    ] = "events/",
    bucket: Annotated[
        str | None,
        typer.Option("--bucket", metavar="NAME", help="Else the stack's archive.", show_default=False),
    ] = None,
    workers: Annotated[int, typer.Option("--workers", min=1, max=64, help="So many writers at once.")] = 8,
    dry_run: DryRunOption = False,
    as_json: JsonOption = False,
    stack: StackOption = None,
    table: TableOption = None,
    settings: SettingsOption = None,
) -> None:
    """Record archived events once more: after a loss, or into a new ledger. Tells nobody.

    Reads the objects of the archive that were delivered from --since to the end of --until (days, UTC), or local
    FILEs. Bounces, complaints, rejects and what SES may add are recorded, just as watch_archive hands them on;
    sends, deliveries, opens, clicks and delays are counted. No event alerts a team or calls a webhook, however
    young it is. Again is the same as once.

    Exit status: 0, or 2 where an object held something that could not be read.

    \b
    Examples:
      ses-feedback archive replay --since 2026-11-01 --until 2026-11-03 --dry-run
      ses-feedback archive replay production-2026-11-20.jsonl.gz
    """
    from ses_feedback_cli.archive.replay import replay_archive
    from ses_feedback_cli.connection import open_bucket, open_ledger, plain_aws_errors
    from ses_feedback_cli.settings_file import find_settings

    with settings_errors():
        chosen = find_settings(settings)
    with plain_aws_errors():
        source = None if files else open_bucket(stack, bucket)
        ledger = None if dry_run else open_ledger(chosen, stack, table)
        raise typer.Exit(
            replay_archive(
                source,
                files or [],
                (prefix, since.date() if since else None, until.date() if until else None),
                ledger,
                chosen,
                workers=workers,
                as_json=as_json,
            )
        )
