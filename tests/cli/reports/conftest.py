"""Proofs to report: a Verdict over made-up tasks, results and live answers."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from gonogo.cli.reports.shown import Shown
from gonogo.cli.verdict_page import Proof
from gonogo.domain import Comparison, EvaluationRun, GoldenTask, Reason, Score, TaskResult, Verdict
from gonogo.domain.verdict import Outcome

NASTY = "see ```\n</details><script>alert(1)</script>\x00\x1b[31m @octocat #12 ]]> \ud800 & \"quoted\" 'too'"


def run_of(answers: dict[str, str], *, passed: bool | None = False, number: int = 2) -> EvaluationRun:
    results = tuple(
        TaskResult(
            task_id=task_id,
            answer=answer,
            passed=passed,
            error=f"upstream: {answer}" if passed is None else None,
            scores=(Score(metric="contains", state="value", value=0.0, passed=False, detail=f"missing: {answer}"),),
            latency=0.25,
        )
        for task_id, answer in answers.items()
    )
    return EvaluationRun(
        id="r",
        mission="m",
        version=number,
        behaviour_digest="b",
        gate_digest="g",
        seed=0,
        started_at=0,
        results=results,
    )


Made = Callable[..., Shown]


@pytest.fixture
def shown() -> Made:
    """A Verdict on ``tasks`` of which all failed with this answer, or did not run where ``passed`` is ``None``."""

    def made(
        outcome: Outcome = "NO-GO",
        *,
        tasks: int = 1,
        answer: str = "14 days",
        before: str = "30 days",
        passed: bool | None = False,
        draft: bool = False,
        folder: str = "golden",
        broke: bool = True,
        line: str | None = None,
    ) -> Shown:
        ids = [f"task-{number:04}" for number in range(tasks)]
        comparison = Comparison(
            metric="pass_rate", tasks=tasks, candidate=0.0, baseline=1.0, difference=-0.2, low=-0.3, high=-0.1,
            margin=0.05, broke=tuple(ids) if broke else (),
        )  # fmt: skip
        verdict = Verdict(
            outcome=outcome,
            line=line or f"{outcome}  pass_rate -20.0 pts",
            mission="m",
            candidate=2,
            baseline=1,
            behaviour_digest="b",
            gate_digest="g",
            comparisons=(comparison,),
            reasons=(Reason(rule="critical", outcome=outcome, message="a critical task failed"),),
            id="f" * 32,
        )
        golden = {
            task_id: GoldenTask(
                id=task_id, question=f"asked {answer}", draft=draft, source=f"{folder}/tasks.yaml:{place}"
            )
            for place, task_id in enumerate(ids, 1)
        }
        run = run_of(dict.fromkeys(ids, answer), passed=passed)
        live = run_of(dict.fromkeys(ids, before), passed=True, number=1)
        return Shown(Proof(verdict=verdict, run=run, live=live, tasks=golden))

    return made


@pytest.fixture
def nasty() -> str:
    """A text that tries to end fences, tags, XML and lines, and to call people."""
    return NASTY
