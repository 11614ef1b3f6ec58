"""A plan and its outcome, in a sentence and in numbers."""

from dataclasses import dataclass, field

from ses_feedback.ses_setup.changes import Change, Remark, Step, Weight
from ses_feedback.settings.file import FILE_NAME


@dataclass(slots=True)
class Outcome:
    """`refused`: with AWS's reason in words. `left`: not tried, because time ran out or an earlier change of the
    same subject was refused. `denied`: the permissions that are missing.
    """

    done: list[Change] = field(default_factory=list)
    refused: list[tuple[Change, str]] = field(default_factory=list)
    left: list[Change] = field(default_factory=list)
    denied: list[str] = field(default_factory=list)

    @property
    def is_whole(self) -> bool:
        return not self.refused and not self.left


@dataclass(frozen=True, slots=True)
class Report:
    """`is_denied`: a permission was missing."""

    summary: str
    numbers: dict[str, int]
    is_denied: bool


def report(steps: list[Step], outcome: Outcome, command: str, *, only_planned: bool = False) -> Report:
    """`command`: the one that does what is left."""
    remarks = [step for step in steps if isinstance(step, Remark)]
    problems = [remark for remark in remarks if remark.weight is Weight.PROBLEM]
    waiting = [step for step in steps if isinstance(step, Change)] if only_planned else outcome.left
    numbers = {
        "Changed": len(outcome.done),
        "Refused": len(outcome.refused),
        "Left": len(waiting),
        "Problems": len(problems),
    }
    parts = [f"{number} {name.lower()}" for name, number in numbers.items() if number or name == "Changed"]
    details = [f"{change.subject} {change.key}: {why}" for change, why in outcome.refused]
    details += [f"{remark.subject} {remark.text}" for remark in remarks if _is_said(remark)]
    finish = [f"run `{command}` to finish"] if waiting or outcome.refused else []
    summary = "; ".join([", ".join(parts), *finish, *details])
    return Report(summary, numbers, bool(outcome.denied))


def _is_said(remark: Remark) -> bool:
    """Problems, and whatever is about the settings as a whole."""
    return remark.weight is Weight.PROBLEM or remark.subject == FILE_NAME
