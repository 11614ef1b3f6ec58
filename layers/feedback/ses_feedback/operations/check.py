"""Whether mail may be sent to addresses."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import NamedTuple

from ses_feedback.decision.suppression import Suppression
from ses_feedback.ledger.table import Ledger
from ses_feedback.operations.status import PlannedMail, holding, key_of, stops
from ses_feedback.settings.file import Settings


class Verdict(NamedTuple):
    """`received`: as somebody wrote the address; `address`: the ledger's key of it. `stopping` is what stops this
    mail, `elsewhere` what stops other mail to it.
    """

    received: str
    address: str
    stopping: list[Suppression]
    elsewhere: list[Suppression]


def verdicts(
    received: Iterable[str],
    mail: PlannedMail,
    ledger: Ledger,
    settings: Settings,
    now: datetime,
    *,
    former_spellings: bool = True,
) -> Iterator[Verdict]:
    """In their order, with the rules over each; a request for each hundred keys, side by side. Raises
    `InvalidRequest` before anything is read, if one of them is not an address; botocore's errors; `Unavailable`.
    """
    addresses = [(text, key_of(text)) for text in received]
    known = ledger.known((text for text, _ in addresses), former_spellings=former_spellings)
    for (text, address), (state, rules) in zip(addresses, known, strict=True):
        held = holding(state, settings, now, rules)
        stopping = [each for each in held if stops(each, mail, settings)]
        yield Verdict(text, address, stopping, [each for each in held if each not in stopping])
