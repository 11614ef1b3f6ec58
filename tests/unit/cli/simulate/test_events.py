"""What `simulate` publishes: readable by our transport, shaped like the samples, different on each path."""

import json
import random
import re
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ses_feedback.decision.decide import decide
from ses_feedback.events.document import Document
from ses_feedback.events.feedback import Feedback
from ses_feedback.events.read import read_feedback
from ses_feedback_cli.simulate.events import Published, publications, shuffled
from ses_feedback_cli.simulate.mail import Account, Mail, ses_id
from ses_feedback_cli.simulate.paths import Destination, Path, Topics
from ses_feedback_cli.simulate.publisher import RealAws, emulator
from ses_feedback_cli.simulate.scenario import AMAZON, Scenario, UnknownRecipient, amazon, scenario_of, scenarios
from tests.samples import NOW, load, opened, shipped_settings

ACCOUNT = Account("111122223333", "eu-central-1", "example.com")
ALL = frozenset({"Send", "Delivery", "Bounce", "Complaint", "Reject", "DeliveryDelay"})
TOPIC = "arn:aws:sns:eu-central-1:111122223333:ses-feedback"
TOPICS = Topics(
    "domain example.com", dict.fromkeys(("Bounce", "Complaint", "Delivery"), TOPIC), frozenset({"Bounce"})
)
TO_SNS = Destination("set/topic", "sns", TOPIC, ALL)
TO_BUS = Destination("set/bus", "events", "arn:aws:events:eu-central-1:111122223333:event-bus/default", ALL)
TO_STREAM = Destination("set/stream", "firehose", "arn:aws:firehose:eu-central-1:111122223333:deliverystream/a", ALL)
EVERY: list[Path] = [TOPICS, TO_SNS, TO_BUS, TO_STREAM]
SETTINGS = shipped_settings()


def mail(*recipients: str, tags: dict[str, str] | None = None) -> Mail:
    return Mail(
        message_id=ses_id("eu-central-1", NOW, random.Random(7)),
        sender="Paper Lantern Books <orders@example.com>",
        recipients=recipients,
        subject="Your order",
        sent_at=NOW,
        tags=tags or {},
        configuration_set="ses-feedback-production",
    )


def published(*recipients: str, paths: list[Path] = EVERY, tags: dict[str, str] | None = None) -> list[Published]:
    return publications(mail(*recipients, tags=tags), ACCOUNT, paths, random.Random(1))


def read(message: Published) -> list[Feedback]:
    """As our functions would read it, in EventBridge's envelope."""
    text = message.text
    if message.detail_type:
        text = json.dumps({"source": "aws.ses", "detail-type": message.detail_type, "detail": json.loads(text)})
    (document,) = opened(text)
    assert isinstance(document, Document)
    reports = read_feedback(document, NOW + timedelta(minutes=1))
    assert isinstance(reports, list)
    return reports


@pytest.mark.parametrize("scenario", [*scenarios(), *amazon().values()], ids=lambda scenario: scenario.name)
def test_each_scenario_is_classified_with_its_reason(scenario: Scenario) -> None:
    domain = AMAZON if scenario in amazon().values() else "demo.example"
    final = [m for m in published(f"{scenario.local_parts[0]}@{domain}") if m.kind not in ("Send", "Delivery")]
    reasons = {decide(feedback, SETTINGS).reason for message in final for feedback in read(message)}
    assert reasons == ({scenario.reason} if final else set())
    assert bool(final) == (scenario.event != "delivery")


@pytest.mark.parametrize("scenario", scenarios(), ids=lambda scenario: scenario.name)
def test_one_event_over_every_path_is_one_event_with_different_feedback_ids(scenario: Scenario) -> None:
    messages = published(f"{scenario.local_parts[0]}@demo.example", tags={"order": "17"})
    for kind in {message.kind for message in messages}:
        reports = [feedback for message in messages if message.kind == kind for feedback in read(message)]
        ids = [feedback.feedback_id for feedback in reports if feedback.feedback_id]
        assert len({feedback.event_id for feedback in reports}) == 1
        assert len(set(ids)) == len(ids) == (len(reports) if kind in ("Bounce", "Complaint") else 0)


def test_notifications_carry_no_tags_and_events_carry_all() -> None:
    tags_by_path = {m.path: read(m)[0].tags for m in published("bounce@demo.example", tags={"order": "17"})}
    assert tags_by_path.pop("domain example.com") == {}
    assert {(tags["order"][0], tags["ses:configuration-set"][0]) for tags in tags_by_path.values()} == {
        ("17", "ses-feedback-production")
    }


def test_notifications_carry_headers_only_for_the_types_configured_so() -> None:
    messages = published("bounce@demo.example", "complaint@demo.example", paths=[TOPICS])
    assert {m.kind: "headers" in json.loads(m.text)["mail"] for m in messages} == {
        "Bounce": True,
        "Complaint": False,
        "Delivery": False,
    }


def test_a_destination_gets_only_its_matching_types() -> None:
    only = Destination("set/only", "sns", TOPIC, frozenset({"Complaint"}))
    assert [m.kind for m in published("complaint@demo.example", paths=[only])] == ["Complaint"]


def test_an_identity_is_never_notified_of_sends_delays_and_rejects() -> None:
    assert published("greylist@demo.example", "reject@demo.example", paths=[TOPICS]) == []


def test_a_stream_gets_a_line_for_each_record() -> None:
    texts = [m.text for m in published("complaint@demo.example", paths=[TO_STREAM])]
    assert [text.count("\n") for text in texts] == [1, 1, 1]
    assert all(text.endswith("}\n") for text in texts)


@pytest.mark.parametrize(
    ("sample", "recipient", "path"),
    [
        ("identity_bounce", "bounce@demo.example", TOPICS),
        ("event_bounce", "bounce@demo.example", TO_SNS),
        ("event_complaint", "complaint@demo.example", TO_SNS),
        ("event_delivery", "success@demo.example", TO_SNS),
        ("event_delivery_delay", "delay@demo.example", TO_SNS),
        ("event_send", "success@demo.example", TO_SNS),
        ("event_reject", "reject@demo.example", TO_SNS),
    ],
)
def test_a_document_has_the_same_fields_as_the_sample(sample: str, recipient: str, path: Path) -> None:
    expected = load(f"ses/{sample}.json")
    kind = expected.get("eventType") or expected["notificationType"]
    (message,) = [m for m in published(recipient, paths=[path], tags={"environment": "x"}) if m.kind == kind]
    assert _fields(json.loads(message.text)) == _fields(expected)


def _fields(value: Any, place: str = "") -> set[str]:
    """The paths of all fields, without indexes of lists and the sender's tags."""
    if isinstance(value, list):
        return set().union(*(_fields(element, f"{place}[]") for element in value)) if value else set()
    if not isinstance(value, dict):
        return {place}
    own = place == ".mail.tags"
    parts = [_fields(part, f"{place}.{name}") for name, part in value.items() if not own or name in _SES_TAGS]
    return set().union(*parts)


_SES_TAGS = ("ses:configuration-set",)


def test_a_complaint_lists_all_recipients_at_its_domain() -> None:
    messages = published("complaint@a.example", "reader@a.example", "reader@b.example", paths=[TO_SNS])
    (complaint,) = [m for m in messages if m.kind == "Complaint"]
    assert {f.recipient for f in read(complaint)} == {"complaint@a.example", "reader@a.example"}


def test_copies_and_shuffling_change_no_message() -> None:
    messages = published("bounce@demo.example")
    tossed = shuffled(messages, 3, random.Random(2), shuffle=True)
    assert sorted(m.text for m in tossed) == sorted(m.text for m in messages for _ in range(3))
    assert tossed != shuffled(messages, 3, random.Random(2), shuffle=False)


def test_the_same_seed_gives_the_same_documents() -> None:
    assert published("bounce@demo.example") == published("bounce@demo.example")


@pytest.mark.parametrize("address", ["Bounce+order-17@demo.example", "bounce@demo.example", f"bounce+x@{AMAZON}"])
def test_case_and_labels_do_not_matter(address: str) -> None:
    assert scenario_of(address).name == "bounce"


def test_an_ordinary_address_is_delivered_and_an_unknown_one_of_amazons_is_refused() -> None:
    assert scenario_of("jane@demo.example").event == "delivery"
    with pytest.raises(UnknownRecipient, match=r"jane@simulator.* documents only success@"):
        scenario_of(f"jane@{AMAZON}")


@given(st.integers(0, 2**32), st.datetimes(), st.sampled_from(["eu-central-1", "us-east-1", "ap-south-1"]))
def test_ids_have_the_format_of_ses_and_contain_their_time(seed: int, moment: Any, region: str) -> None:
    at = NOW.replace(microsecond=moment.microsecond, second=moment.second)
    made = ses_id(region, at, random.Random(seed))
    assert re.fullmatch(
        r"01[0-9a-f]{14}-[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}-000000", made
    )
    assert int(made[4:16], 16) == int(at.timestamp() * 1000)


LOCAL_PARTS = [local for scenario in scenarios() for local in scenario.local_parts]


@given(
    st.lists(st.tuples(st.sampled_from(LOCAL_PARTS), st.sampled_from("abc")), min_size=1, max_size=5, unique=True),
    st.dictionaries(st.from_regex(r"[a-z]{1,8}", fullmatch=True), st.from_regex(r"[A-Za-z0-9]{1,8}", fullmatch=True)),
)
def test_any_mail_gives_the_same_events_on_all_paths(whom: list[tuple[str, str]], tags: dict[str, str]) -> None:
    messages = published(*(f"{local}@{domain}.example" for local, domain in whom), tags=tags)
    heard = {path.name: {f.event_id for m in messages if m.path == path.name for f in read(m)} for path in EVERY}
    assert heard["set/topic"] == heard["set/bus"] == heard["set/stream"] >= heard["domain example.com"]
    dialects = {("eventType" in m.text[:12], m.path.startswith("set/")) for m in messages}
    assert dialects <= {(True, True), (False, False)}


@pytest.mark.parametrize(
    "endpoint",
    [
        None,
        "",
        "https://sns.eu-central-1.amazonaws.com",
        "https://sns.cn-north-1.amazonaws.com.cn",
        "https://x.api.aws/",
    ],
)
def test_real_aws_is_refused(endpoint: str | None) -> None:
    with pytest.raises(RealAws, match="AWS"):
        emulator(endpoint)


@pytest.mark.parametrize("endpoint", ["http://127.0.0.1:4566", "http://localhost.localstack.cloud:4566"])
def test_an_emulator_is_accepted(endpoint: str) -> None:
    assert emulator(endpoint) == endpoint


@pytest.mark.parametrize(
    "endpoint",
    [
        "https://sns.us-east-1.amazonaws.com\\@127.0.0.1", "https://sns.us-east-1.amazonaws\u3002com",
        "https://sns.us-east-1.amazonaws%2ecom", "https://sns.us-iso-east-1.c2s.ic.gov", "https://[::1",
        "https://sns.us-isob-east-1.sc2s.sgov.gov", "https://sns.cn-north-1.api.amazonwebservices.com.cn",
        "https://sns.eu-isoe-west-1.cloud.adc-e.uk",
    ],
)  # fmt: skip
def test_no_spelling_and_no_partition_of_amazon_passes_for_an_emulator(endpoint: str) -> None:
    with pytest.raises(RealAws):
        emulator(endpoint)
