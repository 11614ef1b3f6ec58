"""`ses-feedback demo`: deploys, plays the story, and reports."""

import fcntl
import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

from botocore.exceptions import BotoCoreError, ClientError
from rich.console import Console

from ses_feedback.settings.file import Settings, load_settings
from ses_feedback_cli.demo import every_path, local_aws, page, report, stack, story
from ses_feedback_cli.demo.local_aws import Failed, LocalAws

WINDOW_SECONDS = 4
"""How long alerts are collected: long enough for the story, short enough to watch."""


STAGE = "example.com"
"""The domain that all mail of the story comes from."""


def run(*, keep: bool, for_containers: bool = False) -> int:
    """Plays the demo; returns the exit status. `keep` leaves the stack running and prints how to look
    around; `for_containers` lets Docker's containers reach it.
    """
    console, started = Console(), time.monotonic()
    root = stack.project_root()
    settings = load_settings(root / "layers" / "settings" / "feedback.toml")
    if STAGE not in (domain for selectors in settings.selectors for domain in selectors.domains):
        Console(stderr=True).print(
            f"The demo plays the mail of {STAGE}, and layers/settings/feedback.toml no longer names this domain: "
            "run the demo in a fresh clone.",
            style="red",
        )
        return 2
    folder = root / "build" / "demo"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "pid").open("a+", encoding="ascii") as pid:  # of the local AWS, which holds the lock while it runs
        try:
            fcntl.flock(pid, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            pid.seek(0)
            how = f"stop it: kill -- -{number}" if (number := pid.read().strip()) else "try again"
            Console(stderr=True).print(f"Another demo is up here. Wait for it to end, or {how}", style="red")
            return 1
        pid.truncate(0)
        aws = local_aws.start(folder, kept=keep, for_containers=for_containers, lock=pid.fileno())
        print(aws.process.pid, file=pid, flush=True)
        _stop_when_terminated(aws)
        done = False
        try:
            _play(root, folder, aws, settings, console)
            done = True
            console.print(f"\nAll of this as JSON: {folder.relative_to(root)}/report.json", highlight=False)
            console.print(f"The demo took {time.monotonic() - started:.0f} s.", highlight=False)
            return 0
        except Failed as failed:
            Console(stderr=True).print(f"\n{failed}", style="red", markup=False, highlight=False)
            return 1
        finally:
            if keep and done:
                say_how_to_look_around(aws, console)
            else:
                aws.stop()
                pid.truncate(0)


def _stop_when_terminated(aws: LocalAws) -> None:
    """SIGTERM ends the demo as Ctrl-C does. The local AWS goes first: `sam build` may take longer to end than whoever
    terminates the demo waits.
    """

    def end(*_: object) -> NoReturn:
        aws.stop()
        sys.exit(128 + signal.SIGTERM)

    signal.signal(signal.SIGTERM, end)


def _play(root: Path, folder: Path, aws: LocalAws, settings: Settings, console: Console) -> None:
    events = root / "events"
    with _step("Building with sam build, and starting MiniStack", aws, console), ThreadPoolExecutor() as pool:
        building = pool.submit(stack.build, root, folder)
        local_aws.wait_until_ready(aws)
        story.verify_identities(aws)
        built = building.result()
    with _step("Deploying template.yaml with sam deploy", aws, console):
        deployed = stack.deploy(root, folder, aws, built, window_seconds=WINDOW_SECONDS)
    with _step(f"Reading back from SES whether {story.DOMAIN} reports to the stack", aws, console):
        story.check_identities(deployed)
        every_path.configure(deployed)
    with _step("Playing events/story and archiving events/archive", aws, console):
        archive_key = story.archive(deployed, events)
        published = story.publish_story(deployed, events)
    with _step("Simulating a complaint that SES reports over every path", aws, console):
        copies = every_path.send_mail(deployed)
        every_path.report_on_the_account(deployed, events)
    with _step("Waiting until every event is recorded and every team notified", aws, console):
        story.wait_until_calm(deployed)
    collected = report.collect(deployed, settings, published, archive_key, folder / "inbox")
    collected["every_path"] = every_path.collect(deployed, copies)
    announced = story.announcement(events, deployed.outputs["ArchiveBucket"], archive_key)
    (folder / "s3_object_created.json").write_text(json.dumps(announced, indent=2) + "\n", encoding="utf-8")
    (folder / "env.json").write_text(json.dumps(stack.environments(deployed), indent=2) + "\n", encoding="utf-8")
    (folder / "report.json").write_text(json.dumps(collected, indent=2) + "\n", encoding="utf-8")
    page.show(collected, console)


@contextmanager
def _step(title: str, aws: LocalAws, console: Console) -> Iterator[None]:
    started = time.monotonic()
    with console.status(title):
        if not console.is_terminal:
            console.print(f"{title} ...", highlight=False)
        try:
            yield
        except (ClientError, BotoCoreError, OSError, subprocess.TimeoutExpired) as error:
            raise Failed(f"{title} failed: {error}", aws.log) from error
    console.print(f"[green]✓[/] {title} [dim]({time.monotonic() - started:.1f} s)[/]", highlight=False)


def say_how_to_look_around(aws: LocalAws, console: Console) -> None:
    variables = " ".join(f"{name}={value}" for name, value in aws.environment.items())
    host = stack.HOST_OF_CONTAINERS
    console.print(
        f"""
The stack keeps running for eight hours. To look around:

  export {variables}
  .venv/bin/ses-feedback why oliver.hayes@example.net
  .venv/bin/ses-feedback simulate --from news@example.com --to mailboxfull@demo.example
  .venv/bin/ses-feedback check jonas.weber@example.org --stream marketing
  .venv/bin/ses-feedback identities plan
  .venv/bin/ses-feedback dead-letters ls
  curl {aws.url}/_ministack/ses/messages

With Docker (on Linux, if the demo was started with DOCKER=1):

  make invoke FUNCTION=ProcessFeedback EVENT=events/sns_bounce.json \\
    ARGS="--region {local_aws.REGION} --env-vars build/demo/env.json --add-host {host}:host-gateway"

and WatchArchive with EVENT=build/demo/s3_object_created.json, which names an object in the demo's archive.

To stop it:

  kill -- -{aws.process.pid}""",
        markup=False,
        highlight=False,
        soft_wrap=True,
    )
