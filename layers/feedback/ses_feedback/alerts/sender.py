"""Notifies a team: by an e-mail from SES or, if SES refuses it, by the team's SNS topic.

The mail's words and templates are loaded with the first mail: most starts of the function only collect alerts.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from ses_feedback.alerts.alert import Alert
from ses_feedback.errors import TeamUnreachable
from ses_feedback.settings.file import Team

if TYPE_CHECKING:
    from mypy_boto3_sesv2 import SESV2Client
    from mypy_boto3_sns import SNSClient


class AlertSender:
    """`sender` is the address that alerts come from; `topic_prefix` completes the ARN of a topic given by name."""

    def __init__(self, ses: "SESV2Client", sns: "SNSClient", *, sender: str, topic_prefix: str) -> None:
        self._ses, self._sns, self._sender, self._topic_prefix = ses, sns, sender, topic_prefix

    def notify(self, name: str, team: Team, alerts: Sequence[Alert], now: datetime) -> str:
        """Sends one mail about all of them; returns the channel used, and why none before it.

        Raises `TeamUnreachable` if no channel accepted it.
        """
        channels = {"email": self._mail} if team.email else {}
        channels |= {"topic": self._publish} if team.topic else {}
        refusals: list[str] = []
        for channel, send in channels.items():
            try:
                send(name, team, alerts, now)
                return ", since ".join([channel, *refusals])
            except ClientError as refusal:
                refusals.append(f"{channel}: {refusal.response['Error']['Code']}")
            except BotoCoreError as failure:
                refusals.append(f"{channel}: {type(failure).__name__}")
        raise TeamUnreachable(refusals)

    def _mail(self, name: str, team: Team, alerts: Sequence[Alert], now: datetime) -> None:
        from ses_feedback.alerts.mail import compose

        mail = compose(name, alerts, sender=self._sender, to=team.email, now=now)
        self._ses.send_email(
            FromEmailAddress=self._sender,
            Destination={"ToAddresses": team.email},
            Content={"Raw": {"Data": mail.as_bytes()}},
        )

    def _publish(self, name: str, team: Team, alerts: Sequence[Alert], now: datetime) -> None:  # noqa: ARG002, since both channels are called alike
        from ses_feedback.alerts.mail import summary

        topic = team.topic or ""
        subject, text = summary(name, alerts)
        self._sns.publish(
            TopicArn=topic if topic.startswith("arn:") else f"{self._topic_prefix}{topic}",
            Subject=subject,
            Message=text,
        )
