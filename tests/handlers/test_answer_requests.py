"""The HTTP API through its function's handler, with API Gateway's events, on moto."""

import json
import os
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlencode

import boto3
import pytest

from ses_feedback.address import normalise
from ses_feedback.decision.decide import decide
from ses_feedback.ledger.table import Ledger
from ses_feedback.settings.file import Settings
from tests.conftest import REGION, TABLE
from tests.handlers.conftest import Context, Load
from tests.samples import NOW, changed, feedback_in, load
from tests.ses_list import FakeSesList
from tests.stores import calls_of, items_in

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

OLIVER, MARTA, JANE = "oliver.hayes@example.net", "marta.lind@example.org", "jane@example.net"
WEB = "arn:aws:sts::111122223333:assumed-role/shop/web"
REASON = {"reason": "Reset the password"}

ROUTES = {
    "check": "POST /check",
    "story": "GET /addresses/{address}",
    "suppress": "POST /addresses/{address}/suppress",
    "reinstate": "POST /addresses/{address}/reinstate",
    "suppressions": "GET /suppressions",
    "statistics": "GET /statistics",
}


class Answer(NamedTuple):
    status: int
    content: Any


type Ask = Callable[..., Answer]


def request(route: str, address: str = "", body: Any = None, authorizer: Any = None, **query: Any) -> dict[str, Any]:
    """As an HTTP API hands it over: the path is decoded."""
    event: dict[str, Any] = load("api_check.json")
    key = ROUTES[route]
    method, _, template = key.partition(" ")
    path = template.replace("{address}", address)
    event |= {"routeKey": key, "rawPath": path, "rawQueryString": urlencode(query)}
    event |= {"body": body if isinstance(body, str) else json.dumps(body)} if method == "POST" else {"body": None}
    event["requestContext"]["http"] |= {"method": method, "path": path}
    if authorizer is not None:
        event["requestContext"]["authorizer"] = authorizer
    return event


@pytest.fixture
def ses(function: Load, monkeypatch: pytest.MonkeyPatch) -> FakeSesList:
    monkeypatch.setattr("ses_feedback.operations.ses_list.SesLists._pace", lambda _: None)
    return FakeSesList()


@pytest.fixture
def ask(function: Load, ses: FakeSesList, ledger: Ledger, settings: Settings, context: Context) -> Ask:
    """Oliver's mailbox does not exist; Marta complained about a marketing mail."""
    for story in ("04_production_hard_bounce", "05_production_complaint", "10_marketing_complaint"):
        for feedback in feedback_in(load(f"story/{story}.json")):
            ledger.record(decide(feedback, settings), NOW)
    app = function("answer_requests")
    fake = ses.client()
    app.ses.cache_clear()
    object.__setattr__(app.api._work, "ses_client", lambda: fake)

    def ask(route: str, *arguments: Any, **options: Any) -> Answer:
        answer = app.handler(request(route, *arguments, **options), context)
        content = json.loads(answer["body"])
        if answer["statusCode"] >= 400:
            assert "application/problem+json" in json.dumps(answer)
            assert content["status"] == answer["statusCode"]
        return Answer(answer["statusCode"], content)

    return ask


def test_check_says_of_each_address_whether_this_mail_may_be_sent(ask: Ask) -> None:
    answer = ask("check", body={"addresses": [JANE, "Oliver.Hayes@Example.net"]}).content
    jane, oliver = answer["verdicts"]
    assert jane == {"address": JANE, "may_send": True, "suppressions": []}
    assert (oliver["may_send"], oliver["suppressions"][0]["fact"]) == (False, "user_unknown")


def test_a_thousand_addresses_are_ten_requests_and_one_for_their_rules(
    ask: Ask, dynamodb: "DynamoDBClient", function: Load
) -> None:
    client = sys.modules["answer_requests_app"].ledger._client
    with calls_of(client) as calls:
        answer = ask("check", body={"addresses": [f"r{number}@example.org" for number in range(1_000)]})
    assert len(answer.content["verdicts"]) == 1_000
    assert calls == ["BatchGetItem"] * 11


@pytest.mark.parametrize(
    ("body", "status", "words"),
    [
        ("{", 400, "not JSON"),
        ("[" * 100_000, 400, "nested too deeply"),
        ('["a@b.example"]', 400, "not an object"),
        ({"addresses": ["a@b.example"] * 1_001}, 422, "at most 1000"),
        ({"addresses": []}, 422, "at least 1"),
        ({"addresses": ["a@b.example", "nobody"]}, 422, "'nobody' is not an e-mail address"),
        ({"addresses": ["\ud800@b.example"]}, 422, "unicode"),
        ({"addresses": [7]}, 422, "valid string"),
        ({"addresses": [JANE], "stream": "spam"}, 422, "no message stream 'spam'"),
        ({"addresses": [JANE], "environment": "moon"}, 422, "no environment 'moon'"),
        ({"addresses": [JANE], "streem": "marketing"}, 422, "streem"),
        ({"addresses": ["x" * 1_100_000]}, 413, "larger"),
    ],
)
def test_a_wrong_question_is_told_what_is_wrong(ask: Ask, body: Any, status: int, words: str) -> None:
    answer = ask("check", body=body)
    assert answer.status == status
    assert words in answer.content["detail"]


def test_the_story_of_an_address_has_its_verdicts_and_its_timeline(ask: Ask) -> None:
    story = ask("story", OLIVER).content
    assert {verdict["may_send"] for verdict in story["verdicts"]} == {False}
    assert [event["reason"] for event in story["events"]] == ["user_unknown"]
    assert ask("story", JANE).content["known"] is False


@pytest.mark.parametrize("address", ["o'neil+a/b#c%41`@example.net", '"a b"@example.net', "jörg@bücher.example"])
def test_a_hostile_address_in_the_path_is_that_address(ask: Ask, address: str) -> None:
    suppressed = ask("suppress", address, body={"reason": "Asked"}).content
    assert ask("story", address).content["address"] == normalise(address)
    assert not ask("check", body={"addresses": [address]}).content["verdicts"][0]["may_send"], suppressed


def test_an_address_may_still_be_encoded(ask: Ask) -> None:
    assert ask("story", "oliver.hayes%40example.net").content["known"]


@pytest.mark.parametrize("address", ["", "nobody", "..", "a/b", "a@b@", "%", "@"])
def test_what_is_not_an_address_is_refused(ask: Ask, address: str) -> None:
    assert ask("story", address).status in (404, 422)


def test_a_suppression_is_kept_with_its_reason_and_its_author(ask: Ask, ledger: Ledger) -> None:
    answer = ask("suppress", JANE, body={"reason": "Asked by telephone", "days": 90})
    assert answer.content["outcomes"][0]["after"][0]["fact"] == "operator.90"
    [event] = ledger.events(JANE)
    assert (event.by, event.note) == (WEB, "Asked by telephone")


def test_the_author_is_whom_the_token_names(ask: Ask, ledger: Ledger) -> None:
    token = {"jwt": {"claims": {"sub": "7f3", "email": "ana@example.com", "iss": "x"}, "scopes": None}}
    ask("suppress", JANE, body=REASON, authorizer=token)
    assert ledger.events(JANE)[0].by == "ana@example.com (sub 7f3)"


@pytest.mark.parametrize("authorizer", [{}, {"iam": {}}, {"jwt": {"claims": {"email": "x@example.com"}}}, None])
@pytest.mark.parametrize("route", ROUTES)
def test_without_an_identity_nothing_is_read_or_written(ask: Ask, route: str, authorizer: Any) -> None:
    assert ask(route, JANE, body=REASON, authorizer=authorizer or {"lambda": {"sub": "x"}}).status == 401


@pytest.mark.parametrize(
    "body",
    [{}, {"reason": ""}, {"reason": "  "}, {"reason": "x", "days": 0}, {"reason": "x", "by": "me"}, "{", "null"],
)
@pytest.mark.parametrize("route", ["suppress", "reinstate"])
def test_a_malformed_request_writes_nothing(ask: Ask, dynamodb: "DynamoDBClient", route: str, body: Any) -> None:
    before = items_in(dynamodb, TABLE)
    assert ask(route, OLIVER, body=body).status in (400, 422)
    assert items_in(dynamodb, TABLE) == before


def test_a_rule_of_a_domain_stops_its_addresses(ask: Ask) -> None:
    assert len(ask("suppress", "example.net", body=REASON).content["outcomes"]) == 2
    [verdict] = ask("check", body={"addresses": [JANE]}).content["verdicts"]
    assert verdict["suppressions"][0]["rule"] == "*@example.net"
    ask("reinstate", "*@example.net", body=REASON)
    assert ask("check", body={"addresses": [JANE]}).content["verdicts"][0]["may_send"]


def test_a_password_reset_lifts_here_and_on_ses_lists(ask: Ask, ses: FakeSesList) -> None:
    since = datetime(2026, 11, 1, tzinfo=UTC)
    ses.entries[OLIVER] = ses.entries[MARTA] = ("BOUNCE", since)
    ses.tenants["lantern"] = {OLIVER: ("BOUNCE", since)}
    answer = ask("reinstate", OLIVER, body=REASON | {"tenants": ["lantern"]}).content
    assert answer["outcomes"][0]["after"] == []
    assert [(each["whose"], each["changed"]) for each in answer["ses"]] == [
        ("account", [OLIVER]),
        ("tenant", [OLIVER]),
    ]
    assert (list(ses.entries), ses.tenants["lantern"]) == ([MARTA], {})
    assert ask("check", body={"addresses": [OLIVER]}).content["verdicts"][0]["may_send"]


def test_what_ses_denies_is_told_with_the_permission_to_add(ask: Ask, ses: FakeSesList) -> None:
    ses._delete = lambda **_: "AccessDeniedException"  # type: ignore[method-assign]
    [account] = ask("reinstate", OLIVER, body=REASON).content["ses"]
    assert "AccessDeniedException" in account["trouble"]
    assert account["add_permission"]["Action"] == "ses:DeleteSuppressedDestination"
    assert ask("check", body={"addresses": [OLIVER]}).content["verdicts"][0]["may_send"]


def test_one_stream_is_reinstated_without_ses_lists(ask: Ask, ses: FakeSesList) -> None:
    assert ask("reinstate", OLIVER, body=REASON | {"stream": "marketing"}).content["ses"] == []
    assert ses.calls == []


def all_pages(ask: Ask, **query: Any) -> list[str]:
    found, cursor = list[str](), ""
    while True:
        answer = ask("suppressions", **query, **({"cursor": cursor} if cursor else {})).content
        found += [entry["address"] for entry in answer["suppressions"]]
        cursor = answer["next"]
        if not cursor:
            return found


@pytest.fixture
def crowd(ask: Ask) -> list[str]:
    """Five of one domain, suppressed by hand."""
    addresses = [f"r{number}@crowd.example" for number in range(5)]
    for address in addresses:
        ask("suppress", address, body=REASON)
    return addresses


@pytest.mark.parametrize("limit", [1, 2, 100])
@pytest.mark.parametrize("scope", [{}, {"scope": "global"}])
def test_every_suppression_is_found_once_whatever_the_page(
    ask: Ask, crowd: list[str], limit: int, scope: dict[str, str]
) -> None:
    found = all_pages(ask, limit=limit, **scope)
    assert sorted(found) == sorted(set(found))
    assert {*crowd, OLIVER} <= set(found)


def test_suppressions_are_filtered(ask: Ask, crowd: list[str]) -> None:
    assert sorted(all_pages(ask, domain="CROWD.example", limit=2)) == crowd
    assert all_pages(ask, prefix="R3@") == ["r3@crowd.example"]
    assert all_pages(ask, reason="user_unknown") == [OLIVER]
    assert sorted(all_pages(ask, reason="operator", limit=3)) == crowd
    assert len(all_pages(ask, scope="message_stream:marketing")) == 1
    assert all_pages(ask, provider="Google") == []


def test_suppressions_are_filtered_by_who_runs_the_mail(ask: Ask, ledger: Ledger, settings: Settings) -> None:
    reply = "smtp; 550-5.1.1 The email account that you tried to reach does not exist. gsmtp"
    bounce = load("story/04_production_hard_bounce.json")
    bounce = changed(changed(bounce, "mail.destination", [JANE]), "bounce.bouncedRecipients.0.emailAddress", JANE)
    bounce = changed(bounce, "bounce.bouncedRecipients.0.diagnosticCode", reply)
    for feedback in feedback_in(bounce):
        ledger.record(decide(feedback, settings), NOW)
    assert all_pages(ask, provider="Google", limit=1) == [JANE]


def test_a_cursor_goes_on_with_its_own_query_only(ask: Ask, crowd: list[str]) -> None:
    cursor = ask("suppressions", limit=1).content["next"]
    wrong = ask("suppressions", limit=1, cursor=cursor, domain="crowd.example")
    assert (wrong.status, "of another query" in wrong.content["detail"]) == (422, True)
    for damaged in ("x", cursor[:-3], cursor[:-1] + "A", cursor + "AAAA", "ö", "A" * 5_000):
        assert ask("suppressions", limit=1, cursor=damaged).status == 422


@pytest.mark.parametrize(
    "query",
    [
        {"limit": 0},
        {"limit": 1001},
        {"limit": "x"},
        {"scope": "planet:x"},
        {"reasons": "x"},
        {"domain": "a,b"},
        {"scope": ""},
    ],
)
def test_a_wrong_filter_is_not_no_filter(ask: Ask, query: dict[str, Any]) -> None:
    assert ask("suppressions", **query).status in (400, 422)


def test_statistics_are_what_cloudwatch_counted(ask: Ask) -> None:
    place = [
        {"Name": "environment", "Value": "production"},
        {"Name": "service", "Value": os.environ["POWERTOOLS_SERVICE_NAME"]},
    ]
    an_hour_ago = datetime.now(UTC) - timedelta(hours=1)  # moto leaves out the last second
    metrics = [
        {"MetricName": name, "Dimensions": place, "Value": value, "Timestamp": an_hour_ago}
        for name, value in {"sends": 200, "bounces": 3, "bounces_for_rate": 2}.items()
    ]
    cloudwatch = boto3.client("cloudwatch", region_name=REGION)
    cloudwatch.put_metric_data(Namespace="SESFeedback", MetricData=metrics)  # type: ignore[arg-type]
    answer = ask("statistics", days=2).content
    [production] = [each for each in answer["environments"] if each["name"] == "production"]
    assert (production["sends"], production["bounces"], production["bounce_rate"]) == (200, 3, 1.0)
    assert ask("statistics", days=91).status == 422


def test_an_unknown_route_is_a_problem(ask: Ask, function: Load, context: Context) -> None:
    event = request("check", body={}) | {"routeKey": "GET /nothing", "rawPath": "/nothing"}
    answer = sys.modules["answer_requests_app"].handler(event, context)
    assert answer["statusCode"] == 404
