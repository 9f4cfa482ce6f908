"""Measures: what is counted from verdicts of a model, as published.

Here: numbers from lists of verdicts. Not here: getting the verdicts (``claims``, ``contexts``, ``grading``).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence


def share(verdicts: Sequence[bool]) -> float:
    """Share of verdicts that are true; needs at least one. Faithfulness and context recall (Es et al. 2023, arXiv
    2309.15217)."""
    return sum(verdicts) / len(verdicts)


def average_precision(useful: Sequence[bool]) -> float:
    """Context precision: the mean of precision at k over ranks k that hold a useful chunk; 0 where none does."""
    hits, total = 0, 0.0
    for rank, found in enumerate(useful, start=1):
        if found:
            hits += 1
            total += hits / rank
    return total / hits if hits else 0.0


def factual_correctness(answer: Sequence[bool], reference: Sequence[bool], mode: str = "f1") -> float:
    """Overlap of claims.

    Args:
        answer: for each claim of the answer, whether the reference holds it (true and false positives).
        reference: for each claim of the reference, whether the answer holds it; those it lacks are false negatives.
        mode: ``f1``, ``precision`` or ``recall``.
    """
    right, wrong, lacking = sum(answer), len(answer) - sum(answer), len(reference) - sum(reference)
    precision = right / (right + wrong) if right + wrong else 0.0
    recall = right / (right + lacking) if right + lacking else 0.0
    if mode == "precision":
        return precision
    if mode == "recall":
        return recall
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0


def noise_sensitivity(
    correct: Sequence[bool],
    supports_answer: Sequence[Sequence[bool]],
    supports_reference: Sequence[Sequence[bool]],
    mode: str = "relevant",
) -> float:
    """Share of the answer's statements that are wrong although a chunk supports them; less is better.

    Args:
        correct: for each statement of the answer, whether the reference supports it.
        supports_answer: for each chunk, which statements of the answer it supports.
        supports_reference: for each chunk, which statements of the reference it supports; one that supports any is
            relevant.
        mode: ``relevant`` counts statements that a relevant chunk supports, ``irrelevant`` those that only irrelevant
            ones do.
    """
    relevant = [any(row) for row in supports_reference]
    misled = 0
    for place, right in enumerate(correct):
        by_relevant = any(row[place] for row, good in zip(supports_answer, relevant, strict=True) if good)
        by_other = any(row[place] for row, good in zip(supports_answer, relevant, strict=True) if not good)
        led = by_relevant if mode == "relevant" else by_other and not by_relevant
        misled += led and not right
    return misled / len(correct)


def relevancy(similarities: Sequence[float], evasive: Sequence[bool]) -> float:
    """Answer relevancy: the mean similarity of the question to those that the answer would answer; 0 where every
    attempt found the answer evasive. Cosines below 0 count 0, so that the value stays a share."""
    if all(evasive):
        return 0.0
    return min(1.0, max(0.0, math.fsum(similarities) / len(similarities)))


def expected_grade(likely: Mapping[str, float], scale: tuple[int, int]) -> float | None:
    """G-Eval: the grade expected over the likely tokens (Liu et al. 2023, arXiv 2303.16634).

    Args:
        likely: log probability by token, as the model gave them at the place of the grade.
        scale: lowest and highest grade.

    Returns:
        The sum of grade times probability over tokens that are grades, their probabilities brought to sum 1; ``None``
        where none is a grade.
    """
    weights: dict[int, float] = {}
    for token, logprob in likely.items():
        text = token.strip()
        if text.isascii() and text.isdigit() and scale[0] <= int(text) <= scale[1]:
            weights[int(text)] = weights.get(int(text), 0.0) + math.exp(min(0.0, logprob))
    total = math.fsum(weights.values())
    return math.fsum(grade * weight for grade, weight in weights.items()) / total if total > 0 else None


def unit(grade: float, scale: tuple[int, int]) -> float:
    """A grade on the scale 0..1."""
    return (grade - scale[0]) / (scale[1] - scale[0])
