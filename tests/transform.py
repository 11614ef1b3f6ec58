"""Writes a SAM template as the SAM transform makes it: `python -m tests.transform template.yaml out.json`.

`sam validate --lint` passes some faults (a circle bucket -> function -> role -> bucket among them) that cfn-lint
finds in the transformed template.
"""

import json
import os
import sys
from pathlib import Path
from typing import Any

from samtranslator.translator.transform import transform
from samtranslator.yaml_helper import yaml_parse


class NoManagedPolicies:
    """The roles are written out in the template: no managed policy may slip in."""

    def load(self) -> dict[str, str]:
        return {}


def transformed(template: Path) -> dict[str, Any]:
    """The template with its serverless resources as plain CloudFormation; code places stand for the built ones."""
    os.environ.setdefault("AWS_DEFAULT_REGION", "eu-central-1")  # the transform asks for one, and uses it nowhere
    document = yaml_parse(template.read_text(encoding="utf-8"))
    for resource in document["Resources"].values():
        for key in ("CodeUri", "ContentUri"):
            if key in resource.get("Properties", {}):
                resource["Properties"][key] = "s3://bucket/key"
    return dict(transform(document, {}, NoManagedPolicies(), feature_toggle=None, passthrough_metadata=True))


if __name__ == "__main__":
    source, target = map(Path, sys.argv[1:])
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(json.dumps(transformed(source), indent=2), encoding="utf-8")
    print(f"{source} transformed: {target}")
