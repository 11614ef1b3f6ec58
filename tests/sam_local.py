"""The variables that `sam local invoke` gives to each function, asked of the SAM CLI: without Docker or a build."""

import json
import subprocess
from functools import cache

from tests.samples import EVENTS, ROOT

_NAMES = [path.name for path in sorted(EVENTS.glob("*.json"))]
_OTHER_QUEUES = ("sqs_alert", "sqs_s3_", "sqs_webhook")

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


SAMPLES = {
    "AnswerRequests": ("api_check.json", "api_reinstate.json"),
    "BackUp": ("scheduled_backup.json",),
    "ConfigureAlarms": ("cloudformation_create.json",),
    "ConfigureIdentities": ("cloudformation_create.json",),
    "PostWebhook": ("sqs_webhook.json",),
    "ProcessFeedback": tuple(
        name
        for name in _NAMES
        if name.startswith(("eventbridge_", "sns_", "sqs_")) and not name.startswith(_OTHER_QUEUES)
    ),
    "PublishAlerts": ("dynamodb_stream_alert.json",),
    "PublishFeedback": ("dynamodb_stream_alert.json",),
    "ReceiveFeedback": ("https_notification.json", "https_subscription_confirmation.json"),
    "RouteAlerts": ("sqs_alert.json",),
    "WatchArchive": tuple(name for name in _NAMES if name.startswith(("s3_", "sqs_s3_"))),
}
"""The samples that fit each function."""


@cache
def variables_by_sam() -> dict[str, dict[str, str]]:
    """By the names of the functions in template.yaml, where nothing is given on the command line."""
    command = [str(ROOT / ".venv-sam" / "bin" / "python"), "-c", _PROGRAM]
    variables: dict[str, dict[str, str]] = json.loads(
        subprocess.check_output(command, cwd=ROOT, text=True).splitlines()[-1]
    )
    return variables
