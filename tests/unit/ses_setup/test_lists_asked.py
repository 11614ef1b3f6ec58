"""The configuration set decides which suppression list SES asks, else the tenant, else the account."""

from typing import Any

import pytest

from ses_feedback.ses_lists import SesList
from ses_feedback.ses_setup.lists_asked import list_asked

BOTH = {"SuppressedReasons": ["BOUNCE", "COMPLAINT"]}
OWN = {"SuppressedReasons": ["COMPLAINT"], "SuppressionScope": "TENANT"}


@pytest.mark.parametrize(
    ("of_set", "of_tenant", "of_account", "asked", "decided_by"),
    [
        ({}, None, BOTH, SesList.ACCOUNT, "account"),
        ({}, {}, BOTH, SesList.ACCOUNT, "account"),
        ({}, OWN, BOTH, SesList.TENANT, "tenant"),
        ({}, {"SuppressedReasons": [], "SuppressionScope": "TENANT"}, BOTH, None, "tenant"),
        ({"SuppressionScope": "ACCOUNT"}, OWN, BOTH, SesList.ACCOUNT, "tenant"),
        ({"SuppressedReasons": ["BOUNCE"]}, OWN, BOTH, SesList.TENANT, "configuration set"),
        ({"SuppressedReasons": []}, OWN, BOTH, None, "configuration set"),
        ({"SuppressionScope": "TENANT"}, None, BOTH, SesList.ACCOUNT, "account"),
        ({}, None, {}, None, "account"),
    ],
)
def test_the_first_level_that_says_anything_decides(
    of_set: dict[str, Any], of_tenant: Any, of_account: Any, asked: SesList | None, decided_by: str
) -> None:
    found = list_asked(of_set, of_tenant, of_account)
    assert (found.list, found.decided_by) == (asked, decided_by)
