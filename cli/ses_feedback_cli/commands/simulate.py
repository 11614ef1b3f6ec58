"""The command `simulate`."""

from typing import Annotated

import typer

from ses_feedback_cli.options import DryRunOption, JsonOption
from ses_feedback_cli.output import fail


def simulate(
    recipients: Annotated[
        list[str] | None,
        typer.Option("--to", metavar="ADDRESS", help="A recipient; repeat for more.", show_default=False),
    ] = None,
    sender: Annotated[
        str,
        typer.Option(
            "--from", metavar="ADDRESS", help="The sender: an identity, or an address at a domain that is one."
        ),
    ] = "orders@example.com",
    configuration_set: Annotated[
        str | None,
        typer.Option(
            "--configuration-set", metavar="NAME", help="Default: the identity's default set.", show_default=False
        ),
    ] = None,
    tags: Annotated[
        list[str] | None,
        typer.Option("--tag", metavar="NAME=VALUE", help="A message tag; repeat for more.", show_default=False),
    ] = None,
    count: Annotated[
        int, typer.Option("--count", metavar="N", min=1, help="How many mails each recipient gets.")
    ] = 1,
    together: Annotated[bool, typer.Option("--together", help="Send one mail to all recipients.")] = False,
    copies: Annotated[
        int, typer.Option("--copies", metavar="N", min=1, help="How often each message is delivered.")
    ] = 1,
    shuffle: Annotated[bool, typer.Option("--shuffle", help="Deliver them in random order.")] = False,
    delay: Annotated[
        float, typer.Option("--delay", metavar="SECONDS", min=0, help="Seconds between two messages.")
    ] = 0,
    seed: Annotated[
        int | None,
        typer.Option(
            "--seed",
            metavar="N",
            help="Repeat the ids (except their time) and the order of an earlier run.",
            show_default=False,
        ),
    ] = None,
    scenarios: Annotated[
        bool, typer.Option("--scenarios", help="List the recipients and their outcomes, and exit.")
    ] = False,
    dry_run: DryRunOption = False,
    as_json: JsonOption = False,
) -> None:
    """Simulate mail, and publish feedback about it as SES would.

    No mail is sent. The recipient decides the outcome: bounce@, complaint@, mailboxfull@ and others at any domain,
    or the addresses of Amazon's own simulator. What SES would publish goes to every path that the sending identity
    has in the emulated SES. Works with an emulator only (AWS_ENDPOINT_URL), never with real AWS.

    Exit status: 0, or 2 if SES would refuse the mail or this is real AWS.

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
        fail("no recipient: name one with --to; --scenarios lists their outcomes")
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
        fail(f"{text} is not a tag: write --tag NAME=VALUE")
    return name, value
