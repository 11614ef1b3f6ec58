"""Every error that this package raises on purpose.

SesFeedbackError
├── Unreadable        a message that no retry will make readable: to the dead letters, with its cause
└── InvalidSettings   feedback.toml (or a rule table) is wrong: where, and what is allowed
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
