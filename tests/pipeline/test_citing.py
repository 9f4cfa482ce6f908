"""An answer tells where the passages stand that it rests on."""

from __future__ import annotations

from typing import Any

from msgspec import structs

from gonogo.domain import Chunk, Delta
from gonogo.pipeline.citing import citation

QUESTION = "How long is the refund period?"
CLEAN = "The refund period is thirty days."
OTHER = "The refund period of vouchers is a year."


def told(ran: Any) -> Any:
    [last] = [delta for delta in ran.deltas if delta.finish_reason]
    return last.extra.get("citations")


async def answered(house: Any, *deltas: Delta, **parts: Any) -> Any:
    index, policy = house.shelf(CLEAN, OTHER, heading="Refunds")
    version = house.version(retrieval=policy, **parts.pop("mission", {}))
    made = house.parts(house.Pieces(*deltas, Delta(finish_reason="stop")), index=index, **parts)
    return await house.run(QUESTION, version, made)


async def test_the_chunk_that_a_model_names_is_told_with_its_place(house: Any) -> None:
    index, _ = house.shelf(CLEAN, OTHER, heading="Refunds")
    [named] = [chunk for chunk in index.snapshot.chunks if chunk.text == OTHER]

    ran = await answered(house, Delta(content="A year.", citations=(named.source,), passages=(named.id,)))

    assert told(ran) == [
        {"source": named.source, "place": named.place, "heading": "Refunds", "line": named.line}
    ]  # fmt: skip


async def test_a_source_that_stands_in_the_answer_is_a_citation(house: Any) -> None:
    ran = await answered(house, Delta(content="Thirty days (knowledge/0.md)."))
    assert [one["source"] for one in told(ran)] == ["knowledge/0.md"]


async def test_an_answer_that_names_nothing_tells_nothing(house: Any) -> None:
    assert told(await answered(house, Delta(content="Thirty days."))) is None


async def test_a_chunk_that_was_not_handed_on_is_never_cited(house: Any) -> None:
    assert told(await answered(house, Delta(content="Thirty days.", passages=("made up",)))) is None


async def test_an_upstreams_own_citations_stand(house: Any) -> None:
    theirs = ["https://example.org/refunds"]
    ran = await answered(
        house, Delta(content="See knowledge/0.md"), Delta(finish_reason="stop", extra={"citations": theirs})
    )
    [first, *_] = [delta for delta in ran.deltas if delta.finish_reason]
    assert first.extra["citations"] == theirs


async def test_citations_come_after_guardrails_have_held_the_text(house: Any) -> None:
    ran = await answered(house, Delta(content="Thirty days (knowledge/0.md)."), output=[("pii", "redact")])
    assert [one["source"] for one in told(ran)] == ["knowledge/0.md"]


async def test_an_answer_out_of_the_cache_cites_as_it_did(house: Any) -> None:
    index, policy = house.shelf(CLEAN, OTHER)
    named = index.snapshot.chunks[1]
    said = [Delta(content="A year.", citations=(named.source,), passages=(named.id,)), Delta(finish_reason="stop")]
    version, cache = house.version(retrieval=policy), house.cache(max_error=0.05)

    fresh = await house.run(QUESTION, version, house.parts(house.Pieces(*said), index=index, cache=cache))
    again = await house.run(QUESTION, version, house.parts(house.Pieces(*said), index=index, cache=cache))

    assert again.trace.outcome == "cached"
    assert told(fresh) is not None
    assert told(again) == told(fresh)


def test_a_page_of_a_pdf_has_no_line() -> None:
    chunk = Chunk(id="1", text="x", source="a/guide.pdf", title="Guide", metadata={"page": 3})
    assert citation(chunk) == {"source": "a/guide.pdf", "place": "a/guide.pdf, page 3", "title": "Guide", "page": 3}


def test_a_page_of_a_git_revision_tells_which() -> None:
    chunk = Chunk(id="1", text="x", source="v1/plans.md", line=3, metadata={"git_revision": "v1.2"})
    assert citation(chunk) == {
        "source": "v1/plans.md", "place": "v1/plans.md:3 at v1.2", "revision": "v1.2", "line": 3
    }  # fmt: skip


async def kept_back(house: Any, how: str, *deltas: Delta, **parts: Any) -> Any:
    index, policy = house.shelf(CLEAN, OTHER, heading="Refunds > Vouchers", title="Paying back")
    provider = house.Pieces(*deltas, Delta(finish_reason="stop"))
    version = house.version(retrieval=structs.replace(policy, citations=how))
    return await house.run(QUESTION, version, house.parts(provider, index=index, **parts)), provider


async def test_with_titles_a_client_learns_no_name_and_the_trace_keeps_it(house: Any) -> None:
    ran, provider = await kept_back(
        house, "titles", Delta(content="A year [Paying back (2)].", citations=("Paying back (2)",))
    )
    first, second = (hit.chunk.source for hit in ran.trace.chunks)
    assert told(ran) == [{"title": "Paying back (2)", "heading": "Refunds > Vouchers"}]
    assert ran.trace.citations == (second,)
    [asked] = provider.asked
    assert first not in str(asked.messages)
    assert "knowledge/" not in str(asked.messages)
    assert [hit.chunk.source for hit in asked.chunks] == ["Paying back", "Paying back (2)"]


async def test_with_titles_a_title_in_the_answer_is_a_citation(house: Any) -> None:
    ran, _ = await kept_back(house, "titles", Delta(content="Paying back takes a year (Paying back (2))."))
    assert [one["title"] for one in told(ran)] == ["Paying back (2)"]


async def test_with_none_nothing_is_told_and_pages_are_numbers_to_a_model(house: Any) -> None:
    ran, provider = await kept_back(house, "none", Delta(content="A year.", citations=("document 1",)))
    assert told(ran) is None
    assert ran.trace.citations == (ran.trace.chunks[0].chunk.source,)
    assert "knowledge/" not in str(provider.asked[0].messages)
    assert "document 1 (" in str(provider.asked[0].messages)


async def test_a_cached_answer_keeps_names_back_as_it_did(house: Any) -> None:
    cache = house.cache(max_error=0.05)
    fresh, _ = await kept_back(house, "titles", Delta(content="A year.", citations=("Paying back",)), cache=cache)
    again, _ = await kept_back(house, "titles", Delta(content="A year.", citations=("Paying back",)), cache=cache)
    assert again.trace.outcome == "cached"
    assert told(again) == told(fresh) == [{"title": "Paying back", "heading": "Refunds > Vouchers"}]
