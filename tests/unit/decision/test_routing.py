"""The most specific match decides whose mail it was; the environment's team hears of it, or the stream's."""

import pytest

from ses_feedback.decision.routing import route
from ses_feedback.events.feedback import Origin
from ses_feedback.events.sender import ENVELOPE, FROM, SENDER, SOURCE_ARN, Sender
from ses_feedback.settings.checks import parse_settings
from ses_feedback.settings.file import Settings

SET = "ses-feedback-dev"
STAGING = "staging@example.com"
TOPIC = "arn:aws:sns:eu-central-1:111122223333:feedback_staging"

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

BY_INFRASTRUCTURE = parse_settings(f"""
[teams.all]
email = ["all@example.com"]
[environments.production]
production = true
team = "all"
addresses = ["orders@example.com"]
topics = ["feedback_production"]
[environments.staging]
team = "all"
topics = ["{TOPIC}"]
[environments.dev]
team = "all"
tenants = ["dev-team"]
[environments.test]
team = "all"
configuration_sets = ["test"]
[environments.demo]
team = "all"
tags = ["environment=demo"]
[message_streams.customers]
tenants = ["customers"]
[message_streams.partners]
topics = ["feedback_staging"]
""")


def sent_by(sender: str | None, configuration_set: str | None = None, **tags: str) -> Origin:
    all_tags = {name: [value] for name, value in tags.items()}
    if configuration_set:
        all_tags["ses:configuration-set"] = [configuration_set]
    return Origin((Sender(sender, FROM),) if sender else (), all_tags)


def seen_as(*senders: tuple[str, str], topic: str | None = None, **tags: str) -> Origin:
    all_tags = {name.replace("__", ":").replace("_", "-"): [value] for name, value in tags.items()}
    return Origin(tuple(Sender(name, place) for name, place in senders), all_tags, topic=topic)


@pytest.mark.parametrize(
    ("origin", "environment", "stream", "team", "matched"),
    [
        (sent_by("dev@example.com"), "dev", "transactional", "developers", "address dev@example.com (From)"),
        (sent_by("staging@example.com"), "staging", "transactional", "qa", "address staging@example.com (From)"),
        (sent_by("a@example.com"), "production", "transactional", "customer_service", "domain example.com (From)"),
        (sent_by("news@example.com"), "production", "marketing", "marketing", "address news@example.com (From)"),
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
    assert (found.environment, found.team, found.matched) == ("production", "shop", "address shop@example.com (From)")


def test_without_a_team_the_environments_stream_or_the_default_names_one() -> None:
    assert route(sent_by("a@test.example.com"), NESTED).team == "all"


@pytest.mark.parametrize(
    ("senders", "environment", "matched"),
    [
        ([(STAGING, FROM), ("b+jane=example.org@example.com", ENVELOPE)], "staging", f"address {STAGING} (From)"),
        ([("orders@example.com", FROM), (STAGING, ENVELOPE)], "production", "domain example.com (From)"),
        ([("orders@example.com", FROM), (STAGING, SENDER)], "production", "domain example.com (From)"),
        ([("a@x.example", FROM), (STAGING, SENDER)], "staging", f"address {STAGING} (Sender)"),
        ([("a@x.example", FROM), (STAGING, SOURCE_ARN)], "staging", f"address {STAGING} (source ARN)"),
        ([("a@x.example", FROM), (STAGING, ENVELOPE)], "staging", f"address {STAGING} (envelope)"),
        ([("dev@example.com", SOURCE_ARN), (STAGING, ENVELOPE)], "dev", "address dev@example.com (source ARN)"),
        ([("@example.com", SOURCE_ARN), ("b@x.example", ENVELOPE)], "production", "domain example.com (source ARN)"),
        ([("orders@example.com", FROM), (STAGING, FROM)], "staging", f"address {STAGING} (From)"),
        ([("a@x.example", FROM), ("b@y.example", ENVELOPE)], "production", "default"),
    ],
)
def test_the_strongest_sender_that_is_claimed_decides_and_is_named(
    senders: list[tuple[str, str]], environment: str, matched: str, settings: Settings
) -> None:
    found = route(seen_as(*senders), settings)
    assert (found.environment, found.matched) == (environment, matched)


ORDERS = ("orders@example.com", FROM)


@pytest.mark.parametrize(
    ("origin", "environment", "matched"),
    [
        (seen_as(ORDERS), "production", "address orders@example.com (From)"),
        (seen_as(ORDERS, topic=TOPIC), "staging", f"topic {TOPIC}"),
        (seen_as(topic=TOPIC.replace("staging", "production")), "production", "topic feedback_production"),
        (seen_as(ORDERS, topic=TOPIC, ses__tenant_name="dev-team"), "dev", "tenant dev-team"),
        (
            seen_as(ORDERS, topic=TOPIC, ses__tenant_name="dev-team", ses__configuration_set="test"),
            "test",
            "configuration set test",
        ),
        (
            seen_as(topic=TOPIC, ses__tenant_name="dev-team", ses__configuration_set="test", environment="demo"),
            "demo",
            "tag environment=demo",
        ),
    ],
)
def test_tag_set_tenant_topic_and_sender_decide_in_this_order(origin: Origin, environment: str, matched: str) -> None:
    found = route(origin, BY_INFRASTRUCTURE)
    assert (found.environment, found.matched) == (environment, matched)


@pytest.mark.parametrize(
    ("origin", "stream"),
    [
        (seen_as(ORDERS, ses__tenant_name="customers"), "customers"),
        (seen_as(ORDERS, ses__tenant_name="customers", topic=TOPIC), "customers"),
        (seen_as(ORDERS, topic=TOPIC), "partners"),
        (seen_as(ORDERS, topic=TOPIC.replace("eu-central-1", "us-east-1")), "partners"),
        (seen_as(ORDERS, ses__tenant_name="others"), "transactional"),
    ],
)
def test_a_stream_is_found_by_its_tenant_and_its_topic_too(origin: Origin, stream: str) -> None:
    assert route(origin, BY_INFRASTRUCTURE).message_stream == stream
