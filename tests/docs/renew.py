"""Renews what the pages show: `make pictures`, which plays the demo first.

The picture of an alert (docs/images/alert.png) is a mail as the code composes it from two sample events, rendered by
Chromium. What commands print goes into the `console` blocks, the log of the demo (build/demo.log) into docs/demo.md,
and its most telling lines into README.md.
"""

import re
import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import boto3
from moto import mock_aws

from ses_feedback.alerts.alert import Alert, alert_from
from ses_feedback.decision.decide import decide
from ses_feedback.ledger.table import Ledger
from tests.alerts import part, received
from tests.conftest import ALERT_SENDER, TABLE, create_tables
from tests.docs.commands import renewed
from tests.docs.pages import blocks, pages
from tests.samples import NOW, ROOT, load, one, shipped_settings
from tests.stores import items_in

PICTURE = ROOT / "docs" / "images" / "alert.png"
LOG = ROOT / "build" / "demo.log"
_SCENE = ("story/09_production_reputation_block.json", "story/04_production_hard_bounce.json")
_WIDTH, _HEIGHT = 680, 964  # up to the end of the first of the two


@mock_aws
def scene() -> list[Alert]:
    """The alerts that the sample events become, read from the rows of a ledger."""
    settings, client = shipped_settings(), boto3.client("dynamodb", "eu-central-1")
    create_tables(client)
    ledger = Ledger(client, TABLE, settings, ALERT_SENDER)
    for name in _SCENE:
        ledger.record(decide(one(load(name)), settings), NOW)
    return [alert_from(row) for row in items_in(client, TABLE).values() if "alert" in row]


def photograph(html: str, picture: Path) -> None:
    chromium = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if chromium is None:
        sys.exit("No Chromium is on PATH; it takes the picture.")
    with TemporaryDirectory() as folder:
        page = Path(folder, "alert.html")
        page.write_text(html, encoding="utf-8")
        options = ["--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", f"--user-data-dir={folder}"]
        size = f"--window-size={_WIDTH},{_HEIGHT}"
        done = [chromium, *options, size, f"--screenshot={picture}", page.as_uri()]
        subprocess.run(done, check=True, capture_output=True, timeout=60)


def renew_console_blocks() -> None:
    for page in pages():
        text = page.read_text(encoding="utf-8")
        for block in blocks(page, "console"):
            text = text.replace(block.text, renewed(block)) if not block.marker else text
        page.write_text(text, encoding="utf-8")


def renew_log(log: str) -> None:
    """The demo's report into docs/demo.md, its excerpt into README.md; how long it took is left out."""
    report = log[log.index("The outcome of each event") : log.index("\nAll of this as JSON")]
    [example] = re.findall(r"^.*\n.* 03 staging .*\n", report, re.MULTILINE)
    [copies] = re.findall(r"^  One mail to .*?Teams notified.*?\n", report, re.MULTILINE | re.DOTALL)
    _replace_text_block(ROOT / "docs" / "demo.md", report)
    _replace_text_block(ROOT / "README.md", example + copies)


def _replace_text_block(page: Path, text: str) -> None:
    [block] = blocks(page, "text")
    page.write_text(page.read_text(encoding="utf-8").replace(block.text, text), encoding="utf-8")


if __name__ == "__main__":
    photograph(part(received(*scene()), "html"), PICTURE)
    renew_console_blocks()
    renew_log(LOG.read_text(encoding="utf-8"))
