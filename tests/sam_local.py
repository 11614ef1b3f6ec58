"""The variables that `sam local invoke` gives to each function, asked of the SAM CLI: without Docker or a build."""

import json
import subprocess
from functools import cache

from tests.samples import ROOT

_PROGRAM = """
import json
from samcli.lib.providers.sam_function_provider import SamFunctionProvider
from samcli.lib.providers.sam_stack_provider import SamLocalStackProvider
from samcli.local.lambdafn.env_vars import EnvironmentVariables

stacks, _ = SamLocalStackProvider.get_stacks("template.yaml")
variables = {}
for f in SamFunctionProvider(stacks).get_all():
    declared = (f.environment or {}).get("Variables", {})
    variables[f.name] = EnvironmentVariables(f.name, f.memory, f.timeout, f.handler, variables=declared).resolve()
print(json.dumps(variables))
"""


@cache
def variables_by_sam() -> dict[str, dict[str, str]]:
    """By the names of the functions in template.yaml, where nothing is given on the command line."""
    command = [str(ROOT / ".venv-sam" / "bin" / "python"), "-c", _PROGRAM]
    variables: dict[str, dict[str, str]] = json.loads(
        subprocess.check_output(command, cwd=ROOT, text=True).splitlines()[-1]
    )
    return variables
