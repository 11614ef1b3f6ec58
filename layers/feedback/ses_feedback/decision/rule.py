"""Rules: what an operator decided about all addresses of a domain. A rule is filed like an address without a name,
`@example.com` or, for what is below the domain, `@*.example.com`, with registers of its own. What is known of an
address itself is neither hidden nor changed by it.
"""

from collections.abc import Mapping
from copy import replace

from ses_feedback.address import pattern_of
from ses_feedback.decision.fact import REINSTATED
from ses_feedback.decision.state import State
from ses_feedback.decision.suppression import Suppression, suppressions
from ses_feedback.settings.file import Settings


def suppressions_by(rules: Mapping[str, State], settings: Settings) -> list[Suppression]:
    """What the rules of these keys hold, ended suppressions too. Only operators make rules: nothing else counts."""
    return [
        replace(held, rule=pattern_of(rule))
        for rule, state in rules.items()
        for held in suppressions(_decided(state), settings)
    ]


def _decided(state: State) -> State:
    registers = {
        place: stamp
        for place, stamp in state.registers.items()
        if place.fact.is_from_operator or place.fact == REINSTATED
    }
    return State(registers)
