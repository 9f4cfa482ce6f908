"""Traces of a made-up Mission, with what a toy classifier read of them."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

from gonogo.domain import Annotation, JudgedText, Trace


def judged(
    probability: float = 0.2, *, features: str = "toy/1", digest: str = "ab" * 32, **signals: float
) -> JudgedText:
    return JudgedText(
        classifier="toxicity", digest=digest, features=features, probability=probability, positive=probability >= 0.5,
        signals=signals,
    )  # fmt: skip


def trace(number: int, answer: str = "Thirty days.", judged: Sequence[JudgedText] = (), **more: Any) -> Trace:
    fields: dict[str, Any] = {
        "mission": "support", "version": 7, "behaviour_digest": "b", "environment": "production",
        "question": "How long?", "outcome": "answered", **more,
    }  # fmt: skip
    return Trace(id=f"{number:032x}", created_at=float(number), answer=answer, judged=tuple(judged), **fields)


def annotation(value: float, author: str = "ana", at: float = 1.0, metric: str = "toxicity") -> Annotation:
    return Annotation(trace_id="t", metric=metric, value=value, author=author, created_at=at)


def stream(count: int, seed: int, *, length: float = 10.0, lift: float = 0.0) -> list[JudgedText]:
    """Records whose feature ``words`` lies around ``length`` and whose probability is moved by ``lift``."""
    chance = random.Random(seed)
    return [
        judged(min(0.99, max(0.01, chance.gauss(0.3 + lift, 0.1))), words=round(chance.gauss(length, 3.0)), caps=0.0)
        for _ in range(count)
    ]
