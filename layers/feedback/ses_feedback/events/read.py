"""From a document to feedback, whatever it is about: a mail, or the account."""

from datetime import datetime

from ses_feedback.events.account_event import read_account_event
from ses_feedback.events.document import Document, NoFeedback
from ses_feedback.events.feedback import Feedback
from ses_feedback.events.mail_event import read_mail_event


def read_feedback(document: Document, now: datetime, source: str | None = None) -> list[Feedback] | NoFeedback:
    """The feedback in one document, a value per recipient. Raises `Unreadable`.

    `now` bounds the times; `source` says where the document came from, if not where an archive held it.
    """
    read = read_account_event if document.is_account_event else read_mail_event
    return read(document, now, source)
