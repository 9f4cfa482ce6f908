"""Chunks reach the model only through the context guardrails."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec import structs

from gonogo.contracts import Example, Judgement
from gonogo.domain import CachePolicy
from gonogo.errors import RequestInvalid
from gonogo.providers import ScriptedModel
from gonogo.retrieval import EmbeddedBackend, TenantIndex

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


def pages(house: Any, *pages: tuple[str, dict[str, Any]], **policy: Any) -> tuple[Any, Any]:
    """An index over texts with metadata, guarded as an installation guards it, and its policy."""
    index, plain = house.shelf(*(text for text, _ in pages))
    chunks = tuple(
        structs.replace(chunk, metadata=metadata)
        for chunk, (_, metadata) in zip(index.snapshot.chunks, pages, strict=True)
    )
    chosen = structs.replace(plain, **policy)
    opened = EmbeddedBackend(house.reader).open(structs.replace(index.snapshot, chunks=chunks), chosen)
    return (TenantIndex(opened, chosen.tenant_field) if chosen.tenant_field else opened), chosen


def found(ran: Any) -> list[str]:
    assert ran.error is None, ran.error
    return [hit.chunk.text for hit in ran.trace.chunks]


TEAMS = (
    ("The refund period of acme is thirty days.", {"team": "acme"}),
    ("The refund period of bolt is nine days.", {"team": "bolt"}),
    ("The refund period is printed on each receipt.", {"team": "*"}),
    ("The refund period of nobody is unknown.", {}),
)


async def test_a_caller_finds_pages_of_its_tenant_and_of_everybody(house: Any) -> None:
    index, policy = pages(house, *TEAMS, tenant_field="team", top_k=9)
    request = house.request(QUESTION, tenant="bolt")
    ran = await house.run(request, house.version(retrieval=policy), house.parts(index=index))
    assert set(found(ran)) == {TEAMS[1][0], TEAMS[2][0]}


async def test_what_a_client_says_of_its_tenant_does_not_count(house: Any) -> None:
    index, policy = pages(house, *TEAMS, tenant_field="team", filter_by=("team",), top_k=9)
    request = house.request(QUESTION, tenant="bolt", metadata={"team": "acme", "tenant": "acme"})
    ran = await house.run(request, house.version(retrieval=policy), house.parts(index=index))
    assert TEAMS[0][0] not in found(ran)


async def test_a_path_that_forgets_the_tenant_raises(house: Any) -> None:
    index, _ = pages(house, *TEAMS, tenant_field="team")
    with pytest.raises(ValueError, match="must name the tenant"):
        index.search(house.reader.read(QUESTION), 3)
    with pytest.raises(ValueError, match="must name the tenant"):
        index.search(house.reader.read(QUESTION), 3, {"lang": ("en",)})


async def test_a_mission_filters_and_a_request_narrows_further(house: Any) -> None:
    rows = [
        ("The refund period of the sensor is thirty days.", {"status": "released", "product": "sensor"}),
        ("The refund period of the lamp is forty days.", {"status": "released", "product": ["lamp", "torch"]}),
        ("The refund period of the kettle is fifty days.", {"status": "draft", "product": "kettle"}),
    ]
    index, policy = pages(house, *rows, filter={"status": ("released",)}, filter_by=("product",))
    version = house.version(retrieval=policy)
    ran = await house.run(QUESTION, version, house.parts(index=index))
    assert set(found(ran)) == {rows[0][0], rows[1][0]}
    request = house.request(QUESTION, metadata={"product": "torch"})
    assert found(await house.run(request, version, house.parts(index=index))) == [rows[1][0]]
    request = house.request(QUESTION, metadata={"product": ["kettle"]})
    assert found(await house.run(request, version, house.parts(index=index))) == []


async def test_metadata_that_cannot_narrow_is_refused_by_name(house: Any) -> None:
    index, policy = pages(house, *TEAMS, filter_by=("product",))
    request = house.request(QUESTION, metadata={"product": {"$ne": "x"}})
    ran = await house.run(request, house.version(retrieval=policy), house.parts(index=index))
    assert isinstance(ran.error, RequestInvalid)
    assert ran.error.param == "metadata.product"


async def test_a_narrowed_answer_is_not_repeated_for_another_product(house: Any) -> None:
    rows = [(f"The refund period of the {one} is {n} days.", {"product": one}) for n, one in ((3, "lamp"), (5, "fan"))]
    index, policy = pages(house, *rows, filter_by=("product",))
    version = house.version(retrieval=policy, cache=CachePolicy())
    parts = house.parts(index=index, cache=house.cache())
    for product, text in (("lamp", rows[0][0]), ("fan", rows[1][0])):
        ran = await house.run(house.request(QUESTION, metadata={"product": product}), version, parts)
        assert found(ran) == [text]
        assert ran.trace.outcome == "answered"


async def test_copies_take_one_place_and_other_numbers_are_no_copies(house: Any) -> None:
    texts = [
        "The refund period is thirty days for every order placed online.",
        "The refund period is thirty days for every order placed online!",
        "The refund period is 60 days for every order placed online.",
        "The refund period is not thirty days for every order placed online.",
    ]
    index, policy = house.shelf(*texts)
    ran = await house.run(QUESTION, house.version(retrieval=policy), house.parts(index=index))
    assert set(found(ran)) == {texts[0], texts[2], texts[3]}
    assert [hit.signals.get("copies") for hit in ran.trace.chunks if hit.chunk.text == texts[0]] == [1.0]
    assert [hit.rank for hit in ran.trace.chunks] == [1, 2, 3]


async def test_where_the_best_is_below_least_nothing_is_handed_on(house: Any) -> None:
    index, policy = house.shelf(CLEAN, "A refund is money.")
    best = index.search(house.reader.read(QUESTION), 1)[0].score
    for least, count in ((best - 0.01, 2), (best + 0.01, 0)):
        version = house.version(retrieval=structs.replace(policy, least=least))
        ran = await house.run(QUESTION, version, house.parts(index=index))
        assert len(ran.trace.chunks) == count


async def test_reranking_orders_by_relevance_and_keeps_the_scores_it_replaces(house: Any) -> None:
    class Prefers:
        name = "relevance"

        def judge(self, example: Example) -> Judgement:
            assert example.against[0].text == QUESTION
            return Judgement(probability=0.9 if "money" in example.text.text else 0.1, positive=True)

    index, policy = house.shelf(CLEAN, "A refund is money.")
    version = house.version(retrieval=structs.replace(policy, rerank=True))
    ran = await house.run(QUESTION, version, house.parts(index=index, classifiers={"relevance": Prefers()}))
    assert found(ran) == ["A refund is money.", CLEAN]
    first = ran.trace.chunks[0]
    assert (first.score, first.signals["relevance"]) == (0.9, 0.9)
    assert set(first.signals) == {"bm25", "search", "relevance"}
