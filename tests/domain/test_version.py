"""Digests of a Version: what changes answers, and what judges them."""

from __future__ import annotations

from msgspec import structs, to_builtins

from gonogo.digest import digest_of
from gonogo.domain import Mission, ModelSpec, PromptSpec, RetrievalPolicy, gate_digest, part_digests

MISSION = Mission(name="m", models={"a": ModelSpec(provider="p", model="x")}, prompt=PromptSpec(system="Answer."))
PARTS = part_digests(MISSION, None, {})


def test_another_classifier_that_scores_answers_is_another_gate() -> None:
    digests = {gate_digest(PARTS, {"classifier.toxicity": digest}) for digest in ("a", "b")}
    assert len(digests) == 2


def test_a_classifier_that_only_serves_leaves_the_gate_as_it_is() -> None:
    plain = gate_digest(PARTS)
    assert gate_digest(PARTS, {"classifier.injection": "a", "embedder": "b"}) == plain


def test_citations_in_full_are_the_digest_of_before_there_was_a_choice() -> None:
    policy = RetrievalPolicy(sources=("knowledge/*",))
    mission = structs.replace(MISSION, retrieval=policy)
    before = {name: value for name, value in to_builtins(policy).items() if name != "citations"}
    parts = {part.name: part.digest for part in part_digests(mission, None, {})}
    assert parts["index"] == digest_of({"snapshot": None, "search": before})
    kept_back = structs.replace(mission, retrieval=structs.replace(policy, citations="titles"))
    assert {part.name: part.digest for part in part_digests(kept_back, None, {})}["index"] != parts["index"]
