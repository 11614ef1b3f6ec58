"""Replies that leave the cause open: `550 User unknown or mailbox full`, in the languages that the rules know.

Such a server does not know, or does not say, whether the address is gone, so it must not be suppressed for good.
"""

import re
from collections.abc import Iterator

# Between spaces. Dutch has `of`, which English has everywhere: it counts among Dutch words only.
_OR = (
    r"or|oder|bzw\.?|beziehungsweise|ou|soit|o|u|oppure|eller|lub|albo|nebo|alebo|ili|ali|tai|vagy|veya|ya da|sau"
    "|atau|hoặc|ή|или|либо|або|чи"  # noqa: RUF001
)
_DUTCH = re.compile(r"\b(?:niet|onbekend|bestaat|ontvanger|gebruiker|postvak|mailbox is vol|geblokkeerd)\b")
_WITHOUT_SPACES = r"或者?|または|もしくは|あるいは|또는|혹은|(?<=[가-힣])거나|か、"
_SLASH = r"(?<=[a-z]) ?/ ?(?=[a-z])"
_BETWEEN = re.compile(rf",?\s(?:and/or|{_OR})\s|{_WITHOUT_SPACES}|{_SLASH}")
_BETWEEN_DUTCH = re.compile(rf"{_BETWEEN.pattern}|\sof\s")
_HINT = re.compile(rf"[\s/](?:{_OR}|of)\s|{_WITHOUT_SPACES}|/")
_WORDS = frozenset(f"{_OR}|of|ya|bzw|bzw.".split("|"))
_CLAUSE = re.compile(r"(?<!bzw)[.;:!?()<>\n]+(?=\s|$)|[()<>\n。！？；]|: ?")  # noqa: RUF001
_MOST = 20
"""Clauses, and alternatives of one, that are looked at."""


def alternatives_in(reply: str) -> Iterator[list[str]]:
    """The clauses of a reply that names alternatives anywhere; nothing of any other reply.

    A clause is the list of its alternatives, first as they are and then behind its first word: `mailbox unknown or
    full` is `mailbox unknown`, `full`, `mailbox full`. One without alternatives is a list of one.
    """
    text = reply.lower()
    has_no_word = text.isascii() and "/" not in text and _WORDS.isdisjoint(text.split())  # tells most of them apart
    if has_no_word or not _HINT.search(text):
        return
    between = _BETWEEN_DUTCH if " of " in text and _DUTCH.search(text) else _BETWEEN
    for clause in _CLAUSE.split(text)[:_MOST]:
        if "http" in clause or "www" in clause:
            continue
        first, *others = between.split(clause, maxsplit=_MOST)
        if not others:
            yield [clause]
        else:
            first, *listed = first.split(",")
            pieces = [first, *listed, *others]
            subject = next(iter(re.findall(r"[^\W\d_]{3,}", first)), "")
            yield pieces + [f"{subject} {piece}" for piece in pieces[1:]]
