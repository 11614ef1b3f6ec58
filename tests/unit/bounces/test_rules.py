"""Custom rules: where they stand, and how wrong ones are refused."""

import pytest

from ses_feedback.bounces.classification import BounceReport, Classification, Classifier
from ses_feedback.bounces.rules import load_rules
from ses_feedback.errors import InvalidSettings
from ses_feedback.vocabulary import Action, Reason


def test_custom_rules_precede_the_built_in_ones() -> None:
    custom = load_rules("club = { reason = 'policy_block', text = 'User unknown to the club' }", "my.toml")
    found = Classifier(custom).classify(BounceReport(diagnostic="550 5.1.1 user unknown to the club"))
    assert found == Classification(Reason.POLICY_BLOCK, Action.FIX_SENDER, "club")


def test_a_custom_rule_may_look_at_the_provider() -> None:
    custom = load_rules("x = { reason = 'rate_limited', code = '5', provider = 'Google' }", "my.toml")
    google, other = (
        Classifier(custom).classify(BounceReport(diagnostic="550 hm", reporting_mta=mta))
        for mta in ("dns; aspmx.l.google.com", "dns; mx.e.example")
    )
    assert (google.rule, other.rule) == ("x", "nothing-fits")


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("a = { reason = 'user_unknown', words = 'x' }", "rule 'a' has the unknown key 'words'; allowed: reason"),
        ("a = { reason = 'gone', text = 'x' }", "rule 'a' has the unknown reason 'gone'; allowed: user_unknown"),
        ("a = { text = 'x' }", "rule 'a' has the unknown reason None"),
        ("a = { reason = 'unknown' }", "rule 'a' needs at least one of: text, status, code, type"),
        ("a = { reason = 'unknown', text = 5 }", "rule 'a': text must be a string"),
        ("a = { reason = 'unknown', text = 'x', bare = 'yes' }", "rule 'a': bare must be true or false"),
        ("a = { reason = 'unknown', text = 'x', pattern = '(' }", "rule 'a': its pattern does not compile"),
        ("a = { reason = 'unknown', text = 'x | 550!' }", "rule 'a' has a phrase without words"),
        ("a = { reason = 'unknown', text = 'uce*' }", "rule 'a': uce* is too short"),
        ("a = { reason = 'unknown', text = 'x', provider = 'Goggle' }", "the unknown provider 'Goggle'; allowed: "),
        ("a = 'x'", "rule 'a' must be a table of"),
        ("a = {", "my.toml: "),
    ],
)
def test_a_wrong_rule_is_refused_with_its_name_and_what_is_allowed(text: str, complaint: str) -> None:
    with pytest.raises(InvalidSettings, match=r"^my\.toml: ") as refused:
        load_rules(text, "my.toml")
    assert complaint in str(refused.value)
