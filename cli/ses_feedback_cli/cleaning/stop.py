"""Why a row is removed, as its added columns say."""

from typing import NamedTuple


class Stop(NamedTuple):
    """What stops mail to an address, as texts. `reason`: why, in a word; the others are empty for a row without an
    address. `until`: empty if for good. `rule`: the rule of an operator for the domain, if it is one.
    """

    reason: str
    scope: str = ""
    since: str = ""
    until: str = ""
    rule: str = ""


COLUMNS = Stop._fields
"""What a file of removed rows has behind the columns of the list."""
