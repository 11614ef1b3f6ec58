"""The command `simulate`."""

from typing import Annotated

import typer

from ses_feedback_cli.options import DryRunOption, JsonOption
from ses_feedback_cli.output import fail


def simulate(
    recipients: Annotated[
        list[str] | None,
        typer.Option("--to", metavar="ADDRESS", help="To whom; give it once for each.", show_default=False),
    ] = None,
    sender: Annotated[
        str,
        typer.Option(
            "--from", metavar="ADDRESS", help="Who sends: an identity, or an address of a domain that is one."
        ),
    ] = "orders@example.com",
    configuration_set: Annotated[
        str | None,
        typer.Option(
            "--configuration-set", metavar="NAME", help="Else the identity's default set.", show_default=False
        ),
    ] = None,
    tags: Annotated[
        list[str] | None,
        typer.Option("--tag", metavar="NAME=VALUE", help="A message tag; give it once for each.", show_default=False),
    ] = None,
    count: Annotated[int, typer.Option("--count", min=1, help="How many mails to each.")] = 1,
    together: Annotated[bool, typer.Option("--together", help="One mail to all recipients.")] = False,
    copies: Annotated[int, typer.Option("--copies", min=1, help="How often each message comes.")] = 1,
    shuffle: Annotated[bool, typer.Option("--shuffle", help="In any order.")] = False,
    delay: Annotated[float, typer.Option("--delay", min=0, help="Seconds between two messages.")] = 0,
    seed: Annotated[
        int | None,
        typer.Option("--seed", help="The same ids (but for their time) and order again.", show_default=False),
    ] = None,
    scenarios: Annotated[bool, typer.Option("--scenarios", help="List what recipients stand for, and exit.")] = False,
    dry_run: DryRunOption = False,
    as_json: JsonOption = False,
) -> None:
    """Send mail that never leaves, and report on it as SES would.

    The recipient says what happens: bounce@, complaint@, mailboxfull@ … at any domain, or Amazon's own
    simulator's addresses. Every path that the sending identity has in the emulated SES gets what SES would
    publish there. Works with an emulator only (AWS_ENDPOINT_URL), never with real AWS.

    Exit status: 0, or 2 where SES would refuse the mail or this is real AWS.

    \b
    Example:
      ses-feedback simulate --from orders@example.com --to bounce@demo.example --copies 2
    """
    from ses_feedback_cli.connection import plain_aws_errors
    from ses_feedback_cli.simulate.command import Order, show_scenarios
    from ses_feedback_cli.simulate.command import simulate as run

    if scenarios:
        show_scenarios()
        return
    if not recipients:
        fail("to whom? Name a recipient with --to; --scenarios lists what they stand for")
    order = Order(
        sender=sender,
        recipients=recipients,
        configuration_set=configuration_set,
        tags=dict(_tag(text) for text in tags or []),
        count=count,
        together=together,
        copies=copies,
        shuffle=shuffle,
        pause=delay,
        seed=seed,
        dry_run=dry_run,
    )
    with plain_aws_errors():
        raise typer.Exit(run(order, as_json=as_json))


def _tag(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not (name and equals and value):
        fail(f"{text} is no tag: write --tag name=value")
    return name, value
