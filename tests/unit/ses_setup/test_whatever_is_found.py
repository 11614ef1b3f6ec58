"""Whatever SES had before: after an apply nothing is left to do, and the end restores what was found."""

from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.ses_rig import DEV, DOMAIN, FEEDBACK, FOREIGN, SNS_ARN, Rig, bare, with_keys

_TOPIC = st.sampled_from(["", FEEDBACK, FOREIGN, f"{SNS_ARN}deleted"])
_FOUND = st.fixed_dictionaries(
    {
        "Topics": st.fixed_dictionaries(dict.fromkeys(("Bounce", "Complaint", "Delivery"), _TOPIC)),
        "Headers": st.dictionaries(st.sampled_from(["Bounce", "Complaint", "Delivery"]), st.booleans()),
        "Forwarding": st.just(True),
        "Default": st.sampled_from([None, "old"]),
    }
)
_KEYS = st.sampled_from(
    ["", "take_over = true", "headers = false", 'forwarding = "off"', 'notifications = ["bounce"]']
)


@pytest.mark.slow
@given(st.lists(_FOUND, min_size=1, max_size=3), st.lists(_KEYS, max_size=2, unique=True))
def test_after_apply_nothing_is_left_to_do(aws: None, found: list[dict[str, Any]], keys: list[str]) -> None:
    rig = Rig(with_keys(*keys))
    for name, one in zip((DOMAIN, DEV, "news@example.com"), found, strict=False):
        rig.fake.verify(name, **deepcopy(one))
    rig.apply()
    assert rig.changes() == []


@pytest.mark.slow
@given(_FOUND, st.lists(_KEYS, max_size=2, unique=True))
def test_whatever_was_found_is_restored_unless_it_led_nowhere(
    aws: None, found: dict[str, Any], keys: list[str]
) -> None:
    rig = Rig(with_keys(*keys))
    rig.fake.verify(DOMAIN, **deepcopy(found))
    rig.apply()
    rig.end()
    useless = ("", FEEDBACK, f"{SNS_ARN}deleted")
    kept = {kind: topic for kind, topic in found["Topics"].items() if topic not in useless}
    one = bare(rig.fake.identities[DOMAIN])
    assert {kind: topic for kind, topic in one["Topics"].items() if topic not in useless[2:]} == kept
    assert (one["Forwarding"], one["Default"]) == (True, found["Default"])
