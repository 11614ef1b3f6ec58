"""The environments and message streams that feedback.toml names: the table itself does not say which there are."""

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ses_feedback_client.errors import UnknownName


@dataclass(frozen=True, slots=True)
class Mail:
    """The mail that is to be sent, and the scopes of the suppressions that stop it."""

    environment: str
    message_stream: str
    scopes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Names:
    """`environments`: whether each is production. `environment` and `stream`: of mail that the caller says nothing
    of.
    """

    environments: Mapping[str, bool]
    streams: frozenset[str]
    environment: str
    stream: str

    @classmethod
    def shipped(cls) -> "Names":
        """Those of the feedback.toml that SES Feedback ships with."""
        environments = {"dev": False, "staging": False, "production": True}
        return cls(environments, frozenset({"marketing", "transactional"}), "production", "transactional")

    @classmethod
    def read(cls, path: str | os.PathLike[str]) -> "Names":
        """Those of a feedback.toml. Raises OSError, and ValueError if it is not TOML or names no environment."""
        settings = tomllib.loads(Path(path).read_text(encoding="utf-8"))
        environments, default = settings.get("environments"), settings.get("default", {})
        if not environments:
            raise ValueError(f"{os.fspath(path)}: no [environments]: is it the feedback.toml of your stack?")
        stream = default.get("message_stream", "transactional")
        return cls(
            {name: bool(keys.get("production", False)) for name, keys in environments.items()},
            frozenset({*settings.get("message_streams", {}), stream}),
            default.get("environment", "production"),
            stream,
        )

    def mail(self, environment: str | None, stream: str | None, tenant: str | None) -> Mail:
        """Raises `UnknownName`. Outside production only what reaches everything, or that environment, stops mail."""
        environment, stream = environment or self.environment, stream or self.stream
        self._check(environment, self.environments, "environment")
        self._check(stream, self.streams, "message stream")
        scopes = ["global", f"environment:{environment}"]
        if self.environments[environment]:
            scopes.append(f"message_stream:{stream}")
            if tenant:
                scopes.append(f"tenant:{tenant}")
        return Mail(environment, stream, tuple(scopes))

    def _check(self, name: str, known: Mapping[str, bool] | frozenset[str], what: str) -> None:
        if name not in known:
            raise UnknownName(
                f"no {what} {name!r}: this client knows {', '.join(sorted(known))}; "
                "Suppressions(table, settings='feedback.toml') takes the names from your settings"
            )
