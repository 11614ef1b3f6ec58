"""The options that several commands share."""

from pathlib import Path
from typing import Annotated

import typer

JsonOption = Annotated[bool, typer.Option("--json", help="Write JSON Lines instead of text.")]
SettingsOption = Annotated[
    Path | None,
    typer.Option(
        "--settings",
        metavar="PATH",
        help="The feedback.toml to use. Default: $SES_FEEDBACK_SETTINGS, else layers/settings/feedback.toml "
        "here or in a folder above, else of the clone that this command was installed from.",
        show_default=False,
    ),
]
StackOption = Annotated[
    str | None,
    typer.Option(
        "--stack",
        metavar="NAME",
        help="The deployed stack whose ledger to use. Default: $SES_FEEDBACK_STACK, else ses-feedback.",
        show_default=False,
    ),
]
DeployedStackOption = Annotated[
    str | None,
    typer.Option(
        "--stack",
        metavar="NAME",
        help="The deployed stack. Default: $SES_FEEDBACK_STACK, else ses-feedback.",
        show_default=False,
    ),
]
TableOption = Annotated[
    str | None,
    typer.Option(
        "--table",
        metavar="NAME",
        help="The ledger's table itself, if you may not read its stack. Default: $SES_FEEDBACK_TABLE.",
        show_default=False,
    ),
]
TenantsOption = Annotated[
    list[str] | None,
    typer.Option(
        "--tenant",
        metavar="NAME",
        help="A tenant of SES with a suppression list of its own; may be given several times.",
        show_default=False,
    ),
]
SesOption = Annotated[bool, typer.Option("--ses", help="Ask SES too: what its own suppression lists have.")]
AddressArgument = Annotated[str, typer.Argument(metavar="ADDRESS", show_default=False)]
AddressesArgument = Annotated[list[str], typer.Argument(metavar="ADDRESS...", show_default=False)]
AddressesOrDomainsArgument = Annotated[list[str], typer.Argument(metavar="ADDRESS|DOMAIN...", show_default=False)]
ReasonOption = Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why; kept with the address.")]
ByOption = Annotated[
    str | None,
    typer.Option("--by", metavar="NAME", help="Who decided. Default: your AWS identity.", show_default=False),
]
DryRunOption = Annotated[bool, typer.Option("--dry-run", help="Show what would be done, and do nothing.")]
