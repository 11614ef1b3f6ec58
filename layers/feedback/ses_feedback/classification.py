"""Why a mail bounced or is delayed, decided by an ordered table of rules, and what that calls for.

The rules are data (`bounce_rules.toml`, which explains its own format): the first that fits decides, and every
answer names it. What a reply says in words comes before its status code, and that before SES's bounce type.
docs/classification.md tells how it works, how well, and how to add a rule.

    classify(status="5.1.1", diagnostic="smtp; 550 5.1.1 User unknown")
    -> Classification(USER_UNKNOWN, SUPPRESS, rule="unknown-user")
"""

import re
import tomllib
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from ses_feedback.errors import InvalidSettings
from ses_feedback.vocabulary import ACTION_OF, Action, Reason

_BUILT_IN = Path(__file__).with_name("bounce_rules.toml")


@dataclass(frozen=True, slots=True)
class Classification:
    """What one bounce or delay means: the reason, what it calls for, and the name of the rule that decided."""

    reason: Reason
    action: Action
    rule: str


# --- Reading a reply ---------------------------------------------------------------------------------------

_LONGEST = 4_000  # characters read of a diagnostic; real replies rarely pass 1,000
# SES: `4.4.7 Message expired: unable to deliver in 840 minutes.<421 4.4.0 Unable to lookup DNS for …>`.
# Cisco: `5.1.0 - Unknown address error 550-'5.7.1 …'`: its "address error" heads every kind of refusal.
_WRAPPED = re.compile(r"unable to deliver in \d+ minutes\W*<(.+)>|unknown address error (\d{3}.+)", re.DOTALL)
_TYPE = re.compile(r"\s*[a-z][\w.\-]*\s*;")  # `smtp; `, `X-Postfix; `: who speaks, not what is said
_REPLY_CODE = re.compile(r"[45](?<![\w.=\-].)[0-7]\d(?=[ \-:;,]|$)")
_STATUS = re.compile(r"[245](?<![\d.].)\.\d{1,3}\.\d{1,3}(?![\d.]*\d)")
# Codes that need their number: OFR_506, LPN007_510, RP-001. Every other number is left out of the words.
_NUMBERED = re.compile(r"\b(ofr\d*|lpn\d*|wan\d*|dy|ou|rp|sc|rfc)[ _-](\d{3,4})\b")
_WORD = re.compile(r"\d*[a-z][a-z0-9]*")
_WORD_OR_ADDRESS = re.compile(r"[\w.+=-]++@[\w.-]+|\d*[a-z][a-z0-9]*")
_ANY_WORD_OR_ADDRESS = re.compile(r"[\w.+=-]++@[\w.-]+|\d*[^\W\d_][^\W_]*")


class _Reply(NamedTuple):
    words: set[str]
    text: str  # " user unknown in virtual mailbox table ": bare words, a space between and around
    code: str  # "550", or ""
    status: str  # "5.1.1", or ""


def _bare_words(text: str) -> list[str]:
    """Words of a lower-case text, without numbers, IPs and addresses: they stand inside phrases as noise.

    Accents go (`Empfänger` is `empfanger`), other scripts stay.
    """
    if "_" in text or "-0" in text or "rfc" in text:
        text = _NUMBERED.sub(r"\1\2", text)
    if not text.isascii():
        decomposed = unicodedata.normalize("NFKD", text)
        words = _ANY_WORD_OR_ADDRESS.findall("".join(c for c in decomposed if not "\u0300" <= c <= "\u036f"))
    elif "@" in text:
        words = _WORD_OR_ADDRESS.findall(text)
    else:
        return _WORD.findall(text)
    return [word for word in words if "@" not in word]


def _read(diagnostic: str | None, status: str | None) -> _Reply:
    text = (diagnostic or "")[:_LONGEST].lower()
    if typed := _TYPE.match(text):
        text = text[typed.end() :]
    if " error " in text or " minutes" in text:  # either wrapping has one of these; a search costs more
        wrapped = _WRAPPED.search(text)
        text = f"{wrapped[1] or wrapped[2]}\n{text}" if wrapped else text  # the cause first
    code = _REPLY_CODE.search(text)
    said = _STATUS.search(text)
    given = _STATUS.search(status) if status else None
    # X.0.0 says nothing; else what the reply itself says is nearer to the cause than the field beside it.
    if said and (given is None or not said[0].endswith(".0.0")):
        best = said[0]
    else:
        best = given[0] if given else ""
    words = _bare_words(text)
    return _Reply(set(words), f" {' '.join(words)} ", code[0] if code else "", best)


def _is_temporary(reply: _Reply, action: str, bounce_type: str) -> bool:
    """A 4xx anywhere is temporary; where no code speaks, SES's type does."""
    if action == "delayed" or reply.code.startswith("4") or reply.status.startswith("4"):
        return True
    return not reply.code and not reply.status and bounce_type in ("transient", "undetermined")


# --- Rules -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Rule:
    """One line of the table; an empty condition always holds. The table's head explains each key."""

    name: str
    reason: Reason
    text: tuple[str, ...] = ()
    unless: tuple[str, ...] = ()
    pattern: str = ""
    status: tuple[str, ...] = ()
    code: tuple[str, ...] = ()
    type: tuple[str, ...] = ()
    bare: bool = False
    by_text_alone: bool = False

    def fits(self, reply: _Reply, facts: tuple[str, ...]) -> bool:
        """Whether every condition but `text` holds; the index has found that one."""
        return (
            (not self.status or any(s in facts for s in self.status))
            and (not self.code or any(c in facts for c in self.code))
            and (not self.type or any(t in facts for t in self.type))
            and not (self.bare and (reply.words or reply.status))
            and not any(phrase in reply.text for phrase in self.unless)
            and (not self.pattern or re.search(self.pattern, reply.text) is not None)
        )


_KEYS = ("reason", "text", "unless", "pattern", "status", "code", "type", "bare", "note")


def _phrase(alternative: str) -> str:
    """`Mailbox full` -> " mailbox full "; `blacklist*` -> " blacklist"; other scripts match anywhere."""
    bare = " ".join(_bare_words(alternative.lower()))
    if not bare.isascii():
        return bare
    return f" {bare}" if alternative.endswith("*") else f" {bare} "


def _phrases(alternatives: str) -> tuple[str, ...]:
    if not alternatives:
        return ()
    # Most phrases are bare already: to see that is five times faster than to make them so.
    return tuple(
        [
            f" {one} " if one.replace(" ", "").isalpha() and one.islower() and one.isascii() else _phrase(one)
            for one in alternatives.split(" | ")
        ]
    )


def _facts(alternatives: str) -> tuple[str, ...]:
    return tuple(one.strip().lower() for one in alternatives.split("|")) if alternatives else ()


def read_rules(table: Mapping[str, Any], source: str) -> tuple[Rule, ...]:
    """Rules from a table of name -> keys, in its order. Raises InvalidSettings naming `source` and the rule."""
    return tuple(_read_rule(name, keys, f"{source}: rule {name!r}") for name, keys in table.items())


def _read_rule(name: str, keys: Any, place: str) -> Rule:
    if not isinstance(keys, dict) or (unknown := set(keys) - set(_KEYS)):
        what = f"has the unknown key {min(unknown)!r}" if isinstance(keys, dict) else "is not a table"
        raise InvalidSettings(f"{place} {what}; allowed: {', '.join(_KEYS)}")
    wrong = next((k for k, v in keys.items() if type(v) is not (bool if k == "bare" else str)), None)
    if wrong:
        raise InvalidSettings(f"{place}: {wrong} must be {'true or false' if wrong == 'bare' else 'a string'}")
    if keys.get("reason") not in ACTION_OF:
        allowed = ", ".join(Reason)
        raise InvalidSettings(f"{place} has the unknown reason {keys.get('reason')!r}; allowed: {allowed}")
    if not any(keys.get(k) for k in ("text", "status", "code", "type")):
        raise InvalidSettings(f"{place} needs at least one of: text, status, code, type")
    return Rule(
        name=name,
        reason=Reason(keys["reason"]),
        text=_phrases(keys.get("text", "")),
        unless=_phrases(keys.get("unless", "")),
        pattern=keys.get("pattern", ""),
        status=_facts(keys.get("status", "")),
        code=_facts(keys.get("code", "")),
        type=_facts(keys.get("type", "")),
        bare=keys.get("bare", False),
        by_text_alone=not keys.keys() - {"reason", "text", "note"},
    )


def load_rules(text: str, source: str) -> tuple[Rule, ...]:
    """Rules of one's own, to stand before the built-in ones: `Classifier(load_rules(text, "my.toml"))`.

    Raises InvalidSettings for TOML that cannot be read, for unknown keys and reasons, and for a pattern that
    does not compile, naming the source, the rule and what is allowed.
    """
    try:
        rules = read_rules(tomllib.loads(text), source)
    except tomllib.TOMLDecodeError as error:
        raise InvalidSettings(f"{source}: {error}") from error
    for rule in rules:
        try:
            re.compile(rule.pattern)
        except re.error as error:
            raise InvalidSettings(f"{source}: rule {rule.name!r}: the pattern does not compile: {error}") from None
    return rules


@cache
def built_in_rules() -> tuple[Rule, ...]:
    """The table of the package, read once; its patterns are compiled where first needed."""
    return read_rules(tomllib.loads(_BUILT_IN.read_text(encoding="utf-8")), _BUILT_IN.name)


class Classifier:
    """Finds the first rule that fits. `own` rules stand before the built-in ones.

    Each phrase is filed under the rarest of its words, so that a reply is searched only for the few phrases
    that share such a word with it: about 20 of 2,000.
    """

    def __init__(self, own: Iterable[Rule] = ()) -> None:
        self.rules = (*own, *built_in_rules())
        self._entries: list[tuple[str, Rule]] = []  # one per phrase, in the order of the rules
        self._by_word: dict[str, list[int]] = defaultdict(list)
        self._by_stem: dict[str, list[int]] = defaultdict(list)  # `blacklist*`, by its first four letters
        self._by_fact: dict[str, list[int]] = defaultdict(list)  # status, code, type
        self._other_scripts: list[int] = []
        common = Counter(" ".join([phrase for rule in self.rules for phrase in rule.text]).split())
        for rule in self.rules:
            if not rule.text:
                for fact in rule.status or rule.type or rule.code:
                    self._by_fact[fact].append(len(self._entries))
                self._entries.append(("", rule))
            for phrase in rule.text:
                self._place(phrase, common).append(len(self._entries))
                self._entries.append((phrase, rule))

    def _place(self, phrase: str, common: Counter[str]) -> list[int]:
        """Where a phrase is filed. Only a whole word can stand for it: of `sender polic*` that is `sender`."""
        words = phrase.split()
        if phrase[-1] != " " and phrase.isascii():
            words.pop()
        if not phrase.isascii():
            return self._other_scripts
        return self._by_word[min(words, key=common.__getitem__)] if words else self._by_stem[phrase[1:5]]

    def classify(
        self,
        *,
        status: str | None = None,
        diagnostic: str | None = None,
        reporting_mta: str | None = None,
        action: str | None = None,
        bounce_type: str | None = None,
        bounce_sub_type: str | None = None,
    ) -> Classification:
        """See the function `classify`."""
        reply = _read(diagnostic, status)
        kind, sub_kind = (bounce_type or "").lower(), (bounce_sub_type or "").lower()
        facts = (
            reply.status, reply.status[1:], reply.code, reply.code[:1],
            f"{kind}/{sub_kind}", f"{kind}/", f"/{sub_kind}",
        )  # fmt: skip
        found: list[int] = []
        for word in reply.words & self._by_word.keys():
            found += self._by_word[word]
        for stem in {word[:4] for word in reply.words} & self._by_stem.keys():
            found += self._by_stem[stem]
        for fact in facts:
            if fact in self._by_fact:
                found += self._by_fact[fact]
        if not reply.text.isascii():
            found += self._other_scripts
        found.sort()
        text, entries = reply.text, self._entries
        for number in found:
            phrase, rule = entries[number]
            if phrase in text and (rule.by_text_alone or rule.fits(reply, facts)):
                suppresses = ACTION_OF[rule.reason] is Action.SUPPRESS
                if suppresses and _is_temporary(reply, (action or "").lower(), kind):
                    return Classification(rule.reason, Action.COUNT_SOFT, rule.name)
                return Classification(rule.reason, ACTION_OF[rule.reason], rule.name)
        return Classification(Reason.UNKNOWN, ACTION_OF[Reason.UNKNOWN], "nothing-fits")


@cache
def _built_in() -> Classifier:
    return Classifier()


def classify(
    *,
    status: str | None = None,
    diagnostic: str | None = None,
    reporting_mta: str | None = None,
    action: str | None = None,
    bounce_type: str | None = None,
    bounce_sub_type: str | None = None,
) -> Classification:
    """Classify one recipient of a bounce or of a delivery delay; all arguments as SES reports them.

    For a delay pass its `delayType` as `bounce_sub_type` and the action "delayed". Never raises. A temporary
    reply (4xx, or "delayed") never suppresses: `450 4.1.1 User unknown` is USER_UNKNOWN, but COUNT_SOFT.
    """
    return _built_in().classify(
        status=status,
        diagnostic=diagnostic,
        reporting_mta=reporting_mta,
        action=action,
        bounce_type=bounce_type,
        bounce_sub_type=bounce_sub_type,
    )
