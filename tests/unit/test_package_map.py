"""The list of modules at the head of the package: whoever looks for the place of something starts there."""

import re
from pathlib import Path

import ses_feedback


def test_the_map_of_the_package_names_every_module_once_and_none_that_is_gone() -> None:
    modules = sorted(path.stem for path in Path(ses_feedback.__file__).parent.glob("[!_]*.py"))
    lists = re.findall(r"^    \S.*?  +(\S.*)$", str(ses_feedback.__doc__), re.MULTILINE)
    assert sorted(name for one in lists for name in one.split(", ")) == modules
