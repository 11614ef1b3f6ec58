"""django-anymail: whom no mail may reach is left out of every message, whichever service sends it.

Import this module in the `ready` of one of your AppConfigs.
"""

import os
from typing import Any

from anymail.exceptions import AnymailCancelSend
from anymail.signals import pre_send
from django.dispatch import receiver

from ses_feedback_client import Suppressions

suppressions = Suppressions(os.environ["SES_FEEDBACK_TABLE"], on_error="allow", cache_seconds=30)


@receiver(pre_send)  # type: ignore[untyped-decorator]
def leave_out_the_suppressed(message: Any, **_: Any) -> None:
    stream = getattr(message, "metadata", {}).get("message_stream")  # as you name the streams of your messages
    verdicts = suppressions.verdicts(message.recipients(), stream=stream)
    for field in (message.to, message.cc, message.bcc):
        field[:] = [recipient for recipient in field if verdicts[recipient].may_send]
    if not message.recipients():
        raise AnymailCancelSend("every recipient is suppressed")
