"""Unreadable messages are in the dead letters as they came, with their cause and place, and who found them where."""

from typing import TYPE_CHECKING

import pytest

from ses_feedback.dead_letters import DeadLetters
from ses_feedback.errors import Unreadable
from tests.stores import messages_in

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.type_defs import MessageTypeDef


@pytest.fixture
def letter(sqs: "SQSClient", dead_letters: DeadLetters, dead_letters_queue: str) -> "Letter":
    return Letter(sqs, dead_letters, dead_letters_queue)


class Letter:
    """Sends one letter and reads it."""

    def __init__(self, sqs: "SQSClient", dead_letters: DeadLetters, queue_url: str) -> None:
        self.sqs, self.dead_letters, self.queue_url = sqs, dead_letters, queue_url

    def about(self, body: str, cause: str = "a cause", place: str = "", origin: str = "m-1") -> "MessageTypeDef":
        self.dead_letters.send(body, Unreadable(cause, place), origin)
        [message] = messages_in(self.sqs, self.queue_url)
        return message


def attributes_of(message: "MessageTypeDef") -> dict[str, str]:
    return {name: value["StringValue"] for name, value in message["MessageAttributes"].items()}


def test_a_dead_letter_says_all_that_is_known(letter: Letter) -> None:
    message = letter.about('{"eventType":', "not JSON", "bounce.timestamp", "s3://bucket/key@42")
    assert message["Body"] == '{"eventType":'
    assert attributes_of(message) == {
        "Cause": "not JSON",
        "Place": "bounce.timestamp",
        "Function": "a_function",
        "Origin": "s3://bucket/key@42",
    }


def test_an_empty_place_is_left_out(letter: Letter) -> None:
    assert "Place" not in attributes_of(letter.about("x"))


def test_an_empty_body_is_said_to_be_empty(letter: Letter) -> None:
    assert letter.about("")["Body"] == "(empty)"


@pytest.mark.parametrize("letters", ["\x00", "\x08", "\x1f", "\ud800", "\ufffe", "\uffff"])
def test_what_sqs_rejects_is_replaced_wherever_it_is(letters: str, letter: Letter) -> None:
    message = letter.about(f"a{letters}b\t\r\n", f"c{letters}", f"d{letters}", f"e{letters}")
    assert message["Body"] == "a\ufffdb\t\r\n"
    attributes = attributes_of(message)
    assert (attributes["Cause"], attributes["Place"], attributes["Origin"]) == ("c\ufffd", "d\ufffd", "e\ufffd")


@pytest.mark.parametrize("character", ["x", "é", "\U0001f600", "\x00"])
def test_a_dead_letter_never_outgrows_sqs(character: str, letter: Letter) -> None:
    message = letter.about(*(character * 300_000,) * 4)
    size = len(message["Body"].encode()) + sum(len(text.encode()) for text in attributes_of(message).values())
    assert 200_000 < size < 256 * 1024
    assert message["Body"].strip(character).strip("\ufffd") == ""
