"""The command `demo`."""

from typing import Annotated

import typer


def demo(
    keep: Annotated[bool, typer.Option("--keep", help="Keep the stack running, to look around.")] = False,
    docker: Annotated[
        bool, typer.Option("--docker", help="Listen on all interfaces, so that Docker's containers reach the stack.")
    ] = False,
) -> None:
    """Play a story through the deployed stack.

    Deploys the stack to an emulator on this machine, plays an hour of feedback through it, and reports the outcome
    of each event, who is suppressed, and what is in each team's inbox. `make demo` runs this.

    \b
    Example:
      ses-feedback demo --keep
    """
    from ses_feedback_cli.demo.command import run

    raise typer.Exit(run(keep=keep, for_containers=docker))
