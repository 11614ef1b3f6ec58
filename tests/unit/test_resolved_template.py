"""Nothing in the template is out of range, not even in the branch of an Fn::If that is not chosen."""

from pathlib import Path

import pytest

from tests.resolved_template import OutOfRange, resources_of

SPLITS = """
Transform: AWS::Serverless-2016-10-31
Parameters:
  Existing: { Type: String, Default: "" }
Conditions:
  IsNew: !Equals [!Ref Existing, ""]
Resources:
  Topic:
    Type: AWS::SNS::Topic
    Properties:
      DisplayName: !If [IsNew, new, !Select [1, !Split ["/", SPLIT]]]
"""


def name_in(folder: Path, split: str, existing: str) -> str:
    template = folder / "template.yaml"
    template.write_text(SPLITS.replace("SPLIT", split), encoding="utf-8")
    topic = resources_of(template, {"Existing": existing})["Topic"]
    return str(topic["Properties"]["DisplayName"])


def test_what_the_other_branch_selects_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(OutOfRange):
        name_in(tmp_path, "!Ref Existing", existing="")


@pytest.mark.parametrize(("existing", "name"), [("", "new"), ("arn:table/old/stream/2026", "old")])
def test_two_slashes_more_keep_it_in_range_and_change_nothing(tmp_path: Path, existing: str, name: str) -> None:
    assert name_in(tmp_path, '!Sub "${Existing}//"', existing) == name
