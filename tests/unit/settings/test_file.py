"""Settings are rejected with the line and the key that are wrong; what ships is right."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from ses_feedback.errors import InvalidSettings
from ses_feedback.settings.checks import parse_settings, write_built
from ses_feedback.settings.file import Settings, load_settings
from ses_feedback.settings.policy import Policy
from tests.samples import SHIPPED

TEXT = SHIPPED.read_text(encoding="utf-8")
LEAST = """
[teams.all]
email = ["all@example.com"]
[environments.production]
team = "all"
"""

WITH_MORE = (
    TEXT.replace("[policy.domain_invalid]", "[policy.mailbox_inactive]")
    + """
[policy.complaint.fraud]
days = "for good"
[policy.mailbox_full]
evidence = 2
[policy.domain_invalid]
scope = "environment"
[ses_list]
push = true
[ses]
forwarding = "off"
[rules.left]
reason = "user_unknown"
text = "left the company"
"""
)
"""Beside the shipped settings: what is checked together, and what is not a text."""


def fault_of(text: str) -> str:
    with pytest.raises(InvalidSettings) as caught:
        parse_settings(text)
    return str(caught.value)


def line_of(text: str, beginning: str) -> int:
    return next(number for number, line in enumerate(text.splitlines(), 1) if line.startswith(beginning))


def test_the_shipped_settings_tell_the_story(settings: Settings) -> None:
    teams = {name: environment.team for name, environment in settings.environments.items()}
    assert teams == {"dev": "developers", "staging": "qa", "production": "customer_service"}
    assert settings.message_streams["marketing"].team == "marketing"
    assert [name for name, environment in settings.environments.items() if environment.production] == ["production"]


def test_the_shipped_policy_is_the_default_written_out(settings: Settings) -> None:
    assert settings.policy == Policy()


def test_a_few_lines_are_enough() -> None:
    assert parse_settings(LEAST).default.message_stream == "transactional"


def test_settings_without_production_are_accepted_with_a_warning() -> None:
    assert "has no environment with `production = true`" in parse_settings(LEAST).warning
    assert parse_settings(TEXT).warning == ""


def test_a_text_in_place_of_a_list_is_shown_as_a_list() -> None:
    fault = fault_of(LEAST.replace('["all@example.com"]', '"all@example.com"'))
    assert fault == 'feedback.toml, line 3: teams.all.email: must be a list: write ["all@example.com"]'


@pytest.mark.parametrize("key", ["addresses", "domains"])
def test_a_number_in_place_of_an_address_is_a_fault_like_any_other(key: str) -> None:
    assert fault_of(f"{LEAST}{key} = [3]") == (
        f"feedback.toml, line 6: environments.production.{key}: Input should be a valid string"
    )


def test_a_value_in_place_of_a_table_is_told_in_plain_words() -> None:
    fault = fault_of(LEAST + "[message_streams]\nmarketing = true")
    assert fault == "feedback.toml, line 7: message_streams.marketing: must be a table"


def test_a_table_that_is_missing_is_named() -> None:
    assert fault_of(LEAST.partition("[environments")[0]) == "feedback.toml, line 1: environments: missing"


def test_addresses_and_domains_are_normalised() -> None:
    settings = parse_settings(LEAST + 'addresses = ["News <News@Example.COM>"]\ndomains = ["Bücher.example"]')
    production = settings.environments["production"]
    assert (production.addresses, production.domains) == (["news@example.com"], ["xn--bcher-kva.example"])


def test_what_is_not_toml_is_rejected_as_such() -> None:
    assert "not TOML" in fault_of("[teams")
    assert "line 2" in fault_of("a = 1\nb = ]")


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        ('team = "qa"', 'teem = "qa"', "environments.staging.teem"),
        ("production = true", 'production = "perhaps"', "environments.production.production"),
        ("within_days = 180", "within_days = 0", "policy.soft.within_days"),
        ('low_confidence = "count"', 'low_confidence = "maybe"', "policy.complaint.low_confidence"),
        ("history_days = 730", "history_days = 5000", "policy.history_days"),
        ('email = ["qa@example.com"]', 'email = ["nobody"]', "teams.qa.email"),
        ('topic = "ses', 'topic = "a b', "teams.customer_service.topic"),
        ('tags = ["environment=dev"]', 'tags = ["dev"]', "environments.dev.tags"),
        ("production = true", 'topics = ["a b"]', "environments.production.topics"),
        (
            "production = true",
            'topics = ["arn:aws:sqs:eu-central-1:111122223333:q"]',
            "environments.production.topics",
        ),
        ("production = true", 'tenants = ["ses:tenant-name=a"]', "environments.production.tenants"),
        ("marketing = true", 'tenants = "a"', "message_streams.marketing.tenants"),
        ("marketing = true", "marketing = 7", "message_streams.marketing.marketing"),
        ('domains = ["example.com"]', 'domains = ["https://example.com"]', "environments.production.domains"),
    ],
)
def test_a_fault_names_the_line_and_the_key(old: str, new: str, key: str) -> None:
    text = TEXT.replace(old, new, 1)
    assert text != TEXT
    wrong_line = line_of(text, new.partition(" = ")[0] + " = " + new.partition(" = ")[2][:6])
    assert f"feedback.toml, line {wrong_line}: {key}: " in fault_of(text)


def test_an_unknown_table_is_named_with_its_line() -> None:
    fault = fault_of(TEXT.replace("[environments.dev]", "[environment.dev]"))
    assert f"line {line_of(TEXT, '[environments.dev]')}: environment: unknown" in fault


def test_every_fault_is_named_at_once() -> None:
    text = TEXT.replace("marketing = true", "marketing = 7").replace("history_days = 730", "history_days = 0")
    assert len(fault_of(text).splitlines()) == 2


def test_an_undefined_team_is_named_with_those_that_are_defined() -> None:
    fault = fault_of(TEXT.replace('team = "qa"', 'team = "quality"'))
    line = line_of(TEXT, 'team = "qa"')
    assert f"line {line}: environments.staging.team" in fault
    assert "'quality' is not a team; teams are customer_service, developers, marketing, qa" in fault


def test_a_streams_unknown_team_is_named_too() -> None:
    fault = fault_of(TEXT.replace('team = "marketing"', 'team = "market"'))
    assert "message_streams.marketing.team" in fault


def test_a_team_without_a_channel_is_rejected() -> None:
    fault = fault_of(TEXT.replace('email = ["qa@example.com"]', ""))
    assert "teams.qa: a team needs `email`, `topic` or both" in fault
    assert f"line {line_of(TEXT, '[teams.qa]')}" in fault


def test_the_default_environment_must_exist() -> None:
    fault = fault_of(TEXT.replace('environment = "production"', 'environment = "live"'))
    assert "default.environment: 'live' is not an environment; environments are dev, production, staging" in fault


def test_the_default_environment_needs_a_team() -> None:
    fault = fault_of(TEXT.replace('team = "customer_service"', ""))
    assert "environments.production is the default and needs a `team`" in fault


@pytest.mark.parametrize("name", ["Dev", "a#b", "a b", "", "*"])
def test_a_name_that_does_not_fit_in_a_key_is_rejected(name: str) -> None:
    assert "environments" in fault_of(LEAST + f'[environments."{name}"]\nteam = "all"')


def test_an_arn_is_a_topic_too() -> None:
    arn = "arn:aws:sns:eu-central-1:111122223333:ses-feedback-team-all"
    assert parse_settings(LEAST.replace("email =", f'topic = "{arn}"\nemail =')).teams["all"].topic == arn


def test_settings_are_found_on_the_path(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "feedback.toml").write_text(LEAST, encoding="utf-8")
    monkeypatch.setattr("sys.path", [str(tmp_path)])
    assert list(load_settings().teams) == ["all"]


def test_what_is_built_of_a_file_is_the_same_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    source, built = tmp_path / "feedback.toml", tmp_path / "built"
    built.mkdir()
    source.write_text(WITH_MORE, encoding="utf-8")
    write_built(source, built, "feedback.toml")
    monkeypatch.setattr("sys.path", [str(built)])
    assert load_settings() == parse_settings(WITH_MORE)


def test_what_is_built_is_the_same_bytes_each_time(tmp_path: Path) -> None:
    """Other bytes would be another layer, and then CloudFormation brings SES in line once more."""
    built = []
    for seed in ("1", "2"):
        variables = os.environ | {"PYTHONHASHSEED": seed}
        command = [sys.executable, "-m", "ses_feedback.settings.checks", str(SHIPPED), str(tmp_path), "feedback.toml"]
        subprocess.run(command, env=variables, check=True)
        built.append((tmp_path / "feedback.json").read_bytes())
    assert built[0] == built[1]


def test_a_fault_ends_the_build_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "feedback.toml").write_text(LEAST.replace('"all@example.com"', '"nobody"'), encoding="utf-8")
    source = tmp_path / "feedback.toml"
    command = [sys.executable, "-m", "ses_feedback.settings.checks", str(source), str(tmp_path), "its.toml"]
    build = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (build.returncode, build.stderr) == (
        1,
        "its.toml, line 3: teams.all.email: 'nobody' is not an e-mail address\n",
    )
    assert not (tmp_path / "feedback.json").exists()


def test_a_file_that_was_not_built_is_named_where_nothing_can_check_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "feedback.toml").write_text(LEAST, encoding="utf-8")
    monkeypatch.setattr("sys.path", [str(tmp_path)])
    monkeypatch.setattr("ses_feedback.settings.file.find_spec", lambda _: None)
    with pytest.raises(InvalidSettings, match=r"feedback\.toml was not checked: build the stack with `sam build`"):
        load_settings()


def test_without_a_file_the_missing_layer_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("sys.path", [str(tmp_path)])
    with pytest.raises(InvalidSettings, match="is the settings layer attached"):
        load_settings()


@pytest.mark.parametrize("address", ["x..y@example.com", "a,b@example.com", "jörg@example.com", '"a b"@example.com'])
def test_a_team_address_that_mail_cannot_be_sent_to_is_rejected(address: str) -> None:
    with pytest.raises(InvalidSettings, match=r"teams\.qa\.email"):
        parse_settings(SHIPPED.read_text(encoding="utf-8").replace("qa@example.com", address.replace('"', "'")))


def test_an_address_that_two_environments_claim_is_rejected() -> None:
    fault = fault_of(SHIPPED.read_text(encoding="utf-8").replace('["staging@example.com"]', '["dev@example.com"]'))
    assert "line 32: environments.staging.addresses: 'dev@example.com' already belongs to environments.dev" in fault


@pytest.mark.parametrize(("key", "value"), [("topics", "feedback"), ("tenants", "paper-lantern")])
def test_a_topic_or_a_tenant_has_one_owner(key: str, value: str) -> None:
    twice = LEAST + f'{key} = ["{value}"]\n[environments.dev]\n{key} = ["{value}"]'
    assert f"environments.dev.{key}: {value!r} already belongs to environments.production" in fault_of(twice)


def test_a_wrong_topic_and_a_wrong_tenant_are_explained() -> None:
    assert "'a b' is not an SNS topic: write its name or its ARN" in fault_of(LEAST + 'topics = ["a b"]')
    assert "'a=b' is not the name of a tenant: letters, digits, - and _" in fault_of(LEAST + 'tenants = ["a=b"]')


def test_a_domain_is_written_without_its_at_sign() -> None:
    fault = fault_of(SHIPPED.read_text(encoding="utf-8").replace('["example.com"]', '["@example.com"]'))
    assert "environments.production.domains" in fault


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('["example.com"]', '["*.example.com"]', "is not a domain: write example.com, which includes its subdomains"),
        ('tags = ["environment=dev"]', 'tags = ["env:dev"]', "'env:dev' is not a message tag: write name=value"),
        ('email = ["qa@example.com"]', 'email = ["qa.example.com"]', "'qa.example.com' is not an e-mail address"),
    ],
)
def test_a_fault_says_what_to_write_rather_than_a_pattern(old: str, new: str, words: str) -> None:
    assert words in fault_of(SHIPPED.read_text(encoding="utf-8").replace(old, new))
