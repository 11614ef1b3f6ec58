"""What is counted by environment, stream, team, reason and provider, and what SES leaves out of its rates."""

import json
from collections import Counter
from typing import Any

import pytest

from ses_feedback.archive.reports import DECIDED, ONLY_COUNTED
from ses_feedback.bounces.details import _PROVIDERS
from ses_feedback.decision.decide import Decision, decide
from ses_feedback.decision.effect import judge
from ses_feedback.decision.evidence import evidence_of
from ses_feedback.decision.state import State, keep_days
from ses_feedback.metrics.emf import flush
from ses_feedback.metrics.tally import OTHER_PROVIDER, PROVIDERS, MailRoutes, Slice, Tally, counter_of_mails
from ses_feedback.settings.file import Settings
from ses_feedback.timestamp import to_text
from ses_feedback.vocabulary import Kind, Reason
from tests.samples import NOW, RAW, changed, feedback_in, load, settings_with

BOUNCE = load("ses/event_bounce.json")
PRODUCTION, TRANSACTIONAL = Slice("environment", "production"), Slice("message_stream", "transactional")

ECHO = "Amazon SES did not send the message to this address because it is on the suppression list"


def decisions(event: Any, settings: Settings) -> list[Decision]:
    found = []
    for feedback in feedback_in(event):
        decision = decide(feedback, settings)
        if (evidence := evidence_of(decision)) is not None:
            state = State().merged(evidence, keep_days(settings))
            decision = decision.with_effect(judge(evidence, state, settings))
        found.append(decision)
    return found


def counted(event: Any, settings: Settings) -> dict[Slice, Counter[str]]:
    tally = Tally(settings)
    for decision in decisions(event, settings):
        tally.add(decision, to_text(NOW))
    return dict(tally.counts)


def test_a_hard_bounce_counts_once_in_every_dimension(settings: Settings) -> None:
    event = load("story/04_production_hard_bounce.json")
    counts = counted(event, settings)
    all_of_it = {"bounces": 1, "bounces_for_rate": 1, "suppressed": 1}
    assert counts[PRODUCTION] == counts[TRANSACTIONAL] == all_of_it
    assert counts[Slice("team", "customer_service")] == {"bounces": 1, "suppressed": 1}
    assert counts[Slice("reason", "user_unknown")] == {"bounces": 1}
    assert sum(one.dimension == "provider" for one in counts) == 1


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("bounce.bounceType", "Transient"),
        ("bounce.bounceSubType", "OnAccountSuppressionList"),
        ("bounce.bounceSubType", "on-tenant suppression list"),
        ("bounce.bounceSubType", "OnSomeOtherSuppressionList"),
        ("bounce.bounceSubType", "EmailValidationSuppressed"),
        ("bounce.bouncedRecipients.0.emailAddress", "typo@example.com"),
        ("bounce.bouncedRecipients.0.emailAddress", "typo@mail.example.com"),
        ("bounce.bouncedRecipients.0.emailAddress", "Bounce+x@simulator.amazonses.com"),
        ("bounce.bouncedRecipients.0.diagnosticCode", f"{ECHO} for your account."),
        ("bounce.bouncedRecipients.0.diagnosticCode", f"{ECHO} for your tenant."),
    ],
)
def test_what_ses_leaves_out_of_the_rate_is_left_out(path: str, value: str, settings: Settings) -> None:
    event = changed(load("story/04_production_hard_bounce.json"), path, value)
    assert counted(event, settings)[PRODUCTION]["bounces_for_rate"] == 0
    assert counted(event, settings)[PRODUCTION]["bounces"] == 1


@pytest.mark.parametrize(
    "name",
    ["ses/bounce_out_of_office.json", "ses/complaint_account_suppression_list.json", "ses/complaint_not_spam.json"],
)
def test_what_is_neither_a_failure_nor_a_complaint_counts_as_neither(name: str, settings: Settings) -> None:
    names = {name for counts in counted(load(name), settings).values() for name in counts}
    assert names <= {"bounces", "suppressed"}
    assert not any(counts["bounces"] for one, counts in counted(load(name), settings).items() if one == PRODUCTION)


def test_the_global_suppression_list_counts_in_the_rate(settings: Settings) -> None:
    counts = counted(load("ses/bounce_suppressed.json"), settings)
    assert sum(c["bounces_for_rate"] for one, c in counts.items() if one.dimension == "environment") == 1


def test_time_to_suppression_is_never_below_zero(settings: Settings) -> None:
    tally = Tally(settings)
    [decision] = decisions(load("story/04_production_hard_bounce.json"), settings)
    tally.add(decision, to_text(NOW))
    tally.add(decision, "2020-01-01T00:00:00.000Z")
    assert tally.seconds_to_suppression[0] > 0
    assert tally.seconds_to_suppression[1] == 0


def test_mails_count_by_recipient_for_the_sender_that_routing_finds(settings: Settings) -> None:
    tally = Tally(settings)
    count = counter_of_mails(tally, MailRoutes(settings))
    send = changed(load("ses/event_send.json"), "mail.destination", ["a@example.net", "b@example.net"])
    for _ in range(3):
        count("Send", send, 1)
    [expected] = {decide(feedback, settings).route.environment for feedback in feedback_in(send)}
    assert tally.counts[Slice("environment", expected)] == {"sends": 6}


@pytest.mark.parametrize("name", ["complaint.complainedRecipients.0.emailAddress", "mail.destination"])
def test_a_complaint_of_the_simulator_counts_in_no_rate(name: str, settings: Settings) -> None:
    address = "complaint@simulator.amazonses.com"
    event = changed(load("ses/event_complaint.json"), name, [address] if name == "mail.destination" else address)
    counts = counted(event, settings)[PRODUCTION]
    assert (counts["complaints"], counts["complaints_for_rate"]) == (1, 0)


@pytest.mark.parametrize(("simulated", "others"), [(1, 1), (2, 0)])
def test_a_mail_to_the_simulator_is_no_send(simulated: int, others: int, settings: Settings) -> None:
    tally = Tally(settings)
    count = counter_of_mails(tally, MailRoutes(settings))
    to = ["Jane <jane@example.net>"] * others + ["Success <success+x@Simulator.amazonses.com>"] * simulated
    count("Send", changed(load("ses/event_send.json"), "mail.destination", to), 1)
    count("Delivery", changed(load("ses/event_delivery.json"), "delivery.recipients", to), 1)
    assert tally.counts.get(PRODUCTION, {}) == ({"sends": 1, "deliveries": 1} if others else {})


@pytest.mark.parametrize(
    "mail", [{}, {"tags": 5}, {"source": 7, "tags": {"environment": "dev"}}, {"destination": "x"}]
)
def test_an_odd_mail_counts_as_one(mail: dict[str, Any], settings: Settings) -> None:
    tally = Tally(settings)
    counter_of_mails(tally, MailRoutes(settings))("Send", {"mail": mail}, 1)
    assert sum(counts["sends"] for one, counts in tally.counts.items() if one.dimension == "environment") == 1


@pytest.mark.parametrize("name", RAW)
def test_a_remembered_route_is_the_route_of_the_event(name: str, settings: Settings) -> None:
    event, routes = load(name), MailRoutes(settings)
    if not isinstance(event, dict) or "mail" not in event or event.get("notificationType") == "Received":
        return
    for decision in decisions(event, settings):
        assert routes.of(event["mail"]) == routes.of(event["mail"]) == decision.route


def test_senders_that_differ_with_every_mail_are_one_route(settings: Settings) -> None:
    routes, mail = MailRoutes(settings), {"sourceArn": "arn:aws:ses:eu-central-1:111122223333:identity/example.com"}
    for number in range(5_000):
        mail |= {"source": f"bounces+{number}=example.org@bounce.example.com"}
        assert routes.of(mail).environment == "production"
        mail |= {"source": "staging@example.com"}
        assert routes.of(mail).environment == "staging"
    assert len(routes._known) == 2


def test_a_tenant_has_a_route_of_its_own() -> None:
    settings = settings_with('[environments.tenant]\nteam = "qa"\ntenants = ["paper-lantern"]')
    mail = {"source": "orders@example.com", "tags": {"ses:tenant-name": ["paper-lantern"]}}
    routes = MailRoutes(settings)
    assert [routes.of(each).environment for each in (mail, mail | {"tags": {}})] == ["tenant", "production"]


def test_three_environments_three_streams_and_four_teams_make_at_most_150_metrics() -> None:
    by_environment = len(("sends", "deliveries")) + 2 * len(("bounces", "complaints")) + len(("suppressed",))
    by_team = len(("bounces", "complaints", "suppressed"))
    of_the_stack = len(Kind) + len(("recorded", "copies", "unreadable", "dropped", "own_alerts_returned", "seconds"))
    of_the_archive = len(DECIDED) + len(ONLY_COUNTED) + len(("other", "broken", "dropped"))
    sliced = (3 + 3) * by_environment + 4 * by_team + len(Reason) + len({*PROVIDERS, OTHER_PROVIDER})
    assert sliced + of_the_stack + of_the_archive <= 150


@pytest.mark.parametrize("name", PROVIDERS)
def test_every_provider_that_is_counted_by_name_is_one_that_bounces_tell(name: str) -> None:
    assert name in _PROVIDERS.values()


def test_the_names_counted_are_those_that_the_budget_knows(settings: Settings) -> None:
    seen = {(one.dimension, name) for raw in RAW for one, counts in _all(raw, settings).items() for name in counts}
    assert {name for dimension, name in seen if dimension in ("environment", "message_stream")} <= {
        *("bounces", "bounces_for_rate", "complaints", "complaints_for_rate", "suppressed")
    }
    assert {name for dimension, name in seen if dimension == "team"} <= {"bounces", "complaints", "suppressed"}
    assert {name for dimension, name in seen if dimension in ("reason", "provider")} == {"bounces"}


def _all(name: str, settings: Settings) -> dict[Slice, Counter[str]]:
    event = load(name)
    return counted(event, settings) if "mail" in event and event.get("notificationType") != "Received" else {}


@pytest.fixture
def two_events(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Tally:
    """A tally of a hard bounce and a complaint, in the environment of a function."""
    monkeypatch.setenv("POWERTOOLS_METRICS_NAMESPACE", "SESFeedback")
    monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", "stack")
    tally = Tally(settings)
    for name in ("story/04_production_hard_bounce.json", "story/05_production_complaint.json"):
        for decision in decisions(load(name), settings):
            tally.add(decision, to_text(NOW))
    return tally


def test_a_line_holds_one_dimension_besides_the_service_and_no_address(
    two_events: Tally, capsys: pytest.CaptureFixture[str]
) -> None:
    flush(two_events)
    *counts, seconds = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert {len(line["_aws"]["CloudWatchMetrics"][0]["Dimensions"][0]) for line in counts} == {2}
    assert seconds["_aws"]["CloudWatchMetrics"][0]["Dimensions"] == [["service"]]
    assert "@" not in json.dumps([*counts, seconds])


def test_what_was_written_is_counted_anew(two_events: Tally) -> None:
    flush(two_events)
    assert (dict(two_events.counts), two_events.seconds_to_suppression) == ({}, [])
