"""Sheets as a gate sees them, made from short descriptions."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import pytest

from gonogo.digest import Digest
from gonogo.domain import (
    Comparison,
    EvaluationRun,
    GatePolicy,
    GoldenTask,
    MetricRule,
    Score,
    TaskResult,
    Usage,
    Verdict,
)
from gonogo.gate import decide

SIGNS = {"+": True, "-": False, "?": None}
Scores = Mapping[str, Sequence[float | str | None]]


class Sheets:
    """Runs written as signs, one a task: ``+`` passed, ``-`` failed, ``?`` an error; tasks are t0, t1, ..."""

    def tasks(self, count: int, *, drafts: Sequence[int] = (), safety: Sequence[int] = ()) -> list[GoldenTask]:
        return [
            GoldenTask(id=f"t{place}", question="?", draft=place in drafts, tags=("safety",) if place in safety else ())
            for place in range(count)
        ]

    def run(
        self,
        *repeats: str,
        run_id: str = "ours",
        scores: Scores | None = None,
        cost: float | None = 0.01,
        latency: float = 0.1,
        tokens: int = 100,
        gate_digest: str = "g",
    ) -> EvaluationRun:
        """``scores`` maps a metric to a value a task: a number, ``None`` not applicable, or text: why it failed."""
        results = [
            TaskResult(
                task_id=f"t{place}",
                answer="a",
                passed=SIGNS[sign],
                error="the upstream timed out" if sign == "?" else None,
                scores=tuple(self.score(metric, values[place]) for metric, values in (scores or {}).items()),
                cost=cost,
                latency=latency,
                usage=Usage(input=tokens, output=0),
                repeat=repeat,
            )
            for repeat, signs in enumerate(repeats)
            for place, sign in enumerate(signs)
            if sign != " "
        ]
        return EvaluationRun(
            id=run_id,
            mission="support",
            version=8 if run_id == "ours" else 7,
            behaviour_digest=Digest(run_id),
            gate_digest=Digest(gate_digest),
            seed=0,
            started_at=0.0,
            finished_at=1.0,
            results=tuple(results),
        )

    def score(self, metric: str, value: float | str | None) -> Score:
        if value is None:
            return Score(metric=metric, state="not-applicable", detail="the answer is a refusal")
        if isinstance(value, str):
            return Score(metric=metric, state="error", detail=value)
        return Score(metric=metric, value=value)

    def paired(self, both: int, mended: int, broke: int, neither: int) -> tuple[EvaluationRun, EvaluationRun]:
        """Two runs with these four counts, in the order both, mended, broke, neither."""
        ours = "+" * (both + mended) + "-" * (broke + neither)
        theirs = "+" * both + "-" * mended + "+" * broke + "-" * neither
        return self.run(ours), self.run(theirs, run_id="live")

    def verdict(
        self,
        ours: EvaluationRun,
        theirs: EvaluationRun | None = None,
        tasks: Sequence[GoldenTask] | None = None,
        **policy: object,
    ) -> Verdict:
        """The decision on the full set; ``require`` is a pass rate within five points unless given."""
        fields = {"require": {"pass_rate": MetricRule(margin=0.05)}, "stopping": "fixed", **policy}
        found = tasks if tasks is not None else self.tasks(len({result.task_id for result in ours.results}))
        return decide(ours, theirs, GatePolicy(**fields), found)

    def comparison(self, verdict: Verdict, metric: str = "pass_rate") -> Comparison:
        return next(found for found in verdict.comparisons if found.metric == metric)


@pytest.fixture
def sheets() -> Sheets:
    """Makers of runs and Verdicts."""
    return Sheets()


@pytest.fixture
def rules(sheets: Sheets) -> Callable[[Verdict, str], list[str]]:
    """Which rules speak for an outcome."""
    return lambda verdict, outcome: [reason.rule for reason in verdict.reasons if reason.outcome == outcome]
