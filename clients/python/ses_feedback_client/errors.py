"""Everything that this package raises.

SuppressionsError
    InvalidAddress      what was given is not an e-mail address        (also a ValueError)
    UnknownName         no such environment or message stream          (also a ValueError)
    TooManyAddresses    more than `MOST_ADDRESSES` at once             (also a ValueError)
    Unavailable         the table could not be asked; later it may be
    Suppressed          a guarded client would send to somebody who must not be written to
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ses_feedback_client.verdict import Verdict


class SuppressionsError(Exception):
    """The root of them all."""


class InvalidAddress(SuppressionsError, ValueError):
    """What was given is not an e-mail address."""


class UnknownName(SuppressionsError, ValueError):
    """The settings have no such environment or message stream."""


class TooManyAddresses(SuppressionsError, ValueError):
    """More than `MOST_ADDRESSES` at once."""


class Unavailable(SuppressionsError):
    """The table could not be asked; `__cause__` is botocore's own error, if there is one."""


class Suppressed(SuppressionsError):
    """Nothing was sent. `verdicts`: of every recipient who must not be written to, at least one."""

    def __init__(self, verdicts: Sequence["Verdict"]) -> None:
        super().__init__(tuple(verdicts))  # what pickle needs, as Celery passes errors on
        self.verdicts = tuple(verdicts)

    @property
    def address(self) -> str:
        """The first of them."""
        return self.verdicts[0].address

    @property
    def reason(self) -> str:
        """Why the first of them must not be written to: `user_unknown`, `complaint.abuse.full`."""
        return self.verdicts[0].reason

    def __str__(self) -> str:
        more = f" (and {len(self.verdicts) - 1} more)" if len(self.verdicts) > 1 else ""
        return f"not sent: {self.verdicts[0]}{more}"
