"""One local AWS with one deployed stack, with all its optional parts, for all tests of this folder."""

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from ses_feedback_cli.demo import local_aws, stack, story
from tests.https_server import HttpsServer
from tests.sns import TOPIC
from tests.stack.driver import Driver

WINDOW_SECONDS = int(os.environ.get("ALERT_WINDOW", "2"))


@pytest.fixture(scope="session")
def application(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HttpsServer]:
    """The customer's application, which accepts webhooks at https://localhost."""
    with HttpsServer(tmp_path_factory.mktemp("application"), "localhost") as server:
        yield server


@pytest.fixture(scope="session")
def driver(application: HttpsServer) -> Iterator[Driver]:
    root = stack.project_root()
    folder = root / "build" / "test"
    aws = start(folder, application.authority)
    try:
        with ThreadPoolExecutor() as pool:
            building = pool.submit(stack.build, root, folder)
            local_aws.wait_until_ready(aws)
            story.verify_identities(aws)
            built = building.result()
        optional = {
            "HttpsTopicArns": TOPIC,
            "WebhookUrl": f"https://localhost:{application.port}/feedback",
            "WebhookAllowPrivate": "true",
            "WebhookSuppressions": "true",
            "FeedbackSns": "true",
        }
        deployed = stack.deploy(root, folder, aws, built, window_seconds=WINDOW_SECONDS, **optional)
        yield Driver(deployed, root / "events")
    finally:
        aws.stop()


def start(folder: Path, authority: Path) -> local_aws.LocalAws:
    """A local AWS whose functions trust the certificates of one authority only."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("SSL_CERT_FILE", str(authority))
        return local_aws.start(folder)
