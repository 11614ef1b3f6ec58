"""The command `archive replay`."""

from datetime import datetime
from typing import Annotated

import typer

from ses_feedback_cli.options import DryRunOption, JsonOption, SettingsOption, StackOption, TableOption

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Replay the archive of raw events.")

Since = Annotated[
    datetime | None,
    typer.Option(
        formats=["%Y-%m-%d"], metavar="DAY", help="From objects delivered on this day (UTC).", show_default=False
    ),
]
Until = Annotated[
    datetime | None,
    typer.Option(formats=["%Y-%m-%d"], metavar="DAY", help="To the end of this day (UTC).", show_default=False),
]


@app.command("replay")
def replay(
    files: Annotated[list[str] | None, typer.Argument(metavar="FILE...", show_default=False)] = None,
    since: Since = None,
    until: Until = None,
    prefix: Annotated[
        str, typer.Option("--prefix", metavar="TEXT", help="Only objects whose key begins with this.")
    ] = "events/",
    errors: Annotated[
        bool,
        typer.Option("--errors", help="What Firehose could not process, below errors/, in place of the archive."),
    ] = False,
    bucket: Annotated[
        str | None,
        typer.Option("--bucket", metavar="NAME", help="Default: the stack's archive.", show_default=False),
    ] = None,
    workers: Annotated[
        int, typer.Option("--workers", metavar="N", min=1, max=64, help="How many writers work in parallel.")
    ] = 8,
    dry_run: DryRunOption = False,
    as_json: JsonOption = False,
    stack: StackOption = None,
    table: TableOption = None,
    settings: SettingsOption = None,
) -> None:
    """Record archived events again, without notifying anybody.

    Use it after a loss, or to fill a new ledger. Reads the objects of the archive that were delivered from --since
    to the end of --until, or local FILEs; with --errors, the objects in which Firehose kept what it could not
    process. Bounces, complaints, rejects and event types that are new to us are recorded, and deliveries where they
    take something back; sends, other deliveries, opens, clicks and delays are only counted. No event alerts a team or
    calls a webhook, however recent it is. Replaying twice is the same as once.

    Exit status: 0, or 2 if an object held something that could not be read.

    \b
    Examples:
      ses-feedback archive replay --since 2026-11-01 --until 2026-11-03 --dry-run
      ses-feedback archive replay --errors --since 2026-11-01
      ses-feedback archive replay production-2026-11-20.jsonl.gz
    """
    from ses_feedback_cli.archive.bucket import open_bucket
    from ses_feedback_cli.archive.replay import replay_archive
    from ses_feedback_cli.connection import open_ledger, plain_aws_errors
    from ses_feedback_cli.output import fail
    from ses_feedback_cli.settings_file import find_settings

    if errors and (files or prefix != "events/"):
        fail("--errors says which objects of the bucket are read: give neither FILE nor --prefix with it")
    chosen, days = find_settings(settings), [day.date() if day else None for day in (since, until)]
    with plain_aws_errors():
        source = None if files else open_bucket(stack, bucket)
        keys = () if source is None else source.error_keys(*days) if errors else source.keys(prefix, *days)
        ledger = None if dry_run else open_ledger(chosen, stack, table)
        raise typer.Exit(
            replay_archive(
                ledger,
                chosen,
                bucket=source,
                keys=keys,
                files=files or [],
                workers=workers,
                as_json=as_json,
                may_be_none=errors,
            )
        )
