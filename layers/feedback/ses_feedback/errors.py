"""Every error that this package raises on purpose, sorted by what happens next.

SesFeedbackError
├── FinalError           no retry will help
│   ├── InvalidRequest   an operator or an application asks for what cannot be
│   ├── Unreadable       a message that cannot become feedback
│   ├── Refusal          an HTTPS request that must not be sent again as it is
│   ├── WrongTrigger     an event that another function expects
│   ├── InvalidSettings  feedback.toml, a rule table, or a function's environment, is wrong
│   └── Damaged          a backup, or an object of it, that must not be restored
├── RetryableError       the same may succeed later
│   ├── Busy             another flush has the team
│   ├── TeamUnreachable  no channel accepted the team's alerts
│   ├── PartlyAccepted   a service accepted only a part of a batch
│   ├── Unavailable      something that is needed to judge a request or a delivery cannot be reached
│   ├── Undelivered      the application did not accept a webhook
│   └── OutOfTime        the time ran out before the work was done
└── StoppedError         the work stopped before it could do harm, and somebody must look
    ├── NotConfirmed     SES does not show what was set, and the next step relies on it
    └── NotBackedUp      no complete backup was made

Who catches what; everything else fails the Lambda invocation, or the record of it, which is then retried:

    Unreadable       each consumer of a queue: the message goes to the dead letters, with its cause
    Refusal          receive_feedback, api: answer its 4xx, which SNS takes as final
    WrongTrigger     nobody: who invoked the function reads it; it names a sample that fits
    Unavailable      receive_feedback: answers 503, so that SNS retries; elsewhere the record fails, and is retried
    InvalidRequest   the command line prints it; the HTTP API answers 422
    InvalidSettings  the command line prints it; configure_identities fails the creation or update of the stack
    Damaged          `restore` prints it
    Busy             AlertDispatch: schedules another flush a little later
    TeamUnreachable  AlertDispatch: the team's records stay in the queue
    PartlyAccepted   a redrive leaves the dead letter; elsewhere the whole batch is retried, which is harmless
    Undelivered      WebhookDelivery: waits longer each time; gives up at the last attempt, or at a 410
    OutOfTime        ses_setup, configure_identities: what is left is reported, and another run does it
    NotConfirmed     ses_setup: the step is reported as refused
    NotBackedUp      nobody by name: back_up is retried once, then it is a dead letter and an alarm
"""


class SesFeedbackError(Exception):
    """The root: `except SesFeedbackError` catches all of them."""


class FinalError(SesFeedbackError):
    """However often it is tried, it fails the same way."""


class RetryableError(SesFeedbackError):
    """It may succeed later, and trying again does no harm."""


class StoppedError(SesFeedbackError):
    """Going on would do harm, or pretend success; the message says what to do."""


class Unreadable(FinalError):
    """A message that cannot become feedback, however often it is tried.

    `cause` says what is wrong in plain words; `place` says where in the message (`bounce.timestamp`), or is empty
    if the whole message is meant.
    """

    def __init__(self, cause: str, place: str = "") -> None:
        super().__init__(f"{place}: {cause}" if place else cause)
        self.cause = cause
        self.place = place


class Refusal(FinalError):
    """An HTTPS request that is answered `status`, a 4xx, which SNS takes as final; `cause` is the answer's text."""

    def __init__(self, status: int, cause: str) -> None:
        super().__init__(cause)
        self.status, self.cause = status, cause


class InvalidRequest(FinalError):
    """What an operator or an application asks for cannot be; the message says what is wrong and what to do."""


class WrongTrigger(FinalError):
    """An event that the function cannot be invoked with; the message names what it expects, and a sample of it."""


class InvalidSettings(FinalError):
    """Settings that cannot be used; the message names the file, the line or key, and what is allowed."""


class Damaged(FinalError):
    """The message says what is wrong with the backup, and where."""


class Busy(RetryableError):
    """Another flush holds the team's lease."""


class TeamUnreachable(RetryableError):
    """No channel accepted a team's alerts. `codes` are the answers, without the addresses that they may name."""

    def __init__(self, codes: list[str]) -> None:
        super().__init__(", ".join(codes))
        self.codes = codes


class PartlyAccepted(RetryableError):
    """Sending the accepted part again is harmless, so the whole batch is sent again."""


class Unavailable(RetryableError):
    """Something that is needed cannot be reached now."""


class Undelivered(RetryableError):
    """A webhook that was not answered 2xx. `retry_after`: the seconds that the answer asks to wait; `is_final`: the
    answer asks for no more of them.
    """

    def __init__(self, cause: str, *, retry_after: int = 0, is_final: bool = False) -> None:
        super().__init__(cause)
        self.retry_after, self.is_final = retry_after, is_final


class OutOfTime(RetryableError):
    """Another run does what is left."""


class NotConfirmed(StoppedError):
    """SES does not show, when read back, what was set."""


class NotBackedUp(StoppedError):
    """The message says why there is no complete backup, and what to do."""
