"""One local AWS with one deployed stack for all tests of this folder."""

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from ses_feedback_cli.demo import local_aws, stack, story
from tests.stack.driver import Driver

WINDOW_SECONDS = int(os.environ.get("ALERT_WINDOW", "2"))


@pytest.fixture(scope="session")
def driver() -> Iterator[Driver]:
    root = stack.project_root()
    folder = root / "build" / "test"
    aws = local_aws.start(folder)
    try:
        with ThreadPoolExecutor() as pool:
            building = pool.submit(stack.build, root, folder)
            local_aws.wait_until_ready(aws)
            story.verify_identities(aws)
            built = building.result()
        deployed = stack.deploy(root, folder, aws, built, window_seconds=WINDOW_SECONDS)
        yield Driver(deployed, root / "events")
    finally:
        aws.stop()
