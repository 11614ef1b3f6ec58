"""The command `ses-feedback`: what an event means, why a mail bounced, and whether one may write to an address.

Every command imports what it needs only when it runs, so that help and classification start at once.
"""

import sys
from pathlib import Path
from typing import Annotated

import typer

from ses_feedback_cli.commands import identities as identities_commands
from ses_feedback_cli.commands import operator as operator_commands
from ses_feedback_cli.commands import recovery as recovery_commands
from ses_feedback_cli.commands import restore as restore_command
from ses_feedback_cli.commands import simulate as simulate_command
from ses_feedback_cli.options import (
    AddressArgument,
    AddressesArgument,
    JsonOption,
    SettingsOption,
    StackOption,
    TableOption,
)
from ses_feedback_cli.output import settings_errors

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
    """The feedback loop of Amazon SES: what a bounce or complaint means, and to whom not to write again."""


@app.command()
def explain(
    files: Annotated[list[str], typer.Argument(metavar="FILE...", show_default=False)],
    as_json: JsonOption = False,
    settings: SettingsOption = None,
) -> None:
    """Say what events would become, on addresses without history.

    A FILE may hold any payload in any envelope: a Lambda event, an SNS message, an SQS body, an EventBridge
    event, the bare SES JSON, or an archive object, gzip or not. - is standard input. Needs no AWS account.

    Exit status: 0, or 2 where something could not be read.

    \b
    Examples:
      ses-feedback explain events/sns_bounce.json
      aws s3 cp s3://BUCKET/KEY - | ses-feedback explain --json -
    """
    from ses_feedback_cli.explain.command import explain_files
    from ses_feedback_cli.settings_file import find_settings

    with settings_errors():
        chosen = find_settings(settings)
    raise typer.Exit(explain_files(files, chosen, as_json=as_json))


@app.command()
def classify(
    settings: Annotated[
        Path | None,
        typer.Option(
            "--settings",
            metavar="PATH",
            help="The feedback.toml whose [rules] stand before the built-in ones. Else these alone.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Classify bounces: JSON Lines in, JSON Lines out.

    Reads {id, status, diagnostic, reporting_mta, action, bounce_type, bounce_sub_type} from standard input, one
    object a line, all but id optional; writes {id, reason, action, rule}.

    Exit status: 0, or 2 where a line could not be read.

    \b
    Example:
      echo '{"id": 1, "diagnostic": "550 5.1.1 User unknown"}' | ses-feedback classify
    """
    from ses_feedback_cli.explain.classify import classify_lines

    classifier = None
    if settings is not None:
        from ses_feedback_cli.settings_file import find_settings

        with settings_errors():
            classifier = find_settings(settings).classifier
    raise typer.Exit(classify_lines(sys.stdin.buffer, sys.stdout, classifier))


@app.command()
def check(
    addresses: AddressesArgument,
    stream: Annotated[
        str | None, typer.Option("--stream", help="The message stream of the mail. Else the settings' default.")
    ] = None,
    environment: Annotated[
        str | None, typer.Option("--environment", help="Where it is sent from. Else the settings' default.")
    ] = None,
    as_json: JsonOption = False,
    stack: StackOption = None,
    table: TableOption = None,
    settings: SettingsOption = None,
) -> None:
    """May I send? Say it for each address, and why not.

    Amazon SES keeps a suppression list of its own, per account and region, that may stop a mail as well.

    Exit status: 0 if all may be written to, 1 if any may not, 2 on an error.

    \b
    Example:
      ses-feedback check jane@example.com --stream marketing
    """
    from ses_feedback_cli.address.check import check_addresses
    from ses_feedback_cli.connection import open_ledger, plain_aws_errors
    from ses_feedback_cli.settings_file import find_settings

    with settings_errors():
        chosen = find_settings(settings)
    with plain_aws_errors():
        ledger = open_ledger(chosen, stack, table)
        raise typer.Exit(check_addresses(addresses, stream, environment, ledger, chosen, as_json=as_json))


@app.command()
def why(
    address: AddressArgument,
    as_json: JsonOption = False,
    stack: StackOption = None,
    table: TableOption = None,
    settings: SettingsOption = None,
) -> None:
    """Tell what happened to an address, and why.

    Its events with the rule that decided, the servers' own words, what they mean in plain ones, where the address
    stands now, and the next command.

    \b
    Example:
      ses-feedback why jane@example.com
    """
    from ses_feedback_cli.address.why import tell_why
    from ses_feedback_cli.connection import open_ledger, plain_aws_errors
    from ses_feedback_cli.settings_file import find_settings

    with settings_errors():
        chosen = find_settings(settings)
    with plain_aws_errors():
        tell_why(address, open_ledger(chosen, stack, table), chosen, as_json=as_json)


app.command()(operator_commands.reinstate)
app.command()(operator_commands.suppress)
app.command()(operator_commands.refold)
app.command("sync-ses")(operator_commands.sync_ses)
app.command()(restore_command.restore)
app.add_typer(recovery_commands.dead_letters, name="dead-letters")
app.add_typer(recovery_commands.archive, name="archive")
app.add_typer(identities_commands.app, name="identities")
app.command()(simulate_command.simulate)


@app.command()
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
