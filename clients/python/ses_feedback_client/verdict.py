"""The answer: whether mail may be sent to an address, and what stops it."""

from dataclasses import dataclass

from ses_feedback_client.errors import Unavailable


@dataclass(frozen=True, slots=True)
class Suppression:
    """What stops mail. `scope`: `global`, or one `environment:<name>`, `message_stream:<name>`, `tenant:<name>`.
    `fact`: what is known (`user_unknown`, `soft.mailbox_full`, `complaint.abuse.full`, `operator`). `since` and
    `until` are UTC texts, `until` None means for good. `event_id`: which event decided. `rule`: the operator's rule
    for a whole domain, `*@example.com`; empty where it is about the address itself.
    """

    scope: str
    fact: str
    since: str
    until: str | None
    event_id: str
    rule: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether mail of that environment and stream may be sent to `address`, which is spelled as the ledger does.

    `error` is why the table could not be asked, and None where it was: then `may_send` is what the caller chose by
    `on_error`.
    """

    address: str
    may_send: bool
    environment: str
    message_stream: str
    suppressions: tuple[Suppression, ...] = ()
    error: Unavailable | None = None

    @property
    def reason(self) -> str:
        """The fact that stops the mail, the first if there are several; `unavailable` if the table could not be asked
        and that stops it; empty if mail may be sent.
        """
        if self.suppressions:
            return self.suppressions[0].fact
        return "" if self.may_send else "unavailable"

    def __str__(self) -> str:
        """One line for people and logs: it names the address."""
        if self.may_send:
            return f"mail may be sent to {self.address!r}"
        if not self.suppressions:
            return f"whether mail may be sent to {self.address!r} could not be asked: {self.error}"
        first = self.suppressions[0]
        rule = f", by the rule for {first.rule}" if first.rule else ""
        until = f"until {first.until}" if first.until else "for good"
        return f"{self.address!r} must not be written to: {first.fact} ({first.scope}, {until}{rule})"
