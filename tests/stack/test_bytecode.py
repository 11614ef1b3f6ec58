"""What is built carries bytecode that Lambda uses as it is, and nothing of the host that built it."""

import pytest

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
