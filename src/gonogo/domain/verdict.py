"""Verdict: GO, NO-GO, INCONCLUSIVE or INVALID, with the reasons and the numbers they rest on.

Here: the noun and its exit codes. Not here: the decision (``gate``).
"""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from gonogo.digest import Digest

Outcome = Literal["GO", "NO-GO", "INCONCLUSIVE", "INVALID"]
EXIT_CODES: dict[Outcome, int] = {"GO": 0, "NO-GO": 1, "INCONCLUSIVE": 3, "INVALID": 4}


class Comparison(Struct, frozen=True, kw_only=True):
    """One metric of candidate and baseline on the same tasks, with its interval.

    Differences are candidate less baseline, in the metric's own unit (a pass rate is 0..1). ``baseline`` is ``None``
    on a first deployment. ``p_worse`` tests "the candidate is worse"; ``p_noninferior`` tests "worse by the margin";
    ``e_worse`` and ``e_noninferior`` are their e-values where a run stopped early on them.
    ``less_is_better``: a rise of it is the loss, and its margin lies above.
    Where tasks stand in ``clusters``, ``worth`` is how many independent tasks they are as they vary, and
    ``worth_least`` where all of a cluster change together; ``None`` where every task stands alone.
    ``corrected`` says how a judged value was corrected for the judge's errors, and ``observed`` what the judge itself
    gave; empty and ``None`` where nothing was.
    """

    metric: str
    tasks: int
    candidate: float
    baseline: float | None = None
    difference: float | None = None
    low: float | None = None
    high: float | None = None
    confidence: float = 0.9
    margin: float | None = None
    p_noninferior: float | None = None
    p_worse: float | None = None
    e_noninferior: float | None = None
    e_worse: float | None = None
    broke: tuple[str, ...] = ()
    mended: tuple[str, ...] = ()
    errors: int = 0
    observed: float | None = None
    corrected: str = ""
    clusters: int | None = None
    worth: float | None = None
    worth_least: float | None = None
    less_is_better: bool = False

    @property
    def loss(self) -> float | None:
        """How much worse the candidate is, in the metric's own unit; below 0 where it is better."""
        if self.difference is None:
            return None
        return self.difference if self.less_is_better else -self.difference

    @property
    def bound(self) -> float | None:
        """The difference at its margin: below 0, or above where less is better."""
        if self.margin is None:
            return None
        return self.margin if self.less_is_better else -self.margin


class RatioComparison(Struct, frozen=True, kw_only=True):
    """How many times as dear (``cost``) or as slow (``latency``) as live a task is, in the geometric mean over
    ``tasks``, beside its ``budget``; ``low`` and ``high`` at ``confidence``. ``ratio`` is ``None`` where it is not
    known, and the ends where too few tasks tell."""

    quantity: str
    budget: float
    tasks: int
    confidence: float
    ratio: float | None = None
    low: float | None = None
    high: float | None = None


class TagSlice(Struct, frozen=True, kw_only=True):
    """The pass rate on the tasks of one tag. ``p_holm`` blocks, together with the metrics; ``p_bh`` is for reading.
    ``small``: too few tasks to block, whatever they show."""

    tag: str
    comparison: Comparison
    small: bool = False
    p_holm: float | None = None
    p_bh: float | None = None


Standing = Literal["passed", "failed", "flaked", "unknown"]


class CriticalTask(Struct, frozen=True, kw_only=True):
    """One critical task. ``passed`` is its first answer (the majority of its repeats), ``None`` without a result;
    ``reruns`` those that it was given where that failed, ``None`` without a result. ``live`` and ``live_reruns`` are
    the same of the live Version, which is asked again beside the candidate.

    ``standing``: ``flaked`` where it failed at first and most reruns passed; ``failed`` where they did not, or nobody
    could be asked again; ``unknown`` where too few gave a result to tell.
    """

    task_id: str
    passed: bool | None
    standing: Standing
    reruns: tuple[bool | None, ...] = ()
    live: bool | None = None
    live_reruns: tuple[bool | None, ...] = ()


class Reason(Struct, frozen=True, kw_only=True):
    """One reason, in words, with the rule it comes from and the tasks it names."""

    rule: str
    outcome: Outcome
    message: str
    tasks: tuple[str, ...] = ()


class Backtest(Struct, frozen=True, kw_only=True):
    """Which recorded questions a Verdict rests on, in place of golden tasks. ``looked_at`` Traces; ``replayed`` of them
    were asked again, from ``clusters`` that are independent of one another (``clustered_by``); ``not_drawn`` could have
    been and were not in the sample. ``left_out``: why others could not, with how many. ``served``: questions by the
    Version that answered them. ``since`` and ``until`` in seconds since 1970, 0 where open."""

    looked_at: int
    replayed: int
    clusters: int
    clustered_by: str
    not_drawn: int = 0
    left_out: dict[str, int] = {}
    served: dict[str, int] = {}
    environment: str = ""
    since: float = 0.0
    until: float = 0.0


class Verdict(Struct, frozen=True, kw_only=True):
    """What the gate decided for one candidate against what is live.

    ``line`` is the whole verdict in one line. ``same_behaviour``: the behaviour digest is the live one, GO without
    running. ``advisory``: the set is too small to prove anything and the Mission accepts that.
    ``calibrations``: by judge, the id of the calibration that it rests on. ``critical``: how every critical task did.
    ``backtest``: it rests on recorded questions, and allows no deployment; ``baseline`` is then the newest Version that
    served any.

    ``stopping`` is the rule that was followed; ``stopped_early``: ``tasks_used`` of ``tasks_total`` gating tasks, the
    first in the random order of ``seed``, decided. ``go_level`` and ``no_go_level`` are those of the tests that a full
    set is held to.
    """

    outcome: Outcome
    line: str
    mission: str
    candidate: int
    behaviour_digest: Digest
    gate_digest: Digest
    baseline: int | None = None
    baseline_digest: Digest | None = None
    reasons: tuple[Reason, ...] = ()
    comparisons: tuple[Comparison, ...] = ()
    run_id: str | None = None
    baseline_run_id: str | None = None
    same_behaviour: bool = False
    advisory: bool = False
    tasks_needed: int | None = None
    calibrations: dict[str, str] = {}
    slices: tuple[TagSlice, ...] = ()
    ratios: tuple[RatioComparison, ...] = ()
    critical: tuple[CriticalTask, ...] = ()
    stopping: str = "fixed"
    stopped_early: bool = False
    tasks_used: int | None = None
    tasks_total: int | None = None
    seed: int | None = None
    go_level: float | None = None
    no_go_level: float | None = None
    backtest: Backtest | None = None
    id: str = ""
    created_at: float = 0.0
    format: int = 1

    @property
    def exit_code(self) -> int:
        """0 GO, 1 NO-GO, 3 INCONCLUSIVE, 4 INVALID."""
        return EXIT_CODES[self.outcome]
