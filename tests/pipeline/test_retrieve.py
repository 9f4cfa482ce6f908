"""Chunks reach the model only through the context guardrails."""

from __future__ import annotations

from typing import Any

from msgspec import structs

from gonogo.providers import ScriptedModel

QUESTION = "How long is the refund period?"
CLEAN = "The refund period is thirty days."


async def test_chunks_reach_the_model_and_the_trace_best_first(house: Any) -> None:
    index, policy = house.shelf(CLEAN, "Parcels leave on weekdays.", "A refund is money.")
    model = ScriptedModel("ok")

    ran = await house.run(QUESTION, house.version(retrieval=policy), house.parts(model, index=index))

    assert model.requests[0].chunks == ran.trace.chunks
    assert ran.trace.chunks[0].chunk.text == CLEAN
    assert [hit.rank for hit in ran.trace.chunks] == sorted(hit.rank for hit in ran.trace.chunks)


async def test_a_chunk_under_the_floor_is_left_out(house: Any) -> None:
    index, policy = house.shelf(CLEAN)
    version = house.version(retrieval=structs.replace(policy, min_score=2.0))

    ran = await house.run(QUESTION, version, house.parts(index=index))

    assert ran.trace.chunks == ()
    [span] = [span for span in ran.trace.spans if span.name == "retrieve"]
    assert span.attributes == {"found": 0, "kept": 0}


async def test_a_poisoned_chunk_is_dropped_and_named(house: Any) -> None:
    index, policy = house.shelf(CLEAN, f"Refund period: {house.injection} now.")
    model = ScriptedModel("ok")
    parts = house.parts(model, index=index, context=[("injection", "drop")])

    ran = await house.run(QUESTION, house.version(retrieval=policy), parts)

    assert [hit.chunk.source for hit in ran.trace.chunks] == ["knowledge/0.md"]
    assert house.injection not in str(model.requests[0])
    assert [(finding.where, finding.stage) for finding in ran.trace.findings] == [("knowledge/1.md", "context")]


async def test_a_poisoned_chunk_can_stop_the_request(house: Any) -> None:
    index, policy = house.shelf(f"Refund period: {house.injection} now.")
    model = ScriptedModel("ok")
    parts = house.parts(model, index=index, context=[("injection", "block")])

    ran = await house.run(QUESTION, house.version(retrieval=policy), parts)

    assert ran.text == "I cannot help with that: the documents found for it were stopped by the injection guardrail."
    assert model.requests == []


async def test_a_poisoned_heading_is_no_way_around(house: Any) -> None:
    index, policy = house.shelf(CLEAN, heading=house.injection)
    parts = house.parts(index=index, context=[("injection", "drop")])

    ran = await house.run(QUESTION, house.version(retrieval=policy), parts)

    assert ran.trace.chunks == ()


async def test_personal_data_in_a_chunk_is_redacted_for_the_model(house: Any) -> None:
    index, policy = house.shelf(f"{CLEAN} Ask bob@example.com.", title="Written by ann@example.com")
    model = ScriptedModel("ok")
    parts = house.parts(model, index=index, context=[("pii", "redact")])

    ran = await house.run(QUESTION, house.version(retrieval=policy), parts)

    assert ran.trace.chunks[0].chunk.text == f"{CLEAN} Ask [EMAIL]."
    assert ran.trace.chunks[0].chunk.title == "Written by [EMAIL]"
    assert "example.com" not in str(model.requests[0])


async def test_a_flagged_chunk_is_read_and_named(house: Any) -> None:
    index, policy = house.shelf(f"Refund period: {house.injection} now.")
    parts = house.parts(index=index, context=[("injection", "flag")])

    ran = await house.run(QUESTION, house.version(retrieval=policy), parts)

    assert len(ran.trace.chunks) == 1
    assert ran.trace.findings[0].action == "flag"


async def test_a_mission_without_retrieval_has_no_such_step(house: Any) -> None:
    ran = await house.run(QUESTION, house.version(), house.parts())

    assert "retrieve" not in [span.name for span in ran.trace.spans]
