"""ModelJudge: the contract ``AnswerJudge`` over a model.

Here: the table of kinds, which cases say nothing to a kind, a Score whatever happens.
Not here: the kinds (``grading``, ``claims``, ``contexts``).
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial

from gonogo.clock import Clock
from gonogo.contracts import Embedder, PriceList, Provider
from gonogo.contracts.judges import Judged, JudgedCase
from gonogo.domain import NEEDS_REFERENCE, Judge, JudgeKind, Score
from gonogo.judging import claims, contexts, grading
from gonogo.judging.asking import Asker, Bill, JudgeFailed, Sleep
from gonogo.judging.claims import NothingToJudge
from gonogo.judging.prompts import prompts_digest

MOST_DETAIL = 300

Measure = Callable[[Judge, JudgedCase, Asker, Bill], Awaitable[tuple[float, str]]]
MEASURES: dict[JudgeKind, Measure] = {
    "llm-rubric": grading.rubric,
    "g-eval": grading.g_eval,
    "pairwise": grading.pairwise,
    "context-faithfulness": claims.faithfulness,
    "context-precision": contexts.precision,
    "context-recall": claims.recall,
    "factual-correctness": claims.correctness,
    "noise-sensitivity": claims.noise,
}
"""Every kind but ``answer-relevancy``, which needs an embedder too."""
NEEDS_CONTEXTS: frozenset[JudgeKind] = frozenset({
    "context-faithfulness", "context-precision", "context-recall", "noise-sensitivity",
})  # fmt: skip
NEEDS_CLAIMS: frozenset[JudgeKind] = frozenset({"context-faithfulness", "noise-sensitivity"})
"""Kinds to which a refusal says nothing: it claims nothing."""


class ModelJudge:
    """Asks a model.

    Args:
        spec: the judge as the Mission describes it.
        provider: what answers for its model.
        prices: what that costs.
        embedder: compares questions, for ``answer-relevancy``.
        sleep: waits between tries.
        clock: says how long it gave no answer.
    """

    def __init__(
        self,
        spec: Judge,
        provider: Provider,
        prices: PriceList,
        embedder: Embedder,
        *,
        sleep: Sleep = asyncio.sleep,
        clock: Clock | None = None,
    ) -> None:
        self._spec = spec
        self._provider = provider
        self._another = partial(ModelJudge, spec, prices=prices, embedder=embedder, sleep=sleep, clock=clock)
        self._asker = Asker(spec, provider, prices, sleep, clock)
        relevant: Measure = partial(contexts.answer_relevancy, embedder=embedder)
        self._measure = relevant if spec.kind == "answer-relevancy" else MEASURES[spec.kind]

    @property
    def spec(self) -> Judge:
        """The judge as the Mission describes it."""
        return self._spec

    def over(self, wrap: Callable[[Provider], Provider]) -> ModelJudge:
        """The same judge, whose model is asked through ``wrap``; what the two learn of it they learn apart."""
        return self._another(wrap(self._provider))

    async def judge(self, case: JudgedCase) -> Judged:
        """A Score named as the judge, and what it took."""
        name, digest, bill = self._spec.name, self._spec.digest, Bill()
        if reason := why_not(self._spec, case):
            return Judged(score=Score(metric=name, state="not-applicable", detail=reason, judge=digest))
        try:
            value, why = await self._measure(self._spec, case, self._asker, bill)
            passed = self._spec.passes(value)
            score = Score(metric=name, value=value, passed=passed, detail=_short(why), judge=digest)
        except NothingToJudge as nothing:
            score = Score(metric=name, state="not-applicable", detail=str(nothing), judge=digest)
        except JudgeFailed as error:
            score = Score(metric=name, state="error", detail=f"judge {name}: {error}", judge=digest)
        return Judged(score=score, usage=bill.usage, cost=bill.cost)


def why_not(spec: Judge, case: JudgedCase) -> str:
    """Why a case says nothing to a judge; empty where it does. No model is asked to find that out."""
    if spec.kind in NEEDS_REFERENCE and not case.reference.strip():
        return "the task has no reference"
    if spec.kind in NEEDS_CONTEXTS and not any(text.strip() for text in case.contexts):
        return "no context was retrieved"
    if spec.kind in NEEDS_CLAIMS and case.refused:
        return "the answer is a refusal"
    if spec.kind not in ("llm-rubric", "g-eval", "pairwise", "context-recall") and not case.answer.strip():
        return "the answer is empty"
    return ""


def _short(text: str) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= MOST_DETAIL else flat[: MOST_DETAIL - 1] + "…"


__all__ = ["ModelJudge", "prompts_digest", "why_not"]
