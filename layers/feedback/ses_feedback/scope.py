"""Scope: how far a suppression reaches, as it is stored, indexed and shown.

global                       all mail
environment:<name>           the mail of one environment
message_stream:<name>        the mail of one message stream
tenant:<name>                the mail that one of SES's tenants sends
"""

from typing import Self


class Scope(str):
    """A scope is its stored text: rows, keys and JSON hold it as it is, and `Scope(text)` reads it back."""

    __slots__ = ()

    @classmethod
    def of_environment(cls, name: str) -> Self:
        return cls(f"environment:{name}")

    @classmethod
    def of_message_stream(cls, name: str) -> Self:
        return cls(f"message_stream:{name}")

    @classmethod
    def of_tenant(cls, name: str) -> Self:
        return cls(f"tenant:{name}")

    @property
    def kind(self) -> str:
        """`global`, `environment`, `message_stream` or `tenant`."""
        return self.partition(":")[0]

    @property
    def name(self) -> str:
        """The environment, the message stream or the tenant; empty for `GLOBAL`."""
        return self.partition(":")[2]


GLOBAL = Scope("global")

EVERYWHERE = "*"
"""Of evidence: in place of an environment or a message stream, all of them."""
