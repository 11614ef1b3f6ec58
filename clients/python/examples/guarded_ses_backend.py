"""Django with django-ses: EMAIL_BACKEND = "yourproject.guarded_ses_backend.GuardedSESBackend".

django-ses sends raw mail with a list of destinations, so the guard sees everybody. Mail of another stream needs a
backend of its own: a subclass with that `stream`.
"""

import os
from functools import cache

from django_ses import SESBackend

from ses_feedback_client import Suppressions, guard


@cache
def suppressions() -> Suppressions:
    """One for the process: its connections and its cache are shared by all threads."""
    return Suppressions(os.environ["SES_FEEDBACK_TABLE"], on_error="allow", cache_seconds=30)


class GuardedSESBackend(SESBackend):  # type: ignore[misc]
    stream = "transactional"

    def open(self) -> bool | None:
        opened: bool | None = super().open()
        if opened is not False and self.connection:  # False: it was open, and is guarded already
            guard(self.connection, suppressions(), stream=self.stream)
        return opened
