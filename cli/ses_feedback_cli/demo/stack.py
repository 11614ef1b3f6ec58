"""The stack on a local AWS: built and deployed by the real SAM CLI from the real template."""

import os
import platform
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from ses_feedback_cli.demo.local_aws import Failed, LocalAws

STACK_NAME = "ses-feedback"
ALERT_SENDER = "alerts@example.com"
HOST_OF_CONTAINERS = "host.docker.internal"


@dataclass(frozen=True, slots=True)
class Stack:
    """A deployed stack, with the outputs of its template."""

    aws: LocalAws
    outputs: dict[str, str]


def project_root() -> Path:
    """The checkout: where template.yaml is, here or above, or above this file."""
    for start in (Path.cwd(), Path(__file__).resolve().parent):
        for folder in (start, *start.parents):
            if (folder / "template.yaml").is_file() and (folder / "functions").is_dir():
                return folder
    raise SystemExit("The demo needs a checkout of the project: run it where template.yaml is.")


def build(root: Path, folder: Path) -> Path:
    """`sam build`; returns the folder of the build. A second build reuses what did not change from its cache."""
    folder.mkdir(parents=True, exist_ok=True)
    built, template = folder / "sam", folder / "template.yaml"
    processor = processor_of_this_host()
    text = for_processor((root / "template.yaml").read_text(encoding="utf-8"), processor)
    template.write_text(text, encoding="utf-8")
    _sam(
        root,
        folder / "sam-build.log",
        ["build", "--template-file", str(template), "--base-dir", str(root)]
        + ["--cached", "--cache-dir", str(folder / "sam-cache"), "--build-dir", str(built)],
        {"ARCHITECTURE": processor},
    )
    return built


def for_processor(template: str, processor: str) -> str:
    """A template whose functions run on another processor: the local AWS runs them on this host's."""
    line = "Architectures: [&processor arm64]"
    if template.count(line) != 1:
        raise SystemExit(f"template.yaml does not have the line {line} once, which the demo rewrites.")
    return template.replace(line, f"Architectures: [&processor {processor}]")


def deploy(root: Path, folder: Path, aws: LocalAws, built: Path, *, window_seconds: int, **parameters: str) -> Stack:
    """`sam deploy` of the build; `parameters` are further parameters of the template."""
    _sam(
        root,
        folder / "sam-deploy.log",
        ["deploy", "--template-file", str(built / "template.yaml"), "--stack-name", STACK_NAME]
        + ["--resolve-s3", "--capabilities", "CAPABILITY_IAM", "--no-confirm-changeset", "--no-progressbar"]
        + ["--parameter-overrides", f"AlertSender={ALERT_SENDER}"]
        + [f"AlertWindowSeconds={window_seconds}", *(f"{name}={value}" for name, value in parameters.items())],
        aws.environment,
    )
    described = aws.client("cloudformation").describe_stacks(StackName=STACK_NAME)["Stacks"][0]
    return Stack(aws, {output["OutputKey"]: output["OutputValue"] for output in described["Outputs"]})


def environments(stack: Stack) -> dict[str, dict[str, str]]:
    """The variables of each function by its name in the template, for `sam local invoke --env-vars`; the stack is
    where a container finds it.
    """
    resources = stack.aws.client("cloudformation").describe_stack_resources(StackName=STACK_NAME)["StackResources"]
    deployed = {r["PhysicalResourceId"]: r["LogicalResourceId"] for r in resources}
    functions = stack.aws.client("lambda").list_functions()["Functions"]
    endpoint = {"AWS_ENDPOINT_URL": f"http://{HOST_OF_CONTAINERS}:{stack.aws.port}"}
    return {
        deployed[function["FunctionName"]]: function["Environment"]["Variables"] | endpoint
        for function in functions
        if function["FunctionName"] in deployed
    }


def processor_of_this_host() -> str:
    """By Lambda's name."""
    return "arm64" if platform.machine() in ("arm64", "aarch64") else "x86_64"


def _sam(root: Path, log: Path, arguments: list[str], variables: dict[str, str]) -> None:
    """Runs the SAM CLI, isolated from any AWS account that the environment names.

    It runs in the folder of its log: it keeps dependencies in `.aws-sam/deps` of the working directory, whatever
    `--cache-dir` says, and deletes those of other builds there, which may be running.
    """
    sam = root / ".venv-sam" / "bin" / "sam"
    if not sam.is_file():
        raise Failed(f"{sam} is missing: run `make install`", log)
    environment = {key: value for key, value in os.environ.items() if not key.startswith("AWS_")} | variables
    environment["SAM_CLI_TELEMETRY"] = "0"
    environment["PATH"] = (
        f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"  # it builds with this Python
    )
    with log.open("wb") as output:
        result = subprocess.run(
            [str(sam), *arguments, "--config-env", "demo"],  # not what samconfig.toml says of a real account
            cwd=log.parent,
            env=environment,
            stdout=output,
            stderr=subprocess.STDOUT,
            timeout=300,
            check=False,
        )
    if result.returncode:
        raise Failed(f"`sam {arguments[0]}` failed", log)
