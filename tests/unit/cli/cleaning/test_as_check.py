"""Whatever is known of addresses and domains: cleaning by an export stops whom `check` stops, and nobody else."""

import io
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from ses_feedback import timestamp
from ses_feedback.address import is_rule, normalise, rules_over
from ses_feedback.decision.fact import Fact
from ses_feedback.decision.imported import Listing
from ses_feedback.decision.state import Evidence, Place, Stamp, State, keep_days
from ses_feedback.decision.suppression import suppressions
from ses_feedback.operations.status import PlannedMail, holding, name_of, stops
from ses_feedback_cli.cleaning.exported import Exported
from ses_feedback_cli.lists.formats import FORMATS
from ses_feedback_cli.lists.writing import listing_of, write_list
from tests.samples import shipped_settings

SETTINGS = shipped_settings()
NOW = datetime(2026, 11, 20, 10, 0, 0, 500_000, tzinfo=UTC)
ADDRESSES = (
    "jane@example.com",
    "=1+1@example.com",
    "o'neil@mail.example.com",
    "jörg@bücher.example",
    "'+1@x.example",
)
RULES = ("@example.com", "@*.example.com", "@xn--bcher-kva.example")

_OF_ADDRESSES = (
    *("user_unknown", "domain_invalid", "complaint.abuse.full", "complaint.abuse.low", "not_spam", "delivered"),
    *("ses_suppressed.global", "ses_suppressed.account", "ses_suppressed.tenant.lantern", "reinstated"),
    *("soft.mailbox_full", "soft.unknown", "operator", "operator.3", "operator.90"),
)
_OF_RULES = ("operator", "operator.3", "operator.90", "reinstated")
_STAMPS = st.builds(
    Stamp.of,
    st.integers(0, 24 * 200).map(lambda hours: timestamp.later("2026-11-19T23:00:00.000Z", hours=-hours)),
    st.sampled_from("abcdef"),
)


def states(facts: tuple[str, ...]) -> st.SearchStrategy[State]:
    places = st.builds(
        Place,
        st.sampled_from(facts).map(Fact),
        st.sampled_from(["production", "staging", "*"]),
        st.sampled_from(["transactional", "marketing", "*"]),
    )

    def merged(history: list[Evidence]) -> State:
        state = State()
        for piece in history:
            state = state.merged(piece, keep_days(SETTINGS))
        return state

    return st.lists(st.builds(Evidence, places, _STAMPS), max_size=12).map(merged)


_KNOWN = st.fixed_dictionaries(
    {normalise(name): states(_OF_ADDRESSES) for name in ADDRESSES} | {rule: states(_OF_RULES) for rule in RULES}
)
_MAIL = st.builds(
    PlannedMail,
    st.sampled_from(["production", "staging", "dev"]),
    st.sampled_from(["transactional", "marketing"]),
    st.sampled_from([(), ("lantern",), ("other", "lantern")]),
)


def entries(known: dict[str, State]) -> Iterator[Listing]:
    """What `suppressions export` writes: the index holds what each state does."""
    for key, state in known.items():
        for held in suppressions(state, SETTINGS):
            if held.holds_at(timestamp.to_text(NOW)):
                yield listing_of(name_of(key), held, None)


@given(known=_KNOWN, mail=_MAIL)
def test_an_export_stops_whom_check_stops(tmp_path: Path, known: dict[str, State], mail: PlannedMail) -> None:
    text = io.StringIO(newline="")
    write_list(entries(known), FORMATS["ses-feedback"], text)
    path = tmp_path / "export.csv"
    path.write_text(text.getvalue(), encoding="utf-8", newline="")
    exported = Exported(path, mail, SETTINGS, NOW, lambda _: None)
    for key in (normalise(name) for name in (*ADDRESSES, "nobody@example.com", "a@b.mail.example.com")):
        rules = {rule: known[rule] for rule in rules_over(key) if rule in known}
        held = holding(known.get(key, State()), SETTINGS, NOW, rules)
        stopping = [each for each in held if stops(each, mail, SETTINGS)]
        stop = exported.stop(key)
        assert (stop is not None) == bool(stopping)
        if stop is not None:
            assert (stop.scope, stop.rule) in [(each.scope, each.rule) for each in stopping]
    assert not any(is_rule(name) for name in ADDRESSES)
