"""A deployed stack of its own, which tests may mistreat."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest

from ses_feedback_cli.demo import local_aws, stack, story
from tests.faults.deployed.field import Field

VISIBILITY_SECONDS = {"FeedbackQueue": "12", "AlertQueue": "15", "ArchiveQueue": "15"}
"""How soon a message whose function died is redelivered: minutes in the template, too long for a test."""


@pytest.fixture(scope="session")
def field() -> Iterator[Field]:
    root = stack.project_root()
    folder = root / "build" / "faults"  # not that of the other deployed tests, which run beside these
    aws = local_aws.start(folder)
    try:
        with ThreadPoolExecutor() as pool:
            building = pool.submit(stack.build, root, folder)
            local_aws.wait_until_ready(aws)
            story.verify_identities(aws)
            built = building.result()
        deployed = stack.deploy(root, folder, aws, built, window_seconds=2, FeedbackBus="true")
        for name, seconds in VISIBILITY_SECONDS.items():
            aws.client("sqs").set_queue_attributes(
                QueueUrl=deployed.outputs[name], Attributes={"VisibilityTimeout": seconds}
            )
            aws.client("sqs").purge_queue(QueueUrl=deployed.outputs[name])  # what the deployment sent is in flight
        yield Field(deployed)
    finally:
        aws.stop()


@pytest.fixture
def domain() -> str:
    """A domain of recipients that no other test uses."""
    return f"{uuid4().hex[:12]}.example"
