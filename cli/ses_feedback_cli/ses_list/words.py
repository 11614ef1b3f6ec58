"""What SES said of an address, or why it did not, as the commands print it."""

import json

from rich.table import Table
from rich.text import Text

from ses_feedback import timestamp
from ses_feedback.alerts.words import minute, shown
from ses_feedback.operations.ses_side import ListAnswer, MailAnswer, SesSide
from ses_feedback.operations.trouble import Trouble


def trouble_words(trouble: Trouble | None) -> str:
    """`AccessDeniedException: … Add to your policy: {"Effect": …}`"""
    if trouble is None:
        return ""
    lacks = f" Add to your policy: {json.dumps(trouble.statement)}" if trouble.statement else ""
    return f"{shown(trouble.why, 300)}{lacks}"


def ses_table(side: SesSide) -> Table:
    """Each list and each mail, with what SES says and when it was asked."""
    table = Table.grid(padding=(0, 2))
    table.add_column(style="bright_black", overflow="fold")
    table.add_column(overflow="fold", ratio=1)
    for of in side.lists:
        table.add_row(f"tenant {of.tenant}" if of.tenant else "account", _list_words(of))
    if side.tenants:
        table.add_row("tenants", Text(f"unknown which there are: {trouble_words(side.tenants)}", style="yellow"))
    if side.not_asked:
        table.add_row("tenants", Text("there are more: name one with --tenant", style="yellow"))
    for mail in side.mails:
        table.add_row("mail", _mail_words(mail))
    return table


def _list_words(of: ListAnswer) -> Text:
    if of.unknown:
        return Text(f"unknown: {trouble_words(of.unknown)}", style="yellow")
    if of.entry is None:
        return Text("not listed", style="green")
    since = minute(timestamp.to_text(of.entry.since))
    by = "by the mail below" if of.entry.message_id else "SES names no mail: somebody put it there"
    return Text(f"listed for {of.entry.reason} since {since}, as {shown(of.entry.spelling, 320)}; {by}", style="red")


def _mail_words(mail: MailAnswer) -> Text:
    text = Text(shown(mail.message_id, 100))
    if mail.unknown:
        return text.append(f"\nunknown: {trouble_words(mail.unknown)}", style="yellow")
    text.append(f"\n“{shown(mail.subject, 120)}” from {shown(mail.sender, 320)}")
    for event in mail.events:
        text.append(f"\n{minute(timestamp.to_text(event.at))}  {shown(event.what, 100)}", style="bold")
        text.append(f"\n  {shown(event.said, 600)}" if event.said else "")
    return text
