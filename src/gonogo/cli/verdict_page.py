"""Verdict page: a Verdict on a terminal: the line, the reasons, what broke with question and answer, what it took.

Here: phrasing. Not here: commands (``prove``), the wording of reasons (``gate``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from gonogo.cli.output import coloured, counted, dim, duration, money, printable, say, screen_width, shortened
from gonogo.domain import CriticalTask, EvaluationRun, GoldenTask, TaskResult, Usage, Verdict, total_usage

if TYPE_CHECKING:
    from gonogo.gate import Attempts
    from gonogo.statistics import Estimate

MOST_SHOWN = 12
LABEL = 16
NEXT = {
    "GO": "`gonogo deploy {name}` makes it live",
    "NO-GO": "`gonogo verdict {name} --failed` shows every failed task; mend, then evaluate again",
    "INCONCLUSIVE": "mend what broke, or add golden tasks, then evaluate again",
    "INVALID": "mend the cause, then evaluate again: only tasks without a result are run",
}

NEXT_OF_BACKTEST = {
    "GO": "golden tasks decide: `gonogo evaluate {name}`; this Verdict allows no deployment",
    "NO-GO": "look at what broke; `gonogo golden add TRACE` makes a golden task of it",
    "INCONCLUSIVE": "more questions: --sample, --since, --limit; golden tasks decide all the same",
    "INVALID": "mend the cause, then run the same command again: only what has no answer is asked",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """A Verdict with the runs it rests on, where the store has them, and the candidate's golden tasks by id;
    ``critical``: what its gate selects of them."""

    verdict: Verdict
    run: EvaluationRun | None
    live: EvaluationRun | None
    tasks: Mapping[str, GoldenTask]
    critical: tuple[str, ...] = ()

    @property
    def attempts(self) -> tuple[Attempts, ...]:
        """pass@k and pass^k of the candidate's run, where tasks were repeated."""
        from gonogo.gate import attempts_of

        return () if self.run is None else attempts_of(self.run, self.tasks.values())


def print_verdict(proof: Proof, *, every_failure: bool = False, most: int = MOST_SHOWN) -> None:
    """The whole page. Unless ``every_failure``, only tasks that the Verdict names, where it names any."""
    found = proof.verdict
    name = f"{found.mission}@{found.candidate}"
    outcome, _, rest = found.line.partition("  ")
    say(f"{coloured(outcome)}  ", _one_line(rest))
    baseline = f"{found.mission}@{found.baseline}" if found.baseline else "nothing (first deployment)"
    if found.backtest is not None:
        baseline = f"what {' and '.join(found.backtest.served)} served"
    click.echo(dim(f"  {name} against {baseline}; verdict {found.id}"))
    for reason in found.reasons:
        # The line holds most of them already, word for word.
        if reason.message not in found.line:
            say(f"  {coloured(reason.outcome)} {reason.rule}: ", _one_line(reason.message), hang=4)
    _print_ratios(found)
    if proof.run is not None:
        shown = _worth_showing(proof.run, found, every_failure)
        shown_by = name if found.backtest is None else found.id
        for result in shown[:most]:
            _print_task(result, proof)
        if len(shown) > most:
            click.echo(dim(f"\n  ... and {len(shown) - most} more: `gonogo verdict {shown_by} --failed`"))
        _print_attempts(proof)
        _print_totals(proof.run)
    following = NEXT if found.backtest is None else NEXT_OF_BACKTEST
    click.echo(dim("  next: " + following[found.outcome].format(name=name)))


def _print_ratios(found: Verdict) -> None:
    from gonogo.gate.wording import ratio_said  # late: --help needs no gate

    for one in found.ratios:
        # The line of a GO holds them already.
        if (told := ratio_said(one)) not in found.line:
            say("  ", _one_line(f"{told}, budget {one.budget:g}"), hang=4)


def _one_line(text: str) -> str:
    """What an upstream said may hold line breaks, and a line of its own could be a command to whoever reads the log."""
    return " ".join(printable(text).split())


def _worth_showing(run: EvaluationRun, found: Verdict, every_failure: bool) -> list[TaskResult]:
    named = {task_id for comparison in found.comparisons for task_id in comparison.broke}
    named |= {task_id for reason in found.reasons for task_id in reason.tasks}
    failing = [result for result in run.results if result.passed is not True and not result.rerun]
    failing.sort(key=lambda result: (result.task_id not in named, result.task_id, result.repeat))
    if every_failure:
        return failing
    worst = [result for result in failing if result.task_id in named]
    # Of recorded questions some always decline, as what was served did.
    return worst if worst or found.backtest is not None else failing


def _print_task(result: TaskResult, proof: Proof) -> None:
    task = proof.tasks.get(result.task_id)
    room = (screen_width() or LABEL + 110) - LABEL
    click.echo(f"\n  {click.style(result.task_id, bold=True)}  {dim(task.source if task else '')}")
    why = result.error or "; ".join(
        f"{score.metric}: {score.detail}" for score in result.scores if score.passed is False
    )
    rows = [("asked", task.question if task else "")]
    if result.error is None:
        rows.append(("answered", result.answer))
        rows += [("live said", before) for before in _live_answer(result, proof.live)]
    rows.append(("why" if result.error is None else "did not run", why))
    rows += [row for one in proof.verdict.critical if one.task_id == result.task_id for row in reruns_rows(one)]
    for label, text in rows:
        click.echo(f"    {label:<{LABEL - 4}}{shortened(printable(text), room)}")


OUTCOME_WORDS = {True: "passed", False: "failed", None: "no result"}


def reruns_rows(one: CriticalTask) -> list[tuple[str, str]]:
    """What a critical task gave when it was asked again, on both sides; nothing where it was not."""
    rows = [("asked again", outcomes_said(one.reruns))] if one.reruns else []
    if one.live_reruns:
        rows.append(("live again", f"{outcomes_said(one.live_reruns)}; first {OUTCOME_WORDS[one.live]}"))
    return rows


def outcomes_said(outcomes: Sequence[bool | None]) -> str:
    """``failed, passed, passed``."""
    return ", ".join(OUTCOME_WORDS[one] for one in outcomes)


def _live_answer(result: TaskResult, live: EvaluationRun | None) -> list[str]:
    results = live.results if live else ()
    same = [other for other in results if (other.task_id, other.repeat) == (result.task_id, result.repeat)]
    return [other.answer for other in same if other.error is None and other.answer != result.answer]


def _print_attempts(proof: Proof) -> None:
    found = proof.attempts
    if found:
        click.echo("")
    for at in found:
        one, every = _with_span(at.pass_at_k), _with_span(at.pass_every_k)
        left_out = f", {counted(at.left_out, 'task')} with fewer attempts left out" if at.left_out else ""
        click.echo(f"  pass@{at.k} {one}, pass^{at.k} {every} on {counted(at.tasks, 'task')}{left_out}")


def _with_span(estimate: Estimate) -> str:
    span = estimate.interval
    return (
        f"{100 * estimate.value:.1f} % ({100 * span.confidence:.0f} % CI {100 * span.low:.1f}..{100 * span.high:.1f})"
    )


def _print_totals(run: EvaluationRun) -> None:
    costs = [result.cost for result in run.results]
    total = None if any(cost is None for cost in costs) else sum(cost or 0.0 for cost in costs)
    tokens_in = sum(result.usage.input for result in run.results)
    tokens_out = sum(result.usage.output for result in run.results)
    about = "about " if any(result.usage.estimated for result in run.results) else ""
    reruns = sum(result.rerun for result in run.results)
    again = f", {reruns} of them critical tasks asked again," if reruns else ""
    said = (
        f"{counted(len(run.results), 'result')}{again} in {duration(run.wall)} ({duration(run.cpu)} CPU); {about}"
        f"{tokens_in} tokens in, {tokens_out} out; cost {money(total)}"
    )
    click.echo("")
    say("  ", said)
    judges = total_usage(result.judge_usage for result in run.results)
    if judges.calls:
        say("  ", _judges_took(judges, run))


def _judges_took(judges: Usage, run: EvaluationRun) -> str:
    costs = [result.judge_cost for result in run.results]
    total = None if any(cost is None for cost in costs) else sum(cost or 0.0 for cost in costs)
    about = "about " if judges.estimated else ""
    said = f"judges beside that: {counted(judges.calls, 'call')}; {about}{judges.input} tokens in, {judges.output} out"
    return f"{said}; cost {money(total)}"
