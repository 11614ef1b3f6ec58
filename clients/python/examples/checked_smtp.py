"""Plain smtplib, to SES's SMTP endpoint or any other server: an SMTP whose mail skips whom it must not reach."""

import smtplib
from collections.abc import Sequence
from typing import Any

from ses_feedback_client import Suppressed, Suppressions


class CheckedSMTP(smtplib.SMTP):
    """Use it as smtplib.SMTP; `send_message` comes here too. Raises `Suppressed` if nobody is left."""

    suppressions: Suppressions
    stream: str | None = None

    def sendmail(self, from_addr: str, to_addrs: str | Sequence[str], msg: Any, *more: Any, **options: Any) -> Any:
        recipients = [to_addrs] if isinstance(to_addrs, str) else list(to_addrs)
        verdicts = self.suppressions.verdicts(recipients, stream=self.stream)
        left = [recipient for recipient in recipients if verdicts[recipient].may_send]
        if recipients and not left:
            raise Suppressed(list(verdicts.values()))
        return super().sendmail(from_addr, left, msg, *more, **options)
