"""The command `ses-feedback`, put together from its commands."""

from typing import Annotated

import typer

from ses_feedback_cli.commands import archive, dead_letters, identities, suppressions
from ses_feedback_cli.commands.check import check
from ses_feedback_cli.commands.classify import classify
from ses_feedback_cli.commands.clean import clean
from ses_feedback_cli.commands.demo import demo
from ses_feedback_cli.commands.explain import explain
from ses_feedback_cli.commands.import_list import import_list
from ses_feedback_cli.commands.refold import refold
from ses_feedback_cli.commands.reinstate import reinstate
from ses_feedback_cli.commands.restore import restore
from ses_feedback_cli.commands.simulate import simulate
from ses_feedback_cli.commands.suppress import suppress
from ses_feedback_cli.commands.sync_ses import sync_ses
from ses_feedback_cli.commands.why import why

app = typer.Typer(
    name="ses-feedback",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)


def _show_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"ses-feedback {version('ses-feedback')}")
        raise typer.Exit


@app.callback()
def main(
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """The feedback loop for Amazon SES: what bounces and complaints mean, and who must get no more mail."""


for command in (explain, classify, check, why, reinstate, suppress, clean, refold, sync_ses, restore, simulate, demo):
    app.command()(command)
app.command("import")(import_list)
app.add_typer(dead_letters.app, name="dead-letters")
app.add_typer(archive.app, name="archive")
app.add_typer(identities.app, name="identities")
app.add_typer(suppressions.app, name="suppressions")
