"""The sub-type of a bounce or a complaint says which of SES's lists held the mail back, however it is spelled."""

import pytest

from ses_feedback.ses_lists import SesList, held_by


@pytest.mark.parametrize(
    ("sub_type", "held"),
    [
        ("OnAccountSuppressionList", SesList.ACCOUNT),
        ("on-account suppression_list", SesList.ACCOUNT),
        ("AccountSuppressionList", SesList.ACCOUNT),
        ("OnTenantSuppressionList", SesList.TENANT),
        ("ONTENANTSUPPRESSIONLIST", SesList.TENANT),
        ("OnWorkspaceSuppressionList", SesList.OTHER),
        ("SuppressionList", SesList.OTHER),
        ("Suppressed", SesList.GLOBAL),
        ("UnsubscribedRecipient", SesList.CONTACT_LIST),
        ("unsubscribed recipient", SesList.CONTACT_LIST),
        ("EmailValidationSuppressed", SesList.VALIDATION),
        ("email-validation-suppressed", SesList.VALIDATION),
        ("EmailValidationSuppression", SesList.VALIDATION),
        ("OnEmailValidationSuppressionList", SesList.VALIDATION),
        ("General", None),
        ("NoEmail", None),
        ("", None),
        (None, None),
    ],
)
def test_a_sub_type_names_the_list_that_held_the_mail_back(sub_type: str | None, held: SesList | None) -> None:
    assert held_by(sub_type) is held
