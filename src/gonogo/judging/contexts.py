"""Contexts: RAG metrics of what was found and of what was asked - context precision, answer relevancy.

The algorithms are those of Ragas (Es et al. 2023, arXiv 2309.15217, and its published metrics).

Here: the calls, all of one case at once. Not here: the numbers (``measures``).
"""

from __future__ import annotations

import asyncio
from typing import Any

from gonogo.contracts import Embedder
from gonogo.contracts.judges import JudgedCase
from gonogo.domain import Judge
from gonogo.judging import prompts
from gonogo.judging.asking import Asker, Bill, Question
from gonogo.judging.blocks import marked
from gonogo.judging.measures import average_precision, relevancy
from gonogo.judging.replies import flag_of, text_of

Found = tuple[float, str]


async def precision(spec: Judge, case: JudgedCase, asker: Asker, bill: Bill) -> Found:
    """Average precision of the ranked contexts: useful for the reference, or for the answer where there is none."""
    answer = case.reference or case.answer

    async def useful(text: str) -> bool:
        parts = {"question": case.question, "answer": answer, "retrieved text": text}
        found, _ = await asker.ask(Question(system=prompts.USEFUL, user=marked(parts)), _useful, bill)
        return found

    verdicts = await asyncio.gather(*map(useful, case.contexts))
    first = next((rank for rank, right in enumerate(verdicts, start=1) if not right), None)
    return average_precision(verdicts), "" if first is None else f"context {first} was of no use"


async def answer_relevancy(spec: Judge, case: JudgedCase, asker: Asker, bill: Bill, embedder: Embedder) -> Found:
    """How near the questions that the answer would answer are to the one that was asked."""

    async def written(number: int) -> tuple[str, bool]:
        # The number keeps providers and recordings from answering all of them with the same reply.
        parts = {"answer": case.answer, "attempt": str(number)}
        found, _ = await asker.ask(Question(system=prompts.QUESTION_OF, user=marked(parts)), _question, bill)
        return found

    found = await asyncio.gather(*map(written, range(1, spec.questions + 1)))
    vectors = await asyncio.to_thread(embedder.embed, [case.question, *(question for question, _ in found)])
    similarities = [float((vectors[0] * vector).sum()) for vector in vectors[1:]]
    evasive = [flag for _, flag in found]
    nearest = min(zip(similarities, (question for question, _ in found), strict=True))
    why = "the answer is evasive" if all(evasive) else f"it would also answer: {nearest[1]}"
    return relevancy(similarities, evasive), why


def _useful(found: dict[str, Any]) -> bool:
    text_of(found, "reason")
    return flag_of(found, "useful")


def _question(found: dict[str, Any]) -> tuple[str, bool]:
    return text_of(found, "question"), flag_of(found, "evasive")
