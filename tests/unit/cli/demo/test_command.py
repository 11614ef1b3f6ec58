"""The demo itself runs in CI; here, when it does not."""

from pathlib import Path

import pytest

from ses_feedback_cli.demo import command
from tests.samples import SHIPPED


def test_the_demo_says_that_it_needs_the_settings_that_ship(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = tmp_path / "layers" / "settings" / "feedback.toml"
    settings.parent.mkdir(parents=True)
    settings.write_text(SHIPPED.read_text(encoding="utf-8").replace("example.com", "acme.example"), encoding="utf-8")
    monkeypatch.setattr("ses_feedback_cli.demo.stack.project_root", lambda: tmp_path)
    assert command.run(keep=False) == 2
    assert "run the demo in a fresh clone" in " ".join(capsys.readouterr().err.split())
