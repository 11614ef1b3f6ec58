"""Why a mail bounced or is delayed, decided by an ordered table of rules, and what that calls for.

The rules are data (`rules.toml`): the first that fits decides, and every answer names it. The words of a reply are
believed before its status code, and that before SES's bounce type. docs/classification.md explains how it works,
how well, and how to add a rule.

    classify(BounceReport(status="5.1.1", diagnostic="smtp; 550 5.1.1 User unknown"))
    -> Classification(Reason.USER_UNKNOWN, Action.SUPPRESS, rule="user-unknown")
"""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from functools import cache, lru_cache
from typing import NamedTuple

from ses_feedback.bounces.alternatives import alternatives_in
from ses_feedback.bounces.details import provider_of
from ses_feedback.bounces.reply import LONGEST, Reply, outside_links, read_reply
from ses_feedback.bounces.rules import BUILT, Filed, Rule, built_in_rules, built_rules
from ses_feedback.ses_lists import held_by
from ses_feedback.vocabulary import ACTION_OF, Action, Reason


class BounceReport(NamedTuple):
    """What SES reports of one recipient of a bounce or of a delay, as SES writes it; what it leaves out is None.

    Of a delay, `bounce_sub_type` is its `delayType` and `action` is "delayed".
    """

    status: str | None = None
    diagnostic: str | None = None
    reporting_mta: str | None = None
    action: str | None = None
    bounce_type: str | None = None
    bounce_sub_type: str | None = None


@dataclass(frozen=True, slots=True)
class Classification:
    """What one bounce or delay means: the reason, what it calls for, and the name of the rule that decided."""

    reason: Reason
    action: Action
    rule: str


HELD_BACK = "/held back"
"""The type, for the rules, of a mail that one of SES's own lists held back (`ses_lists`)."""

_NO_CAUSE = {Reason.UNKNOWN, Reason.SERVER_ERROR}
"""Beside a cause these say nothing more: `unknown recipient or mailbox unavailable`."""

# Words that make poor keys to the index, since most replies have some of them.
_IN_MOST_REPLIES = """
    a account address again and at been by com delivery domain due email error failed for from has have host http
    https in is mail mailbox message more no not of on or please recipient rejected s server service support
    temporary that the this to try unknown user was with you your
"""


class Classifier:
    """Finds the first rule that fits; `custom` rules precede the built-in ones.

    Each phrase is filed under the rarest of its words, so that a reply is searched only for the few phrases
    that share such a word with it: about 30 of 3,800.
    """

    def __init__(self, custom: Iterable[Rule] = ()) -> None:
        custom = tuple(custom)
        self.rules = (*custom, *built_in_rules())
        self._facts = lru_cache(maxsize=1_000)(self._facts_of)
        self._entries = [  # one per phrase, in the order of the rules
            (phrase, rule, answer)
            for rule in self.rules
            for answer in (Classification(rule.reason, ACTION_OF[rule.reason], rule.name),)
            for phrase in rule.text or ("",)
        ]
        self._by_word: dict[str, list[int]] = defaultdict(list)  # in the end with those of its stem
        self._by_stem: dict[str, list[int]] = defaultdict(list)  # `blacklist*`, by its first four letters
        self._by_fact: dict[str, list[int]] = defaultdict(list)  # status, type, code
        self._other_scripts: list[int] = []
        built = None if custom else built_rules()
        if built:
            self._by_word, self._by_stem, self._by_fact, self._other_scripts = built.filed
        else:
            self._file()

    @property
    def filed(self) -> Filed:
        """Where each entry is filed."""
        return Filed(self._by_word, self._by_stem, self._by_fact, self._other_scripts)

    def _file(self) -> None:
        common = Counter(" ".join([phrase for rule in self.rules for phrase in rule.text]).split())
        common.update(dict.fromkeys(_IN_MOST_REPLIES.split(), 1_000))
        for number, (phrase, rule, _) in enumerate(self._entries):
            if phrase:
                self._place(phrase, common).append(number)
            for fact in () if phrase else rule.status or rule.type or rule.code:
                self._by_fact[fact].append(number)
        for word, entries in self._by_word.items():
            entries += self._by_stem.get(word[:4], ())

    def _place(self, phrase: str, common: Counter[str]) -> list[int]:
        """Where a phrase is filed. Only whole words qualify: of `sender polic*` that is `sender`."""
        if not phrase.isascii():
            return self._other_scripts
        words = phrase.split()
        if phrase[-1] != " ":
            words.pop()
        return self._by_word[min(words, key=common.__getitem__)] if words else self._by_stem[phrase[1:5]]

    def classify(self, report: BounceReport) -> Classification:
        """Classify one recipient of a bounce or of a delivery delay.

        Never raises. A temporary reply (4xx, or "delayed") never suppresses: `450 4.1.1 User unknown` is
        USER_UNKNOWN, but COUNT_SOFT. So is a reply that leaves the cause open (`alternatives`). Where SES's sub-type
        names a list that held the mail back, no server spoke about this mail: only rules that name a type are looked
        at, and no reply makes the answer temporary.
        """
        status, diagnostic, reporting_mta, action, bounce_type, bounce_sub_type = report
        reply = read_reply(diagnostic, status)
        kind = (bounce_type or "").lower()
        held_back = held_by(bounce_sub_type) is not None
        facts, by_fact = self._facts(reply.status, reply.code, bool(action), kind, bounce_sub_type or "")
        candidates = [*self._sharing_words_with(reply), *by_fact]
        candidates.sort()
        text, entries = reply.text, self._entries
        for number in candidates:
            phrase, rule, answer = entries[number]
            if held_back and not rule.type:
                continue
            if phrase not in text or not (rule.by_text_alone or rule.fits(reply, facts)):
                continue
            if rule.provider and rule.provider != provider_of(reporting_mta=reporting_mta, diagnostic=diagnostic):
                continue
            if answer.action is Action.SUPPRESS and _is_in_links(phrase, diagnostic):
                continue
            is_final = held_back or answer.action is not Action.SUPPRESS
            if is_final or not (_is_temporary(reply, action, kind) or self._leaves_open(diagnostic or "", phrase)):
                return answer
            return Classification(rule.reason, Action.COUNT_SOFT, rule.name)
        return Classification(Reason.UNKNOWN, ACTION_OF[Reason.UNKNOWN], "nothing-fits")

    def _facts_of(
        self, status: str, code: str, has_action: bool, kind: str, sub_type: str
    ) -> tuple[frozenset[str], tuple[int, ...]]:
        """What rules compare beside words, and the entries that need no words. Few of these differ."""
        sub_kind = (sub_type or ("undetermined" if kind else "")).lower()
        facts = {status or ("" if has_action else "none"), status[1:], code or "no code", code[:1]}
        if held_by(sub_type) is not None:
            facts.add(HELD_BACK)
        if kind or sub_kind:
            facts |= {f"{kind}/{sub_kind}", f"{kind}/", f"/{sub_kind}"}
        return frozenset(facts), tuple([entry for fact in facts for entry in self._by_fact.get(fact, ())])

    def _sharing_words_with(self, reply: Reply) -> list[int]:
        """The entries whose phrases may occur in a reply, in no order."""
        candidates: list[int] = []
        by_word, by_stem = self._by_word, self._by_stem
        for word in reply.words:
            if found := by_word.get(word) or by_stem.get(word[:4]):
                candidates += found
        if not reply.text.isascii():
            candidates += self._other_scripts
        return candidates

    def _leaves_open(self, diagnostic: str, phrase: str) -> bool:
        """Whether a reply names alternatives of which only some suppress. A phrase with an `or` has decided that."""
        if " or " in phrase:
            return False
        is_open = False
        for pieces in alternatives_in(diagnostic[:LONGEST]):
            actions = {self._action_of(piece) for piece in pieces} - {None}
            if actions == {Action.SUPPRESS} and len(pieces) == 1:
                return False  # another clause says it without an alternative
            is_open |= Action.SUPPRESS in actions and len(actions) > 1
        return is_open

    def _action_of(self, words: str) -> Action | None:
        """What a few words call for by themselves, without any code; None where they name no cause."""
        reply = read_reply(words, None)
        for number in sorted(self._sharing_words_with(reply)):
            phrase, rule, answer = self._entries[number]
            if phrase in reply.text and not rule.provider and (rule.by_text_alone or rule.fits(reply, frozenset())):
                return None if answer.reason in _NO_CAUSE else answer.action
        return None


def _is_in_links(phrase: str, diagnostic: str | None) -> bool:
    """Whether only the address of a page says it, which explains any refusal."""
    return diagnostic is not None and "://" in diagnostic and phrase not in outside_links(diagnostic)


def _is_temporary(reply: Reply, action: str | None, bounce_type: str) -> bool:
    """Whether the failure may pass. SES's type decides where the reply has no code."""
    if (action or "").lower() == "delayed":
        return True
    by_code = reply.is_temporary
    return bounce_type in ("transient", "undetermined") if by_code is None else by_code


@cache
def built_in_classifier() -> Classifier:
    """The classifier without custom rules; built once per process."""
    return Classifier()


def write_built() -> None:
    """Writes what `rules.built_rules` reads, beside the rules, for `sam build`; needs the standard library alone."""
    BUILT.unlink(missing_ok=True)
    classifier = Classifier()
    rules = [asdict(rule) for rule in classifier.rules]
    BUILT.write_text(json.dumps([rules, classifier.filed], ensure_ascii=False), encoding="utf-8")


def classify(report: BounceReport) -> Classification:
    """What `built_in_classifier` answers."""
    return built_in_classifier().classify(report)


if __name__ == "__main__":
    write_built()
