"""The command `demo`."""

from typing import Annotated

import typer


def demo(
    keep: Annotated[bool, typer.Option("--keep", help="Leave the stack up, to look around.")] = False,
) -> None:
    """Play a story through the deployed stack.

    Deploys the stack to an emulator on this machine, plays an hour's feedback through it, and reports what became of
    each event, who is suppressed, and what each team's inbox holds. `make demo` runs this.

    \b
    Example:
      ses-feedback demo --keep
    """
    from ses_feedback_cli.demo.command import run

    raise typer.Exit(run(keep=keep))
