"""EvaluationRun and TaskResult: golden tasks run against one Version; a score or an error for each task.

Here: the nouns. Not here: running (``evaluation``), deciding (``gate``).
"""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from gonogo.digest import Digest
from gonogo.domain.mission import Json
from gonogo.domain.score import Score
from gonogo.domain.usage import NO_USAGE, Usage

RERUNS_FROM = 1000
"""Repeats from here on are reruns: a critical task that failed, asked again. They are no attempts of a rate."""


RunKind = Literal["evaluation", "backtest", "served"]
"""Golden tasks; recorded questions asked again; the answers that were served to these, judged again."""


class TaskResult(Struct, frozen=True, kw_only=True):
    """One attempt at one GoldenTask. ``passed`` is ``None`` when it did not run (``error`` says why): an error is not
    a failure. ``latency`` and ``cpu`` in seconds; ``cost`` in dollars, ``None`` unknown. ``digest`` is over behaviour,
    task and judges: a result stands for every other attempt of its digest and repeat; ``None``: for itself alone.
    ``transcript``: the messages of a task with several steps, in OpenAI's form; empty for one question.

    What judges need and took: ``contexts`` are the texts the answer was to rest on, kept where judges are asked;
    ``judge_usage`` and ``judge_cost`` are theirs, counted apart from the answer's.
    """

    task_id: str
    answer: str
    passed: bool | None
    scores: tuple[Score, ...] = ()
    error: str | None = None
    latency: float = 0.0
    cpu: float = 0.0
    usage: Usage = NO_USAGE
    cost: float | None = None
    model: str = ""
    trace_id: str = ""
    tags: tuple[str, ...] = ()
    repeat: int = 0
    order: int = 0
    digest: Digest | None = None
    transcript: tuple[Json, ...] = ()
    refused: bool = False
    contexts: tuple[str, ...] = ()
    judge_usage: Usage = NO_USAGE
    judge_cost: float | None = 0.0

    @property
    def rerun(self) -> bool:
        """Whether it confirms or clears a critical task that failed, and counts in nothing else."""
        return self.repeat >= RERUNS_FROM

    @property
    def unjudged(self) -> bool:
        """Whether there is an answer, and a judge that was asked about it gave nothing usable."""
        return any(score.judge and score.state == "error" for score in self.scores)

    def score(self, metric: str) -> Score | None:
        """The score of that name, where there is one."""
        return next((score for score in self.scores if score.metric == metric), None)


class EvaluationRun(Struct, frozen=True, kw_only=True):
    """Golden tasks against one Version. ``seed`` gave the random order; ``results`` may be incomplete until
    ``finished_at`` is set, and then still are where ``stopped_early``: they decided before all tasks were run.
    ``replayed``: its answers come from recorded calls, so its latencies say nothing. Task ids of a backtest are
    those of Traces."""

    id: str
    mission: str
    version: int
    behaviour_digest: Digest
    gate_digest: Digest
    seed: int
    started_at: float
    finished_at: float | None = None
    results: tuple[TaskResult, ...] = ()
    wall: float = 0.0
    cpu: float = 0.0
    replayed: bool = False
    stopped_early: bool = False
    kind: RunKind = "evaluation"
    format: int = 1
