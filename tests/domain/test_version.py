"""Digests of a Version: what changes answers, and what judges them."""

from __future__ import annotations

from gonogo.domain import Mission, ModelSpec, PromptSpec, gate_digest, part_digests

MISSION = Mission(name="m", models={"a": ModelSpec(provider="p", model="x")}, prompt=PromptSpec(system="Answer."))
PARTS = part_digests(MISSION, None, {})


def test_another_classifier_that_scores_answers_is_another_gate() -> None:
    digests = {gate_digest(PARTS, {"classifier.toxicity": digest}) for digest in ("a", "b")}
    assert len(digests) == 2


def test_a_classifier_that_only_serves_leaves_the_gate_as_it_is() -> None:
    plain = gate_digest(PARTS)
    assert gate_digest(PARTS, {"classifier.injection": "a", "embedder": "b"}) == plain
