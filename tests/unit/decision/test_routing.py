"""The most specific match decides whose mail it was; the environment's team hears of it, or the stream's."""

import pytest

from ses_feedback.decision.routing import route
from ses_feedback.events.feedback import Origin
from ses_feedback.settings.file import Settings, parse_settings

SET = "ses-feedback-dev"

NESTED = parse_settings("""
[teams.all]
email = ["all@example.com"]
[teams.shop]
email = ["shop@example.com"]
[environments.production]
production = true
team = "all"
domains = ["example.com"]
[environments.test]
domains = ["test.example.com"]
[message_streams.shop]
team = "shop"
addresses = ["shop@example.com"]
""")


def sent_by(sender: str | None, configuration_set: str | None = None, **tags: str) -> Origin:
    all_tags = {name: [value] for name, value in tags.items()}
    if configuration_set:
        all_tags["ses:configuration-set"] = [configuration_set]
    return Origin(sender, all_tags)


@pytest.mark.parametrize(
    ("origin", "environment", "stream", "team", "matched"),
    [
        (sent_by("dev@example.com"), "dev", "transactional", "developers", "address dev@example.com"),
        (sent_by("staging@example.com"), "staging", "transactional", "qa", "address staging@example.com"),
        (sent_by("orders@example.com"), "production", "transactional", "customer_service", "domain example.com"),
        (sent_by("news@example.com"), "production", "marketing", "marketing", "address news@example.com"),
        (sent_by(None, SET), "dev", "transactional", "developers", "configuration set ses-feedback-dev"),
        (sent_by("a@x.example", environment="staging"), "staging", "transactional", "qa", "tag environment=staging"),
        (sent_by("a@x.example"), "production", "transactional", "customer_service", "default"),
        (sent_by(None), "production", "transactional", "customer_service", "default"),
    ],
)  # fmt: skip
def test_every_selector_finds_its_environment_stream_and_team(
    origin: Origin, environment: str, stream: str, team: str, matched: str, settings: Settings
) -> None:
    found = route(origin, settings)
    assert (found.environment, found.message_stream, found.team) == (environment, stream, team)
    assert found.matched == matched


@pytest.mark.parametrize(
    ("origin", "environment"),
    [
        (sent_by("dev@example.com", "ses-feedback-production", environment="staging"), "staging"),
        (sent_by("dev@example.com", "ses-feedback-production"), "production"),
        (sent_by("dev@example.com"), "dev"),
        (sent_by("dev@example.com", "unheard-of", environment="unheard-of"), "dev"),
    ],
)
def test_the_most_specific_match_wins(origin: Origin, environment: str, settings: Settings) -> None:
    assert route(origin, settings).environment == environment


def test_each_more_specific_match_has_a_higher_rank(settings: Settings) -> None:
    ways = [
        sent_by("a@x.example"),
        sent_by("orders@example.com"),
        sent_by("dev@example.com"),
        sent_by("dev@example.com", "ses-feedback-dev"),
        sent_by("dev@example.com", "ses-feedback-dev", environment="dev"),
    ]
    assert [route(way, settings).rank for way in ways] == [0, 1, 2, 3, 4]


def test_the_rank_counts_both_matches(settings: Settings) -> None:
    assert route(sent_by("news@example.com"), settings).rank == 3


@pytest.mark.parametrize(
    ("sender", "environment"),
    [
        ("a@example.com", "production"),
        ("a@mail.example.com", "production"),
        ("a@test.example.com", "test"),
        ("a@deep.test.example.com", "test"),
    ],
)
def test_a_domain_selects_its_subdomains_and_the_longest_domain_wins(sender: str, environment: str) -> None:
    assert route(sent_by(sender), NESTED).environment == environment


@pytest.mark.parametrize("sender", ["a@notexample.com", "a@example.com.evil.example", "example.com", "a@com"])
def test_a_domain_does_not_select_one_that_only_looks_like_it(sender: str) -> None:
    assert route(sent_by(sender), NESTED).matched == "default"


def test_outside_production_the_environments_team_is_notified_whatever_the_stream(settings: Settings) -> None:
    found = route(sent_by("news@example.com", environment="staging"), settings)
    assert (found.environment, found.message_stream, found.team) == ("staging", "marketing", "qa")
    assert found.matched == "tag environment=staging"


def test_in_production_the_streams_team_is_notified() -> None:
    found = route(sent_by("shop@example.com"), NESTED)
    assert (found.environment, found.team, found.matched) == ("production", "shop", "address shop@example.com")


def test_without_a_team_the_environments_stream_or_the_default_names_one() -> None:
    assert route(sent_by("a@test.example.com"), NESTED).team == "all"


def seen_as(sender: str, *others: str) -> Origin:
    return Origin(sender, {}, other_senders=others, has_header_from=True)


@pytest.mark.parametrize(
    ("origin", "environment"),
    [
        (seen_as("staging@example.com", "bounces+jane=example.org@example.com"), "staging"),
        (seen_as("orders@example.com", "staging@example.com"), "production"),
        (seen_as("a@x.example", "staging@example.com"), "staging"),
        (Origin("staging@example.com", {}, other_senders=("example.com",)), "staging"),
        (Origin("0107@bounce.x.example", {}, other_senders=("dev@example.com",)), "dev"),
    ],
)
def test_the_from_goes_before_the_identity_and_the_envelope_sender(
    origin: Origin, environment: str, settings: Settings
) -> None:
    assert route(origin, settings).environment == environment
