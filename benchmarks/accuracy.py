"""How often the classification is right, on labelled replies that are not part of the project.

    python benchmarks/accuracy.py --data replies.jsonl [--wrong]

One JSON object a line: status, diagnostic, reporting_mta, action (as SES reports them), class (the label), also_ok
(other defensible reasons), temporary, action_class, group (near copies share one), source, ses_like, synthetic.
Core rows read like what SES reports and are real replies; they are the score.

The rules are written, not trained, so there is nothing to fit in folds. What folds would show, whether a few
groups carry the figure, is shown by counting each group once, by the worst of ten folds of groups, and by an
interval from drawing groups anew. Figures from before the rules had been adjusted to these rows are in
docs/classification.md.
"""

import argparse
import json
import os
import random
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ses_feedback.bounces.classification import BounceReport, Classification, classify
from ses_feedback.vocabulary import ACTION_OF, Action, Reason

SUPPRESSING = {reason for reason, action in ACTION_OF.items() if action is Action.SUPPRESS}
PEERS = [  # lenient, suppress precision, suppress recall: on core rows of this set and a second one
    ("Sisimai", "67.0%", "93.6%", "47.1%"),
    ("postalsys' neural classifier", "68.0%", "73.9%", "91.4%"),
    ("zone-mta's rules", "42.5%", "", ""),
    ("KumoMTA's rules", "29.6%", "", ""),
    ("RFC 3463 status alone", "28.0%", "", ""),
    ("suppress every 5xx", "", "34.8%", "98.6%"),
    ("logistic regression on TF-IDF", "78.3%", "87.2%", "84.5%"),
]

type Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Judged:
    """One row and the answer to it."""

    row: Row
    answer: Classification

    @property
    def accepted(self) -> set[str]:
        return {self.row["class"], *self.row["also_ok"]}

    @property
    def lenient(self) -> bool:
        return self.answer.reason in self.accepted

    @property
    def suppressed(self) -> bool:
        return self.answer.action is Action.SUPPRESS

    @property
    def may_suppress(self) -> bool:
        return bool(self.accepted & SUPPRESSING) and not self.row["temporary"]

    @property
    def must_suppress(self) -> bool:
        return self.row["action_class"] == Action.SUPPRESS and not set(self.row["also_ok"]) - SUPPRESSING


def judge(row: Row) -> Judged:
    given = {key: row[key] for key in ("status", "diagnostic", "reporting_mta", "action")}
    return Judged(row, classify(BounceReport(**given)))


def share(part: Iterable[bool]) -> float:
    hits = list(part)
    return 100 * sum(hits) / max(1, len(hits))


def report(name: str, judged: list[Judged]) -> None:
    suppressed = [j for j in judged if j.suppressed]
    right = sum(j.may_suppress for j in suppressed)
    missed = sum(j.must_suppress and not j.suppressed for j in judged)
    print(
        f"{name:28s} n={len(judged):4d}"
        f"  strict {share(j.answer.reason == j.row['class'] for j in judged):5.1f}%"
        f"  lenient {share(j.lenient for j in judged):5.1f}%"
        f"  suppress precision {100 * right / max(1, len(suppressed)):5.1f}%"
        f"  recall {100 * right / max(1, right + missed):5.1f}%"
    )


def by_group(judged: list[Judged]) -> list[list[Judged]]:
    groups = defaultdict(list)
    for j in judged:
        groups[j.row["group"]].append(j)
    return [groups[name] for name in sorted(groups)]


def report_groups(judged: list[Judged]) -> None:
    groups = by_group(judged)
    dice = random.Random(0)
    folds = [share(j.lenient for group in groups[start::10] for j in group) for start in range(10)]
    drawn = sorted(
        share(j.lenient for group in dice.choices(groups, k=len(groups)) for j in group) for _ in range(1_000)
    )
    once = sum(share(j.lenient for j in group) for group in groups) / len(groups)
    print(
        f"{'core, by groups':28s} n={len(groups):4d}  lenient, each group once {once:.1f}%"
        f"  worst of 10 folds {min(folds):.1f}%  95% interval {drawn[25]:.1f}-{drawn[974]:.1f}%"
    )


def report_confusion(judged: list[Judged]) -> None:
    print(f"\n{'label':20s} {'rows':>4s}  {'lenient':>7s}  taken for")
    for reason in Reason:
        rows = [j for j in judged if j.row["class"] == reason]
        others = Counter(str(j.answer.reason) for j in rows if j.answer.reason != reason)
        taken = ", ".join(f"{other} {count}" for other, count in others.most_common())
        if rows:
            print(f"{reason:20s} {len(rows):4d}  {share(j.lenient for j in rows):6.1f}%  {taken}")


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure the classification on labelled replies.")
    parser.add_argument("--data", type=Path, default=os.environ.get("BOUNCE_REPLIES"))
    parser.add_argument("--wrong", action="store_true", help="show the rows that are wrong, and by which rule")
    options = parser.parse_args()
    if options.data is None or not options.data.is_file():
        sys.exit(
            (f"There is no file {options.data}.\n" if options.data else "")
            + "Labelled replies are not part of the project: name a file of yours by `make accuracy DATA=FILE`, "
            "--data or BOUNCE_REPLIES."
        )
    with options.data.open(encoding="utf-8") as lines:
        judged = [judge(json.loads(line)) for line in lines if line.strip()]
    core = [j for j in judged if j.row["ses_like"] and not j.row["synthetic"]]
    report("all", judged)
    report("core", core)
    for source in sorted({j.row["source"] for j in core}):
        report(f"core, {source}", [j for j in core if j.row["source"] == source])
    report_groups(core)
    print("\nOthers, on the core rows of this set and a second one")
    for name, lenient, precision, recall in PEERS:
        print(f"{name:28s}        lenient {lenient:>6s}  suppress precision {precision:>6s}  recall {recall:>6s}")
    report_confusion(core)
    if options.wrong:
        for j in judged:
            if not j.lenient or (j.suppressed and not j.may_suppress):
                print(f"\n{j.row['class']} taken for {j.answer.reason} by {j.answer.rule}: {j.row['id']}")
                print(f"    {j.row['status'] or ''} {j.row['diagnostic']}")


if __name__ == "__main__":
    main()
