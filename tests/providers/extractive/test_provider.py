"""Both models answer as any provider does: Deltas, then the finish reason, then Usage."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from gonogo.contracts import TextReader
from gonogo.domain import Delta, ModelRequest
from gonogo.errors import ProviderFailed
from gonogo.providers.extractive.provider import ExtractiveProvider, estimated_tokens

Requested = Callable[..., ModelRequest]


async def _all(provider: ExtractiveProvider, request: ModelRequest) -> list[Delta]:
    return [delta async for delta in provider.generate(request)]


async def test_the_stream_is_content_then_finish_reason_then_usage(provider, requested: Requested) -> None:
    deltas = await _all(provider, requested("How long can goods be returned?"))
    assert "".join(delta.content for delta in deltas) == "Goods can be returned within 14 days of delivery."
    assert len([delta for delta in deltas if delta.content]) > 1
    assert deltas[-2].finish_reason == "stop"
    usage = deltas[-1].usage
    assert usage is not None
    assert usage.estimated
    assert usage.output == estimated_tokens("Goods can be returned within 14 days of delivery.")


async def test_sources_are_reported_even_where_the_text_cites_none(provider, requested: Requested) -> None:
    deltas = await _all(provider, requested("How long can goods be returned?"))
    assert [source for delta in deltas for source in delta.citations] == ["returns-2021.md"]


async def test_every_delta_names_the_model_and_its_fingerprint(provider, requested: Requested) -> None:
    deltas = await _all(provider, requested("Who is the head of the workshop?"))
    assert {(delta.model, delta.fingerprint) for delta in deltas} == {("extractive-large", provider.fingerprint)}


async def test_the_same_request_gives_the_same_answer_by_another_instance(
    provider, reader: TextReader, requested: Requested
) -> None:
    asked = requested("What power does the KT-20 have?", "Cite the page.")
    assert await _all(provider, asked) == await _all(ExtractiveProvider(reader), asked)


async def test_max_tokens_cuts_the_answer_and_says_so(provider, requested: Requested) -> None:
    deltas = await _all(provider, requested("How long can goods be returned?", max_tokens=6))
    assert deltas[-2].finish_reason == "length"
    assert estimated_tokens("".join(delta.content for delta in deltas)) <= 6


async def test_an_unknown_model_is_refused_with_the_names_of_the_known(provider, requested: Requested) -> None:
    with pytest.raises(ProviderFailed, match="extractive-small and extractive-large") as failed:
        await _all(provider, requested("Hello?", model="extractive-huge"))
    assert not failed.value.retryable


async def test_question_and_system_are_read_from_messages_where_they_stand_only_there(provider, requested) -> None:
    whole = requested("How long can goods be returned?", "Cite the page.")
    bare = ModelRequest(model=whole.model, messages=whole.messages, chunks=whole.chunks)
    assert provider.answer(bare) == provider.answer(whole)


def test_a_token_is_four_bytes_begun() -> None:
    assert [estimated_tokens(text) for text in ("", "a", "abcd", "abcde", "ööö")] == [0, 1, 1, 2, 2]
