"""What is built carries bytecode that Lambda uses as it is, what functions load at once, and nothing of the host."""

from pathlib import Path

import pytest

from ses_feedback.bounces import classification
from ses_feedback.bounces.classification import write_built
from ses_feedback_cli.demo.stack import project_root

BUILT = project_root() / "build" / "test" / "sam"
UNCHECKED_HASH = b"\1\0\0\0"
"""The flags of PEP 552: the source is not looked at, whose time a zip file changes."""


@pytest.mark.parametrize(
    ("folder", "at"), [("FeedbackLayer/python", b"/opt/python/"), ("ReceiveFeedback", b"/var/task/")]
)
@pytest.mark.usefixtures("driver")
def test_every_module_has_bytecode_that_names_its_place_on_lambda(folder: str, at: bytes) -> None:
    modules = [path for path in (BUILT / folder).rglob("*.py") if path.parent.name != "__pycache__"]
    compiled = [(path.parent / "__pycache__" / f"{path.stem}.cpython-313.pyc").read_bytes() for path in modules]
    assert len(modules) > 50
    assert {code[4:8] for code in compiled} == {UNCHECKED_HASH}
    assert all(at in code and str(BUILT).encode() not in code for code in compiled)


@pytest.mark.usefixtures("driver")
def test_the_rules_of_classification_are_built(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(classification, "BUILT", tmp_path / "rules.json")
    write_built()
    built = BUILT / "FeedbackLayer" / "python" / "ses_feedback" / "bounces" / "rules.json"
    assert built.read_bytes() == (tmp_path / "rules.json").read_bytes()


@pytest.mark.usefixtures("driver")
def test_the_settings_are_built_beside_their_file() -> None:
    assert sorted(path.name for path in (BUILT / "SettingsLayer").iterdir()) == ["feedback.json", "feedback.toml"]
    shipped = project_root() / "layers" / "settings" / "feedback.toml"
    assert (BUILT / "SettingsLayer" / "feedback.toml").read_bytes() == shipped.read_bytes()
