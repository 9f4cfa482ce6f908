"""Shown: what every report of a Verdict holds, in the same words: figures, slices, critical tasks, what failed.

Here: choosing and phrasing. Not here: the form it takes (``markdown``, ``page``, ``junit``, ``github``).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from gonogo.cli.output import counted, duration, money
from gonogo.cli.verdict_page import OUTCOME_WORDS, Proof, outcomes_said
from gonogo.console.verdicts import RunFigures, TaskCase, figures, task_cases
from gonogo.domain import Comparison, TagSlice, Verdict
from gonogo.gate.wording import in_clusters

RATIO_HEADS = ("Budget against live", "Tasks", "Ratio", "At most")
RERUN_HEADS = ("Critical task", "First", "Asked again", "Live first", "Live again")
METRIC_HEADS = ("Metric", "Tasks", "Candidate", "Live", "Difference", "Margin")
TOO_FEW = "too few tasks to block"
OUTCOME_MARKS = {"GO": "✅", "NO-GO": "❌", "INCONCLUSIVE": "⚠️", "INVALID": "🚫"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of the table of metrics or slices, as text; ``note`` what the figures alone do not say."""

    cells: tuple[str, ...]
    comparison: Comparison
    note: str = ""


class Shown:
    """A Proof as reports show it."""

    def __init__(self, proof: Proof) -> None:
        self.proof = proof

    @property
    def verdict(self) -> Verdict:
        """What was decided."""
        return self.proof.verdict

    @property
    def name(self) -> str:
        """``support@7``."""
        return f"{self.verdict.mission}@{self.verdict.candidate}"

    @property
    def against(self) -> str:
        """What it was compared with, in words."""
        live = self.verdict.baseline
        if self.verdict.backtest is not None:
            return f"what {' and '.join(self.verdict.backtest.served)} served"
        return "nothing: first deployment" if live is None else f"live {self.verdict.mission}@{live}"

    @property
    def said(self) -> str:
        """The line of the Verdict without its outcome, on one line."""
        return flat(self.verdict.line.partition("  ")[2])

    @property
    def reasons(self) -> Iterator[tuple[str, str, str]]:
        """(outcome, rule, message)."""
        return ((reason.outcome, reason.rule, flat(reason.message)) for reason in self.verdict.reasons)

    @property
    def more_reasons(self) -> list[tuple[str, str, str]]:
        """Those that the line does not hold word for word."""
        return [one for one in self.reasons if one[2] not in self.said]

    @cached_property
    def cases(self) -> Sequence[TaskCase]:
        """Tasks that broke, that a reason names, that failed or did not run, in this order; drafts last."""
        found = self.verdict
        cases = task_cases(found, self.proof.run, self.proof.live, dict(self.proof.tasks))
        named = {task_id for reason in found.reasons for task_id in reason.tasks}
        if found.backtest is not None:  # some recorded questions always decline, as what was served did
            cases = [case for case in cases if case.broke or case.task_id in named]
        return sorted(cases, key=lambda case: (is_draft(case), not case.broke, case.task_id not in named))

    @property
    def named(self) -> list[TaskCase]:
        """Cases that broke or that a reason names; every case where there are none of these."""
        told = {task_id for reason in self.verdict.reasons for task_id in reason.tasks}
        chosen = [case for case in self.cases if case.broke or case.task_id in told]
        return chosen or list(self.cases)

    @property
    def others(self) -> list[TaskCase]:
        """The rest: they failed or did not run, mostly as they do in what is live."""
        chosen = {case.task_id for case in self.named}
        return [case for case in self.cases if case.task_id not in chosen]

    @property
    def heading(self) -> str:
        """Of the named cases: ``7 tasks broke``, or what else they did."""
        broke = sum(case.broke for case in self.named)
        count = counted(len(self.named), "task")
        return f"{count} broke" if broke == len(self.named) else f"{count} that broke, failed or did not run"

    @property
    def metrics(self) -> list[Row]:
        """One row a metric."""
        return [_row(one.metric, one) for one in self.verdict.comparisons]

    @property
    def slices(self) -> list[Row]:
        """One row a tag."""
        return [_row(one.tag, one.comparison, _of_slice(one)) for one in self.verdict.slices]

    @property
    def ratios(self) -> list[tuple[str, ...]]:
        """Relative budgets, under ``RATIO_HEADS``."""
        return [
            (
                f"{one.quantity} ratio",
                str(one.tasks),
                "unknown" if one.ratio is None else f"{one.ratio:.3g} [{one.low or 0.0:.3g}, {one.high or 0.0:.3g}]",
                f"{one.budget:g}",
            )
            for one in self.verdict.ratios
        ]

    @property
    def critical(self) -> str:
        """How the critical tasks did; empty where there are none."""
        chosen = {
            task.id
            for task in self.proof.tasks.values()
            if task.gates and any(task.matches(selector) for selector in self.proof.critical)
        }
        if self.verdict.critical:
            return self._critical(len(self.verdict.critical))
        if not chosen or self.proof.run is None:
            return ""
        missed = sorted(chosen & self.failing)
        without = len(chosen - {result.task_id for result in self.proof.run.results})
        rest = f"; {without} not run, as the others decided" if without else ""
        if not missed:
            return f"{counted(len(chosen), 'critical task')}, none failed{rest}"
        return f"{len(missed)} of {counted(len(chosen), 'critical task')} failed: {', '.join(missed)}{rest}"

    def _critical(self, count: int) -> str:
        found = self.verdict.critical
        missed = [one.task_id for one in found if one.standing != "passed" and one.standing != "flaked"]
        flaked = [one.task_id for one in found if one.standing == "flaked"]
        total = counted(count, "critical task")
        said = f"{len(missed)} of {total} failed: {', '.join(missed)}" if missed else f"{total}, none failed"
        return f"{said}; failed once and passed when asked again: {', '.join(flaked)}" if flaked else said

    @property
    def reruns(self) -> list[tuple[str, ...]]:
        """The critical tasks that were asked again, under ``RERUN_HEADS``."""
        return [
            (
                one.task_id,
                OUTCOME_WORDS[one.passed],
                outcomes_said(one.reruns) or "-",
                "-" if self.verdict.baseline is None else OUTCOME_WORDS[one.live],
                outcomes_said(one.live_reruns) or "-",
            )
            for one in self.verdict.critical
            if one.reruns or one.live_reruns
        ]

    def again(self, task_id: str) -> str:
        """``asked again: failed, passed, passed``; empty where it was not."""
        said = [outcomes_said(one.reruns) for one in self.verdict.critical if one.task_id == task_id and one.reruns]
        return f"asked again: {said[0]}" if said else ""

    @cached_property
    def failing(self) -> frozenset[str]:
        """Ids of tasks with an attempt that failed or did not run."""
        run = self.proof.run
        return frozenset(
            () if run is None else (one.task_id for one in run.results if one.passed is not True and not one.rerun)
        )

    @cached_property
    def took(self) -> RunFigures | None:
        """Counts, seconds, tokens, dollars of the candidate's run."""
        return None if self.proof.run is None else figures(self.proof.run)

    @property
    def took_said(self) -> str:
        """The same in words; empty where nothing was run."""
        found = self.took
        if found is None:
            return ""
        about = "about " if found.usage.estimated else ""
        lost = f", {found.errors} did not run" if found.errors else ""
        lost += f"; {counted(found.reruns, 'rerun')} of critical tasks" if found.reruns else ""
        return (
            f"{counted(found.results, 'result')}: {found.passed} passed, {found.failed} failed{lost}; "
            f"{duration(found.wall)}, {about}{found.usage.input} tokens in, {found.usage.output} out, "
            f"cost {money(found.cost)}"
        )


def is_draft(case: TaskCase) -> bool:
    """Whether it decides nothing."""
    return case.task is not None and not case.task.gates


def state_of(case: TaskCase) -> str:
    """What became of a task, in a word or two."""
    if case.broke:
        return "broke"
    if case.result is None:
        return "no result"
    return {True: "passed", False: "failed", None: "did not run"}[case.result.passed]


def place_of(case: TaskCase) -> str:
    """``golden/tasks.yaml:26``; empty where it is not known."""
    return case.task.source if case.task is not None else ""


def flat(text: str) -> str:
    """On one line."""
    return " ".join(text.split())


def cut(text: str, most: int) -> str:
    """At most ``most`` characters, with how many are missing."""
    return text if len(text) <= most else f"{text[:most]}… ({len(text) - most} more characters)"


def _row(name: str, found: Comparison, note: str = "") -> Row:
    unpaired = found.difference is None
    candidate = _share(found.candidate)
    if unpaired and found.low is not None and found.high is not None:
        candidate += f" [{100 * found.low:.1f}, {100 * found.high:.1f}]"
    cells = (
        name,
        str(found.tasks),
        candidate if found.tasks else "-",
        _share(found.baseline),
        _difference(found),
        "-" if found.bound is None else f"{100 * found.bound:g}",
    )
    return Row(
        cells=cells,
        comparison=found,
        note="; ".join(filter(None, (note, in_clusters(found).strip(), _corrected(found)))),
    )


def _share(value: float | None) -> str:
    return "-" if value is None else f"{100 * value:.1f} %"


def _difference(found: Comparison) -> str:
    if found.difference is None:
        return "-"
    said = f"{100 * found.difference:+.1f}"
    if found.low is None or found.high is None:
        return said
    return f"{said} [{100 * found.low:+.1f}, {100 * found.high:+.1f}]"


def _corrected(found: Comparison) -> str:
    if not found.corrected or found.observed is None:
        return ""
    return f"corrected from {100 * found.observed:.1f} ({found.corrected})"


def _of_slice(one: TagSlice) -> str:
    if one.small:
        return TOO_FEW
    return "" if one.p_holm is None else f"p {one.p_holm:.3g} (Holm)"


def confidence_of(rows: Sequence[Row]) -> str:
    """What the brackets are; empty without any."""
    levels = {row.comparison.confidence for row in rows if row.comparison.low is not None}
    said = " and ".join(f"{100 * level:g} %" for level in sorted(levels))
    return f"Differences in points, candidate less live; in brackets {said} intervals." if said else ""
