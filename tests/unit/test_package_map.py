"""The lists of modules at the head of the packages: whoever looks for the place of something starts there."""

import re
from pathlib import Path
from types import ModuleType

import pytest

import ses_feedback
import ses_feedback_cli


@pytest.mark.parametrize("package", [ses_feedback, ses_feedback_cli], ids=lambda package: package.__name__)
def test_the_map_of_a_package_names_every_module_once_and_none_that_is_gone(package: ModuleType) -> None:
    modules = sorted(path.stem for path in Path(str(package.__file__)).parent.glob("[!_]*.py"))
    lists = re.findall(r"^    \S.*?  +(\S.*)$", str(package.__doc__), re.MULTILINE)
    assert sorted(name for one in lists for name in one.split(", ")) == modules
