"""What is installed: a wheel with everything in it, also the module that the client shares with the ledger."""

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.samples import ROOT

CLIENT = ROOT / "clients" / "python"


@pytest.mark.slow
def test_the_wheel_is_whole(tmp_path: Path) -> None:
    source = tmp_path / "source"  # setuptools leaves a folder build/ where it builds
    shutil.copytree(CLIENT, source)
    build = "import setuptools.build_meta as b, sys; print(b.build_wheel(sys.argv[1]))"
    subprocess.run([sys.executable, "-c", build, str(tmp_path)], cwd=source, capture_output=True, check=True)
    [wheel] = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as packed:
        names = {name for name in packed.namelist() if "dist-info" not in name}
        shared = packed.read("ses_feedback_client/address.py").decode()
    modules = {f"ses_feedback_client/{path.name}" for path in (CLIENT / "ses_feedback_client").glob("*.py")}
    assert names == modules | {"ses_feedback_client/py.typed"}
    assert shared == (ROOT / "layers/feedback/ses_feedback/address.py").read_text(encoding="utf-8")
