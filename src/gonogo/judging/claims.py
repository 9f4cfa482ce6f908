"""Claims: RAG metrics that break texts into statements and check each - faithfulness, recall, correctness, noise.

The algorithms are those of Ragas (Es et al. 2023, arXiv 2309.15217, and its published metrics); what is empty is not
applicable here, never 0, 1 or NaN.

Here: which texts are broken up and held against which. Not here: the numbers (``measures``).
"""

from __future__ import annotations

import asyncio
from typing import Any

from gonogo.contracts.judges import JudgedCase
from gonogo.domain import Judge
from gonogo.judging import prompts
from gonogo.judging.asking import Asker, Bill, Question
from gonogo.judging.blocks import marked
from gonogo.judging.measures import factual_correctness, noise_sensitivity, share
from gonogo.judging.replies import Unusable, flags_of, texts_of

Found = tuple[float, str]


class NothingToJudge(Exception):
    """The case says nothing to this metric; the message says why."""


async def faithfulness(spec: Judge, case: JudgedCase, asker: Asker, bill: Bill) -> Found:
    """Share of the answer's statements that the contexts support."""
    claims = await _statements(case.answer, case.question, asker, bill, "the answer")
    verdicts = await _supported(claims, case.contexts, asker, bill)
    return share(verdicts), _first(claims, verdicts, "not supported")


async def recall(spec: Judge, case: JudgedCase, asker: Asker, bill: Bill) -> Found:
    """Share of the reference's statements that can be attributed to the contexts."""
    parts = {"question": case.question, **_numbered("text", case.contexts), "reference answer": case.reference}
    question = Question(system=prompts.ATTRIBUTED, user=marked(parts))
    (claims, verdicts), _ = await asker.ask(question, _attributed, bill)
    if not claims:
        raise NothingToJudge("the reference claims nothing")
    return share(verdicts), _first(claims, verdicts, "not in the contexts")


async def correctness(spec: Judge, case: JudgedCase, asker: Asker, bill: Bill) -> Found:
    """Claims of the answer and of the reference held against each other."""
    ours, theirs = await _both(case, asker, bill)
    right, held = await asyncio.gather(
        _supported(ours, (case.reference,), asker, bill), _supported(theirs, (case.answer,), asker, bill)
    )
    why = _first(ours, right, "not in the reference") or _first(theirs, held, "missing in the answer")
    return factual_correctness(right, held, spec.mode or "f1"), why


async def noise(spec: Judge, case: JudgedCase, asker: Asker, bill: Bill) -> Found:
    """Share of the answer's statements that are wrong and come from the contexts."""
    ours, theirs = await _both(case, asker, bill)
    right, *by_context = await asyncio.gather(
        _supported(ours, (case.reference,), asker, bill),
        *(_supported(claims, (text,), asker, bill) for text in case.contexts for claims in (ours, theirs)),
    )
    value = noise_sensitivity(right, by_context[::2], by_context[1::2], spec.mode or "relevant")
    return value, _first(ours, right, "not in the reference")


async def _both(case: JudgedCase, asker: Asker, bill: Bill) -> tuple[tuple[str, ...], tuple[str, ...]]:
    ours, theirs = await asyncio.gather(
        _statements(case.answer, case.question, asker, bill, "the answer"),
        _statements(case.reference, case.question, asker, bill, "the reference"),
    )
    return ours, theirs


async def _statements(text: str, question: str, asker: Asker, bill: Bill, whose: str) -> tuple[str, ...]:
    parts = {"question": question, "text": text}
    asked = Question(system=prompts.STATEMENTS, user=marked(parts))
    found, _ = await asker.ask(asked, lambda reply: texts_of(reply, "statements"), bill)
    if not found:
        raise NothingToJudge(f"{whose} claims nothing")
    return found


async def _supported(claims: tuple[str, ...], contexts: tuple[str, ...], asker: Asker, bill: Bill) -> tuple[bool, ...]:
    listed = "\n".join(f"{number}. {claim}" for number, claim in enumerate(claims, start=1))
    parts = {**_numbered("text", contexts), "statements": listed}
    question = Question(system=prompts.SUPPORTED, user=marked(parts))
    found, _ = await asker.ask(question, lambda reply: flags_of(reply, "supported", len(claims)), bill)
    return found


def _attributed(found: dict[str, Any]) -> tuple[tuple[str, ...], tuple[bool, ...]]:
    claims = texts_of(found, "statements")
    listed = found["statements"]
    if len(claims) != len(listed):
        raise Unusable('"statements" holds an empty text')
    return claims, flags_of(found, "attributed", len(claims))


def _numbered(name: str, texts: tuple[str, ...]) -> dict[str, str]:
    return {f"{name} {number}": text for number, text in enumerate(texts, start=1)}


def _first(claims: tuple[str, ...], verdicts: tuple[bool, ...], what: str) -> str:
    return next((f"{what}: {claim}" for claim, right in zip(claims, verdicts, strict=True) if not right), "")
