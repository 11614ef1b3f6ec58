"""Builds of one checkout share nothing that one of them may delete."""

from pathlib import Path

from ses_feedback_cli.demo.stack import build

TEMPLATE = "Architectures: [&processor arm64]\n"
SAM = "#!/bin/sh\nmkdir -p .aws-sam/deps && touch .aws-sam/deps/cryptography\n"


def test_every_build_keeps_its_dependencies_in_its_own_folder(tmp_path: Path) -> None:
    sam = tmp_path / ".venv-sam" / "bin" / "sam"
    sam.parent.mkdir(parents=True)
    sam.write_text(SAM)
    sam.chmod(0o700)
    (tmp_path / "template.yaml").write_text(TEMPLATE)
    folders = [tmp_path / "build" / name for name in ("test", "faults")]
    for folder in folders:
        build(tmp_path, folder)
    kept = sorted(path.parents[2] for path in tmp_path.rglob("cryptography"))
    assert kept == sorted(folders)
