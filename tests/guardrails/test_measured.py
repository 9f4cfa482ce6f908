"""Guardrails that wrap a metric: threshold, direction, and what a metric that cannot judge means."""

from __future__ import annotations

from typing import Any

import pytest

from gonogo.contracts import Answer, GuardrailContext
from gonogo.domain import Chunk, Finding, GuardrailRule, RetrievedChunk, Score
from gonogo.features import Reader
from gonogo.guardrails import build


class Steady:
    """A metric that always says the same, and remembers what it was asked."""

    def __init__(self, name: str, score: Score) -> None:
        self.name = name
        self._score = score
        self.asked: list[Answer] = []

    def score(self, answer: Answer) -> Score:
        self.asked.append(answer)
        return self._score


CHUNKS = (RetrievedChunk(chunk=Chunk(id="c", text="We open at nine.", source="s.md"), score=1.0, rank=1),)


def inspected(reader: Reader, name: str, value: float | None, **options: Any) -> tuple[Finding, ...]:
    score = Score(metric=name, value=value, detail="why") if value is not None else Score(metric=name, state="error")
    rule = GuardrailRule(check=name, action="flag", options=options)
    guardrail = build(rule, "output", metrics={name: Steady(name, score)})
    context = GuardrailContext(where="answer", question="When do you open?", chunks=CHUNKS)
    return guardrail.inspect(reader.read("At nine."), context)


@pytest.mark.parametrize(
    ("name", "bad", "good"), [("toxicity", 0.9, 0.1), ("faithfulness", 0.1, 0.9), ("relevance", 0.05, 0.9)]
)
def test_the_wrong_side_of_the_threshold_is_a_finding(reader: Reader, name: str, bad: float, good: float) -> None:
    (finding,) = inspected(reader, name, bad)
    assert finding.score >= 0.5
    assert "why" in finding.signals
    assert inspected(reader, name, good) == ()


@pytest.mark.parametrize("name", ["toxicity", "faithfulness", "relevance"])
def test_a_metric_that_fails_condemns_nothing(reader: Reader, name: str) -> None:
    assert inspected(reader, name, None) == ()


def test_the_threshold_can_be_set(reader: Reader) -> None:
    assert inspected(reader, "faithfulness", 0.7) == ()
    assert inspected(reader, "faithfulness", 0.7, threshold=0.8)


def test_the_metric_sees_question_answer_and_chunks(reader: Reader) -> None:
    metric = Steady("faithfulness", Score(metric="faithfulness", value=1.0))
    guardrail = build(GuardrailRule(check="faithfulness", action="flag"), "output", metrics={"faithfulness": metric})
    guardrail.inspect(reader.read("At nine."), GuardrailContext(where="answer", question="When?", chunks=CHUNKS))
    assert metric.asked == [Answer(question="When?", text="At nine.", chunks=CHUNKS)]


def test_they_need_the_whole_answer() -> None:
    metric = Steady("toxicity", Score(metric="toxicity", value=1.0))
    guardrail = build(GuardrailRule(check="toxicity", action="block"), "output", metrics={"toxicity": metric})
    assert guardrail.needs_whole_answer


def test_an_unsupported_answer_is_misinformation(reader: Reader) -> None:
    assert inspected(reader, "faithfulness", 0.0)[0].owasp == "LLM09:2025"
