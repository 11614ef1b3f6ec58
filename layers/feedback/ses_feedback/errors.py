"""Every error that this package raises on purpose.

SesFeedbackError
├── Unreadable        a message that no retry will make readable: to the dead letters, with its cause
├── InvalidSettings   feedback.toml (or a rule table) is wrong: where, and what is allowed
├── Busy              another flush is telling the team just now: try a little later
├── Refused           no channel of a team took its alerts: the messages come again
├── NotTaken          SNS, SQS or EventBridge took only a part of a batch: the whole comes again
├── Refusal           a request over HTTPS that must never be tried again: answered 4xx
├── Unavailable       something that we need to judge or to deliver it is not there now: tried again
├── Undelivered       the application did not take a webhook: tried again, or given up
├── NotConfirmed      SES does not show what was set before, and the next step would rely on it
├── OutOfTime         what is left of a plan must be done by another run
├── NotBackedUp       no complete backup was made: why, and what to do
└── Damaged           a backup that must not be restored: what is wrong, and where
"""


class SesFeedbackError(Exception):
    """The root: `except SesFeedbackError` catches all of them."""


class Unreadable(SesFeedbackError):
    """A message that cannot become feedback, however often it is tried.

    `cause` says what is wrong in words for people; `place` says where in the message (`bounce.timestamp`),
    or is empty where the whole message is meant.
    """

    def __init__(self, cause: str, place: str = "") -> None:
        super().__init__(f"{place}: {cause}" if place else cause)
        self.cause = cause
        self.place = place


class InvalidSettings(SesFeedbackError):
    """Settings that cannot be used; the message names the file, the line or key, and what is allowed."""


class Busy(SesFeedbackError):
    """Another flush has the team just now."""


class Refused(SesFeedbackError):
    """No channel took a team's alerts. `codes` are the answers, without the addresses that they may name."""

    def __init__(self, codes: list[str]) -> None:
        super().__init__(", ".join(codes))
        self.codes = codes


class NotTaken(SesFeedbackError):
    """A service took only a part of a batch; sending the rest again is harmless, so all is sent again."""


class Refusal(SesFeedbackError):
    """A request that is answered `status`, a 4xx, which SNS takes for final; `cause` is the answer's text."""

    def __init__(self, status: int, cause: str) -> None:
        super().__init__(cause)
        self.status, self.cause = status, cause


class Unavailable(SesFeedbackError):
    """What is needed is not there now; the same may succeed later."""


class Undelivered(SesFeedbackError):
    """A webhook that was not answered 2xx. `retry_after`: the seconds that the answer asks to wait; `is_final`: it
    asks for no more of them.
    """

    def __init__(self, cause: str, *, retry_after: int = 0, is_final: bool = False) -> None:
        super().__init__(cause)
        self.retry_after, self.is_final = retry_after, is_final


class NotConfirmed(SesFeedbackError):
    """What was set at SES does not show when read back."""


class OutOfTime(SesFeedbackError):
    """The time that was given is over; a second run goes on."""


class NotBackedUp(SesFeedbackError):
    """No complete backup was made: why, and what to do."""


class Damaged(SesFeedbackError):
    """A backup, or an object of it, that must not be restored: what is wrong, and where."""
