"""Writes the snapshots anew: `python -m tests.golden.write --words`, or `--data` (read README.md before).

`--version NAME` writes what the code of now leaves behind as a folder that later versions must read.
"""

import argparse
import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.golden.snapshot import DATA, FOLDER, ROOT, WORDS, record_into


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--words", action="store_true", help="what people read")
    parser.add_argument("--data", action="store_true", help="what machines read: never without an entry in CHANGELOG")
    parser.add_argument("--version", metavar="NAME", help="a new folder, such as version_0_2")
    asked = parser.parse_args()
    if asked.version:
        command = [sys.executable, "-m", "tests.golden.leave_behind", str(FOLDER / asked.version)]
        subprocess.run(command, cwd=ROOT, check=True)
    with TemporaryDirectory() as name:
        record_into(Path(name))
        for wanted, file in ((asked.words, WORDS), (asked.data, DATA)):
            if wanted:
                shutil.copyfile(Path(name) / file, FOLDER / file)


if __name__ == "__main__":
    main()
