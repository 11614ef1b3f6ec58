"""The rules of classification, read from TOML and checked. rules.toml explains each key."""

import re
import tomllib
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any, NamedTuple

from ses_feedback.bounces.details import PROVIDERS
from ses_feedback.bounces.reply import Reply, bare_words
from ses_feedback.errors import InvalidSettings
from ses_feedback.vocabulary import ACTION_OF, Reason

BUILT_IN = Path(__file__).with_suffix(".toml")
BUILT = Path(__file__).with_suffix(".json")
"""What `sam build` makes of the built-in rules (`classification.write_built`): a checkout has none."""

_KEYS = ("reason", "text", "unless", "pattern", "status", "code", "type", "provider", "bare", "note")
_CONDITIONS = ("text", "status", "code", "type")


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One line of the table. An empty condition always holds; phrases are in the form that is searched for."""

    name: str
    reason: Reason
    text: tuple[str, ...] = ()
    unless: tuple[str, ...] = ()
    pattern: str = ""
    status: tuple[str, ...] = ()
    code: tuple[str, ...] = ()
    type: tuple[str, ...] = ()
    provider: str = ""
    bare: bool = False
    by_text_alone: bool = False

    @cached_property
    def _unless_by_word(self) -> tuple[frozenset[str], dict[str, list[str]]]:
        """Words, and the phrases of `unless` that have each; under "" those that may begin within a word."""
        filed = defaultdict[str, list[str]](list)
        for phrase in self.unless:
            is_of_words = phrase.isascii() and phrase[-1] == " "
            filed[max(phrase.split(), key=len) if is_of_words else ""].append(phrase)
        return frozenset(filed), dict(filed)

    def _is_excepted(self, reply: Reply) -> bool:
        """Whether any phrase of `unless` is in the reply; most replies share no word with any."""
        words, filed = self._unless_by_word
        if "" not in words and words.isdisjoint(reply.words):
            return False
        for word in ("", *(reply.words & words)):
            for phrase in filed.get(word, ()):
                if phrase in reply.text:
                    return True
        return False

    @cached_property
    def _compiled(self) -> re.Pattern[str]:
        return re.compile(self.pattern)

    def fits(self, reply: Reply, facts: frozenset[str]) -> bool:
        """Whether all but `text` and `provider` hold. `facts` are the reply's status, code and SES types."""
        if self.status and facts.isdisjoint(self.status):
            return False
        if (self.code and facts.isdisjoint(self.code)) or (self.type and facts.isdisjoint(self.type)):
            return False
        if self.unless and self._is_excepted(reply):
            return False
        if self.bare and reply.words:
            return False
        return not self.pattern or self._compiled.search(reply.text) is not None


def load_rules(text: str, source: str) -> tuple[Rule, ...]:
    """Custom rules from TOML, for `Classifier`. Raises InvalidSettings as `read_rules` does."""
    try:
        return read_rules(tomllib.loads(text), source)
    except tomllib.TOMLDecodeError as error:
        raise InvalidSettings(f"{source}: {error}") from error


def read_rules(table: Mapping[str, Any], source: str) -> tuple[Rule, ...]:
    """Rules from a parsed table, name -> keys, in its order.

    Raises InvalidSettings for an unknown key, reason or provider, a wrong type, a phrase that could never be
    found and a pattern that does not compile, naming `source`, the rule and what is allowed.
    """
    return tuple(
        _checked(_read_rule(name, keys, place := f"{source}: rule {name!r}"), place) for name, keys in table.items()
    )


def _checked(rule: Rule, place: str) -> Rule:
    """Checks that the built-in rules are tested for, made of custom rules when they are read."""
    try:
        re.compile(rule.pattern)
    except re.error as error:
        raise InvalidSettings(f"{place}: its pattern does not compile: {error}") from None
    for phrase in (*rule.text, *rule.unless):
        if not phrase.strip():
            raise InvalidSettings(f"{place} has a phrase without words; numbers and punctuation do not count")
        if phrase[-1] != " " and len(phrase) < 5 and phrase.isascii():
            raise InvalidSettings(f"{place}: {phrase.strip()}* is too short; allowed: four letters or more")
    if rule.provider and rule.provider not in PROVIDERS:
        allowed = ", ".join(sorted(PROVIDERS))
        raise InvalidSettings(f"{place} has the unknown provider {rule.provider!r}; allowed: {allowed}")
    return rule


class Filed(NamedTuple):
    """The numbers of phrases by what replies are searched by; see `Classifier`."""

    by_word: dict[str, list[int]]
    by_stem: dict[str, list[int]]
    by_fact: dict[str, list[int]]
    other_scripts: list[int]


class BuiltRules(NamedTuple):
    """The built-in rules, and where the classifier files them if there are no others."""

    rules: tuple[Rule, ...]
    filed: Filed


@cache
def built_rules() -> BuiltRules | None:
    """What `sam build` made, which loads in a tenth of the time of reading and filing the rules; None without it."""
    if not BUILT.is_file():
        return None
    from msgspec.json import decode  # here, since the host that builds a layer may have none

    return decode(BUILT.read_bytes(), type=BuiltRules)


@cache
def built_in_rules() -> tuple[Rule, ...]:
    """The table of the package. Its patterns are compiled on first use: compiling is most of the time to load."""
    if built := built_rules():
        return built.rules
    table = tomllib.loads(BUILT_IN.read_text(encoding="utf-8"))
    return tuple(_read_rule(name, keys, f"{BUILT_IN.name}: rule {name!r}") for name, keys in table.items())


def _read_rule(name: str, keys: Any, place: str) -> Rule:
    if not isinstance(keys, dict):
        raise InvalidSettings(f"{place} must be a table of: {', '.join(_KEYS)}")
    for key, value in keys.items():
        if key not in _KEYS:
            raise InvalidSettings(f"{place} has the unknown key {key!r}; allowed: {', '.join(_KEYS)}")
        if not isinstance(value, bool if key == "bare" else str):
            raise InvalidSettings(f"{place}: {key} must be {'true or false' if key == 'bare' else 'a string'}")
    if keys.get("reason") not in ACTION_OF:
        raise InvalidSettings(
            f"{place} has the unknown reason {keys.get('reason')!r}; allowed: {', '.join(ACTION_OF)}"
        )
    if not any(keys.get(condition) for condition in _CONDITIONS):
        raise InvalidSettings(f"{place} needs at least one of: {', '.join(_CONDITIONS)}")
    return Rule(
        name=name,
        reason=Reason(keys["reason"]),
        text=_phrases(keys.get("text", "")),
        unless=_phrases(keys.get("unless", "")),
        pattern=keys.get("pattern", ""),
        status=_alternatives(keys.get("status", "")),
        code=_alternatives(keys.get("code", "")),
        type=_alternatives(keys.get("type", "")),
        provider=keys.get("provider", ""),
        bare=keys.get("bare", False),
        by_text_alone=not keys.keys() - {"reason", "text", "note"},
    )


def _alternatives(text: str) -> tuple[str, ...]:
    return tuple(alternative.strip().lower() for alternative in text.split("|")) if text else ()


_BARE = re.compile(r"[a-z][a-z0-9]*(?: [a-z][a-z0-9]*)*").fullmatch


def _phrases(text: str) -> tuple[str, ...]:
    if not text:
        return ()
    # Most phrases are bare already: checking that is much faster than converting them.
    alternatives = " ".join(text.split()).split(" | ")
    return tuple([f" {phrase} " if _BARE(phrase) else _phrase(phrase) for phrase in alternatives])


def _phrase(alternative: str) -> str:
    """`Mailbox full` -> " mailbox full "; `blacklist*` -> " blacklist"; other scripts match anywhere."""
    bare = " ".join(bare_words(alternative.lower()))
    if not bare.isascii():
        return bare
    return f" {bare}" if alternative.endswith("*") else f" {bare} "
