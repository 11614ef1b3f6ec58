"""Every kind that SES reports, in both dialects, becomes one value per recipient."""

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ses_feedback.decision.decide import decide
from ses_feedback.errors import Unreadable
from ses_feedback.events.document import Document, NoFeedback
from ses_feedback.events.feedback import Feedback
from ses_feedback.events.read import read_feedback
from ses_feedback.vocabulary import Kind
from tests.samples import NOW, RAW, changed, feedback_in, load, one, opened, settings_with, without

BOUNCE = load("ses/event_bounce.json")
COMPLAINT = load("ses/identity_complaint.json")


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("identity_bounce", Kind.BOUNCE),
        ("identity_complaint", Kind.COMPLAINT),
        ("identity_delivery", Kind.DELIVERY),
        ("event_bounce", Kind.BOUNCE),
        ("event_complaint", Kind.COMPLAINT),
        ("event_delivery", Kind.DELIVERY),
        ("event_delivery_delay", Kind.DELIVERY_DELAY),
        ("event_send", Kind.SEND),
        ("event_reject", Kind.REJECT),
        ("event_open", Kind.OPEN),
        ("event_click", Kind.CLICK),
        ("event_rendering_failure", Kind.RENDERING_FAILURE),
        ("event_subscription", Kind.SUBSCRIPTION),
    ],
)
def test_every_type_of_both_dialects_has_its_kind(name: str, kind: Kind) -> None:
    assert {feedback.kind for feedback in feedback_in(load(f"ses/{name}.json"))} == {kind}


def test_every_field_of_a_bounce_is_read() -> None:
    found = one(BOUNCE)
    assert (found.bounce_type, found.bounce_sub_type, found.status) == ("Permanent", "General", "5.1.1")
    assert (found.dsn_action, found.reporting_mta) == ("failed", "dsn; b224-15.smtp-out.eu-central-1.amazonses.com")
    assert found.diagnostic is not None
    assert found.diagnostic.startswith("smtp; 550 5.1.1 <qa.reader.17@example.net>")
    assert found.message_id == "010701a1f7fa3087-5df6f817-b099-4bcf-a0ec-6db25097c040-000000"
    assert found.feedback_id == "010701a1f7fa33a4-939ae232-588e-4bce-b71e-d78a1dc02e27-000000"
    assert (found.occurred_at, found.sent_at) == ("2026-11-20T08:02:12.004Z", "2026-11-20T08:02:11.207Z")
    assert (found.sender, found.subject) == ("staging@example.com", "[staging] Your Paper Lantern order 10042")
    assert (found.configuration_set, found.tags["environment"]) == ("ses-feedback-staging", ["staging"])


@pytest.mark.parametrize("name", ["sns_bounce", "sqs_bounce", "https_notification"])
def test_the_topic_that_brought_a_report_can_select_its_environment(name: str) -> None:
    [document] = opened(load(f"{name}.json"))
    assert isinstance(document, Document)
    assert document.topic is not None
    lines = f'[environments.topic]\nteam = "qa"\ntopics = ["{document.topic.rpartition(":")[2]}"]'
    for feedback in _listed(read_feedback(document, NOW)):
        assert decide(feedback, settings_with(lines)).route.environment == "topic"


def _listed(found: list[Feedback] | NoFeedback) -> list[Feedback]:
    assert isinstance(found, list)
    return found


def test_a_complaint_keeps_both_of_its_types() -> None:
    found = one(changed(COMPLAINT, "complaint.complaintSubType", "OnAccountSuppressionList"))
    assert (found.complaint_feedback_type, found.complaint_sub_type) == ("abuse", "OnAccountSuppressionList")


def test_a_delivery_keeps_what_the_server_said() -> None:
    assert (
        one(load("ses/event_delivery.json")).diagnostic == load("ses/event_delivery.json")["delivery"]["smtpResponse"]
    )


def test_a_delay_keeps_its_type() -> None:
    assert one(load("ses/event_delivery_delay.json")).delay_type is not None


@pytest.mark.parametrize(
    ("name", "text"), [("event_reject", "Bad content"), ("event_rendering_failure", "attribute")]
)
def test_a_reject_says_why_ses_did_not_send(name: str, text: str) -> None:
    assert text.lower() in str(one(load(f"ses/{name}.json")).diagnostic).lower()


@pytest.mark.parametrize("name", ["event_open", "event_click"])
def test_opens_and_clicks_name_no_recipient(name: str) -> None:
    assert one(load(f"ses/{name}.json")).recipient is None


def test_each_recipient_is_judged_by_itself() -> None:
    found = feedback_in(load("ses/bounce_permanent_but_delayed.json"))
    assert [(one.recipient, one.dsn_action, one.status) for one in found] == [
        ("otto.klein@example.net", "failed", "5.1.1"),
        ("rosa.klein@example.net", "delayed", "4.0.0"),
    ]


def test_every_recipient_knows_how_many_are_listed() -> None:
    assert [found.listed for found in feedback_in(load("ses/complaint_several_recipients.json"))] == [3, 3, 3]


def test_a_recipient_named_twice_is_one_recipient() -> None:
    twice = BOUNCE["bounce"]["bouncedRecipients"] + [{"emailAddress": "QA <QA.Reader.17@EXAMPLE.net>"}]
    assert len(feedback_in(changed(BOUNCE, "bounce.bouncedRecipients", twice))) == 1


def test_a_recipient_has_a_key_and_keeps_what_was_received() -> None:
    found = one(load("ses/bounce_idn_and_display_name.json"))
    assert (found.recipient, found.received) == ("info@xn--bcher-kva.example", "Jörg <Info@Bücher.example>")


def test_a_report_that_names_nobody_is_about_the_mails_only_recipient() -> None:
    assert one(changed(BOUNCE, "bounce.bouncedRecipients", [])).recipient == "qa.reader.17@example.net"


def test_a_report_that_names_nobody_of_several_is_unreadable() -> None:
    event = changed(
        changed(BOUNCE, "bounce.bouncedRecipients", []), "mail.destination", ["a@x.example", "b@x.example"]
    )
    with pytest.raises(Unreadable, match=r"bounce\.bouncedRecipients: names no recipient"):
        feedback_in(event)


@pytest.mark.parametrize("missing", ["bounceSubType", "timestamp", "feedbackId", "reportingMTA", "bounceType"])
def test_a_bounce_without_one_of_its_fields_is_still_a_bounce(missing: str) -> None:
    assert one(without(BOUNCE, f"bounce.{missing}")).recipient == "qa.reader.17@example.net"


@pytest.mark.parametrize(
    "missing", ["headers", "commonHeaders", "tags", "messageId", "source", "destination", "timestamp"]
)
def test_a_mail_without_one_of_its_fields_still_counts(missing: str) -> None:
    assert one(without(BOUNCE, f"mail.{missing}")).kind is Kind.BOUNCE


def test_without_common_headers_the_subject_is_found_among_the_headers() -> None:
    assert one(without(BOUNCE, "mail.commonHeaders")).subject == "[staging] Your Paper Lantern order 10042"


@pytest.mark.parametrize("name", ["bounce", "complaint", "delivery", "deliveryDelay"])
def test_a_type_without_its_object_is_unreadable(name: str) -> None:
    event = {"eventType": name[0].upper() + name[1:], "mail": BOUNCE["mail"]}
    with pytest.raises(Unreadable, match=f"needs the object `{name}`"):
        feedback_in(event)


@pytest.mark.parametrize("kind", ["Reject", "Rendering Failure", "Open", "Click", "Send", "Subscription"])
def test_a_type_that_needs_no_object_is_read_without_one(kind: str) -> None:
    assert feedback_in({"eventType": kind, "mail": BOUNCE["mail"]})[0].kind == kind.lower().replace(" ", "_")


def test_unknown_fields_and_values_are_accepted() -> None:
    found = one(load("ses/bounce_unknown_values.json"))
    assert (found.bounce_type, found.bounce_sub_type, found.dsn_action) == (
        "Quarantined",
        "AwaitingRecipientReview",
        "held",
    )


def test_an_unknown_type_is_recorded_as_unknown() -> None:
    found = one(changed(BOUNCE, "eventType", "Teleported"))
    assert (found.kind, found.recipient) == (Kind.UNKNOWN, "qa.reader.17@example.net")


@pytest.mark.parametrize("name", ["Rendering Failure", "RenderingFailure", "renderingfailure", "rendering_failure"])
def test_the_spelling_of_a_type_does_not_matter(name: str) -> None:
    assert one(changed(load("ses/event_rendering_failure.json"), "eventType", name)).kind is Kind.RENDERING_FAILURE


def test_without_a_type_the_object_gives_the_kind() -> None:
    assert one(without(BOUNCE, "eventType")).kind is Kind.BOUNCE


def test_without_a_type_eventbridges_name_gives_the_kind() -> None:
    event = without(load("ses/event_send.json"), "eventType")
    [found] = read_feedback(Document(event, detail_type="Email Sent"), NOW)  # type: ignore[misc]
    assert found.kind is Kind.SEND


def test_tags_may_be_plain_texts() -> None:
    found = one(changed(BOUNCE, "mail.tags", {"ses:configuration-set": "shop", "n": 5, "empty": None}))
    assert (found.configuration_set, found.tags["n"], found.tags["empty"]) == ("shop", [], [])


def test_recipients_may_be_plain_addresses() -> None:
    assert one(changed(BOUNCE, "bounce.bouncedRecipients", ["Ann <ann@example.net>"])).recipient == "ann@example.net"


def test_a_wrong_shape_is_unreadable_and_named() -> None:
    with pytest.raises(Unreadable, match=r"bounce\.bouncedRecipients\.0"):
        feedback_in(changed(BOUNCE, "bounce.bouncedRecipients", [5]))


@pytest.mark.parametrize("address", ["", "   ", None, "x" * 700 + "@example.net"])
def test_a_recipient_without_a_usable_address_is_unreadable(address: str | None) -> None:
    to_two = changed(BOUNCE, "mail.destination", ["a@example.net", "b@example.net"])
    with pytest.raises(Unreadable, match=r"emailAddress|names no recipient"):
        feedback_in(changed(to_two, "bounce.bouncedRecipients.0.emailAddress", address))


def test_a_recipient_without_an_address_is_the_mails_only_one() -> None:
    found = one(changed(BOUNCE, "bounce.bouncedRecipients.0.emailAddress", None))
    assert (found.recipient, found.status) == (BOUNCE["mail"]["destination"][0], "5.1.1")


@pytest.mark.parametrize("headers", [None, {"a": 1}, "text", [5, {"name": 5}]])
@pytest.mark.parametrize("place", ["mail.headers", "mail.commonHeaders", "mail.tags"])
def test_an_odd_shape_of_what_nothing_is_decided_by_costs_nothing(place: str, headers: Any) -> None:
    assert one(changed(BOUNCE, place, headers)).recipient == one(BOUNCE).recipient


@pytest.mark.parametrize("name", ["identity_received", "subscription_succeeded"])
def test_what_is_not_feedback_is_named_as_such(name: str) -> None:
    assert isinstance(read_feedback(Document(load(f"ses/{name}.json")), NOW), NoFeedback)


@pytest.mark.parametrize("time", ["2026-11-20T08:02:12Z", "2026-11-20T08:02:12 +0000", "2026-11-20T09:02:12+01:00"])
def test_times_have_one_form_whatever_ses_wrote(time: str) -> None:
    assert one(changed(BOUNCE, "bounce.timestamp", time)).occurred_at == "2026-11-20T08:02:12.000Z"


def test_without_its_own_time_an_event_has_its_envelopes() -> None:
    document = Document(without(BOUNCE, "bounce.timestamp"), "2026-11-20T08:03:00Z")
    assert read_feedback(document, NOW)[0].occurred_at == "2026-11-20T08:03:00.000Z"  # type: ignore[index]


def test_without_any_other_time_an_event_has_its_mails() -> None:
    assert one(changed(BOUNCE, "bounce.timestamp", "soon")).occurred_at == "2026-11-20T08:02:11.207Z"


def test_without_its_own_time_a_mail_has_its_events() -> None:
    assert one(without(BOUNCE, "mail.timestamp")).sent_at == "2026-11-20T08:02:12.004Z"


def test_an_event_without_any_time_is_unreadable() -> None:
    with pytest.raises(Unreadable, match="no time that can be read"):
        feedback_in(without(without(BOUNCE, "bounce.timestamp"), "mail.timestamp"))


@pytest.mark.parametrize("place", ["mail.timestamp", "bounce.timestamp"])
@pytest.mark.parametrize("time", ["2010-12-31T23:59:59Z", "2026-11-21T10:00:01Z", "9999-12-31T23:59:59Z"])
def test_a_time_before_ses_or_more_than_a_day_ahead_is_quarantined(place: str, time: str) -> None:
    with pytest.raises(Unreadable, match="before SES existed or more than a day ahead"):
        feedback_in(changed(BOUNCE, place, time))


@pytest.mark.parametrize("time", ["2011-01-01T00:00:00Z", "2026-11-21T10:00:00Z"])
def test_times_at_the_limits_are_accepted(time: str) -> None:
    assert one(changed(BOUNCE, "mail.timestamp", time)).kind is Kind.BOUNCE


names = st.sampled_from(
    ["eventType", "notificationType", "mail", "bounce", "complaint", "delivery", "deliveryDelay", "open", "failure"]
    + ["timestamp", "messageId", "source", "destination", "headers", "commonHeaders", "subject", "tags", "name"]
    + ["bouncedRecipients", "complainedRecipients", "recipients", "delayedRecipients", "emailAddress", "bounceType"]
)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
    | st.sampled_from(["Bounce", "Complaint", "Delivery", "Open", "2026-11-20T08:00:00Z", "é@ü.example"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=6),
    max_leaves=30,
)  # fmt: skip


@given(st.dictionaries(names, values, max_size=6))
def test_reading_raises_nothing_but_unreadable(event: dict[str, Any]) -> None:
    with suppress(Unreadable):
        assert read_feedback(Document(event), NOW)


paths = [f"{name}.{key}" for name in ("bounce", "mail") for key in BOUNCE[name]] + ["bounce", "mail", "eventType"]


@given(st.sampled_from(paths), values)
def test_one_wrong_field_raises_nothing_but_unreadable(path: str, value: Any) -> None:
    with suppress(Unreadable):
        assert read_feedback(Document(changed(BOUNCE, path, value)), NOW)


@pytest.mark.parametrize("name", RAW)
def test_every_sample_is_read(name: str) -> None:
    assert read_feedback(Document(load(name)), NOW)
