"""`ses-feedback identities plan|apply|restore`: SES compared with the settings, like a diff, and brought in line."""

from collections.abc import Callable
from itertools import groupby

from rich.text import Text

from ses_feedback.alerts.words import shown
from ses_feedback.ses_setup.apply import carry_out
from ses_feedback.ses_setup.changes import FOUND_TAG, Change, Remark, SetupAction, Step, Weight
from ses_feedback.ses_setup.plan import SesState, changes, plan, remarks, restoring_plan
from ses_feedback.ses_setup.report import Outcome
from ses_feedback.ses_setup.ses import SesIdentities
from ses_feedback.ses_setup.target import StackOffer
from ses_feedback.settings.file import Settings
from ses_feedback_cli.output import TROUBLE, console, note, print_json, progress

NOTHING_TO_DO, DIFFERS = 0, 1

type Plan = Callable[[Settings, StackOffer, SesState], list[Step]]


def show_plan(ses: SesIdentities, offer: StackOffer, settings: Settings, *, as_json: bool) -> int:
    """Prints the difference; returns the exit status. Raises botocore's errors."""
    steps, _ = _read(ses, offer, settings)
    for step in steps:
        if as_json:
            print_json(_row(step))
    if not as_json:
        _print_plan(steps)
    if _problems(steps):
        return TROUBLE
    return DIFFERS if changes(steps) else NOTHING_TO_DO


def apply_plan(ses: SesIdentities, offer: StackOffer, settings: Settings, *, as_json: bool) -> int:
    """Makes the changes and prints each as it is made; returns the exit status. Raises botocore's errors."""
    return _carry_out(plan, ses, offer, settings, as_json=as_json)


def restore_found(ses: SesIdentities, offer: StackOffer, settings: Settings, *, as_json: bool) -> int:
    """Puts back what the stack found, as its deletion does; like `apply_plan` otherwise."""
    return _carry_out(restoring_plan, ses, offer, settings, as_json=as_json)


def _carry_out(planned: Plan, ses: SesIdentities, offer: StackOffer, settings: Settings, *, as_json: bool) -> int:
    steps, offer = _read(ses, offer, settings, planned)

    def on_change(change: Change, refusal: str) -> None:
        if as_json:
            print_json(_row(change) | {"done": not refusal, "refusal": refusal or None})
        else:
            _print_change(change, refusal)

    outcome = carry_out(changes(steps), ses, offer, on_change)
    for remark in remarks(steps):
        print_json(_row(remark)) if as_json else _print_remark(remark)
    _note_outcome(outcome)
    return TROUBLE if not outcome.is_whole or _problems(steps) else NOTHING_TO_DO


def _read(
    ses: SesIdentities, offer: StackOffer, settings: Settings, planned: Plan = plan
) -> tuple[list[Step], StackOffer]:
    with progress("reading SES, one call per second"):
        current, offer = ses.look(settings, offer)
    return planned(settings, offer, current), offer


def _note_outcome(outcome: Outcome) -> None:
    if outcome.is_whole:
        note(f"{len(outcome.done)} changes made" if outcome.done else "nothing was left to do; nothing changed")
        return
    parts = f"{len(outcome.done)} changes made, {len(outcome.refused)} refused, {len(outcome.left)} not tried"
    note(f"{parts}: half applied. Fix what was refused and run it again to finish")


def _problems(steps: list[Step]) -> bool:
    return any(remark.weight is Weight.PROBLEM for remark in remarks(steps))


def _row(step: Step) -> dict[str, object]:
    if isinstance(step, Remark):
        return {"remark": step.weight, "subject": step.subject, "text": step.text}
    row: dict[str, object] = {"do": step.action, "subject": step.subject, "key": step.key}
    return row | {"before": step.before or None, "after": step.after or None}


def _print_plan(steps: list[Step]) -> None:
    out, places = console(), {subject: n for n, subject in reversed(list(enumerate(step.subject for step in steps)))}
    together = sorted(steps, key=lambda step: places[step.subject])
    for subject, group in groupby(together, key=lambda step: step.subject):
        out.print(Text(shown(subject, 320), style="bold"), soft_wrap=True)
        for step in group:
            if isinstance(step, Remark):
                out.print(_remark(step), soft_wrap=True)
                continue
            for line in _lines(step):
                out.print(line, soft_wrap=True)
    count = len(changes(steps))
    todo = f"{count} changes, about {count} s: run `ses-feedback identities apply`"
    note(todo if count else "SES is as the settings say")


def _lines(change: Change) -> list[Text]:
    """`-` what is, `+` what will be; a claim lists what it will remember."""
    if change.action is SetupAction.CLAIM:
        kept = [f"{tag.removeprefix(FOUND_TAG)} {value}" for tag, value in change.detail.items() if value != "-"]
        remembered = "; ".join(tag for tag in kept if not tag.startswith("ses-feedback:"))
        return [Text(f"  + claimed by this stack; remembered: {shown(remembered, 1000)}", style="green")]
    if change.action is SetupAction.RELEASE:
        return [Text("  - no longer claimed by this stack", style="red")]
    head = f"{change.key}: " if change.action in _NAMED_BY_KEY else f"{change.action}: "
    lines = []
    if change.before:
        lines.append(Text(f"  - {head}{shown(change.before, 1000)}", style="red"))
    if change.after:
        lines.append(Text(f"  + {head}{shown(change.after, 1000)}", style="green"))
    return lines


_NAMED_BY_KEY = (SetupAction.SET, SetupAction.PUT_DESTINATION, SetupAction.DELETE_DESTINATION)
_COLOURS = {Weight.PROBLEM: "bold red", Weight.WARNING: "yellow", Weight.NOTE: "bright_black"}


def _remark(remark: Remark) -> Text:
    return Text(f"  {remark.weight}: {shown(remark.text, 1000)}", style=_COLOURS[remark.weight])


def _print_remark(remark: Remark) -> None:
    console().print(Text.assemble((shown(remark.subject, 320), "bold"), _remark(remark)), soft_wrap=True)


def _print_change(change: Change, refusal: str) -> None:
    mark = ("refused  ", "bold red") if refusal else ("done     ", "green")
    setting = f"{change.action} {change.key}: {shown(change.after, 500) or 'none'}"
    why = f"  {shown(refusal, 500)}" if refusal else ""
    console().print(Text.assemble(mark, (shown(change.subject, 320), "bold"), f"  {setting}{why}"), soft_wrap=True)
