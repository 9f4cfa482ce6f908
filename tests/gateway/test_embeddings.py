"""``/v1/embeddings``: what a named embedder makes of texts, in OpenAI's words."""

from __future__ import annotations

import asyncio
import base64
import threading
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from gonogo.assembly.embedding import NamedEmbedders
from gonogo.errors import ProviderFailed
from gonogo.features import StaticEmbedder


class Cut:
    """Vectors of four numbers that may be cut; counts what it was asked and where it ran."""

    name, digest, dimensions, shortens = "cut", "d", 4, True

    def __init__(self) -> None:
        self.asked: list[Sequence[str]] = []
        self.threads: set[int] = set()

    def embed(self, texts: Sequence[str]) -> Any:
        self.asked.append(texts)
        self.threads.add(threading.get_ident())
        if "fail" in texts:
            raise ProviderFailed("no room", provider="cut", upstream_status=503)
        return np.array([[0.6, 0.0, 0.8, len(text) * 0.0] for text in texts], dtype=np.float32)


@pytest.fixture
def cut(gate: Any) -> Cut:
    embedder = Cut()
    static = StaticEmbedder()
    gate.embedders = NamedEmbedders({"static": static, "cut": embedder}.__getitem__, ["cut"])
    return embedder


async def ask(gate: Any, **fields: Any) -> Any:
    return await gate.call("POST", "/v1/embeddings", {"model": "static", "input": "How long?", **fields})


async def test_one_text_and_a_list_come_back_in_order_with_their_tokens(gate: Any, cut: Cut) -> None:
    texts = ["How long?", "The lamp is red.", "How long?"]

    one, several = (await ask(gate)).json, (await ask(gate, input=texts)).json

    embedder = StaticEmbedder()
    assert one["object"] == "list"
    assert one["model"] == "static"
    assert [row["index"] for row in several["data"]] == [0, 1, 2]
    assert np.array_equal(np.float32([row["embedding"] for row in several["data"]]), embedder.embed(texts))
    assert one["usage"] == {"prompt_tokens": 3, "total_tokens": 3}
    assert several["usage"]["prompt_tokens"] == embedder.tokens(texts) == 3 + 5 + 3


async def test_base64_holds_little_endian_floats(gate: Any, cut: Cut) -> None:
    told = (await ask(gate, encoding_format="base64")).json["data"][0]["embedding"]

    assert np.array_equal(np.frombuffer(base64.b64decode(told), "<f4"), StaticEmbedder().embed(["How long?"])[0])


async def test_dimensions_are_cut_only_of_vectors_made_for_it(gate: Any, cut: Cut) -> None:
    short = (await ask(gate, model="cut", dimensions=2)).json["data"][0]["embedding"]
    whole = await ask(gate, dimensions=256)
    refused = await ask(gate, dimensions=128)
    longer = await ask(gate, model="cut", dimensions=5)

    assert short == [1.0, 0.0]
    assert whole.status == 200
    assert (refused.status, refused.error["param"]) == (400, "dimensions")
    assert "256" in refused.error["message"]
    assert longer.error["param"] == "dimensions"


@pytest.mark.parametrize(
    ("fields", "param"),
    [
        ({"input": [1, 2]}, "input"),
        ({"input": [[1, 2]]}, "input"),
        ({"input": ""}, "input"),
        ({"input": []}, "input"),
        ({"input": ["a", ""]}, "input"),
        ({"input": [None]}, "input"),
        ({"input": {"text": "a"}}, "input"),
        ({"input": ["a"] * 2049}, "input"),
        ({"encoding_format": "hex"}, "encoding_format"),
        ({"dimensions": 0}, "dimensions"),
        ({"dimensions": True}, "dimensions"),
        ({"model": 3}, "model"),
        ({"input_type": "query"}, "input_type"),
    ],
)
async def test_what_cannot_be_honoured_is_refused_by_name(gate: Any, cut: Cut, fields: Any, param: str) -> None:
    reply = await ask(gate, **fields)

    assert (reply.status, reply.error["param"], reply.error["blame"]) == (400, param, "client")


async def test_an_unknown_embedder_is_not_found_and_the_known_ones_are_named(gate: Any, cut: Cut) -> None:
    reply = await ask(gate, model="docs")

    assert reply.status == 404
    assert "cut, minilm, static" in reply.error["message"]


async def test_an_embedder_that_fails_is_the_upstreams_fault(gate: Any, cut: Cut) -> None:
    reply = await ask(gate, model="cut", input="fail")

    assert (reply.status, reply.error["blame"]) == (502, "upstream")


async def test_texts_are_read_in_slices_off_the_event_loop(gate: Any, cut: Cut) -> None:
    reply = await ask(gate, model="cut", input=["abcd"] * 70)

    assert [len(texts) for texts in cut.asked] == [32, 32, 6]
    assert threading.get_ident() not in cut.threads
    assert reply.json["usage"]["total_tokens"] == 70


async def test_a_key_is_needed_as_for_answers(gate: Any, cut: Cut) -> None:
    gate.open_locally = False
    secret, _ = await gate.key()

    assert (await ask(gate)).status == 401
    body = {"model": "static", "input": "a"}
    assert (await gate.call("POST", "/v1/embeddings", body, key=secret)).status == 200


async def test_a_key_for_some_missions_is_for_no_embedder(gate: Any, cut: Cut) -> None:
    gate.open_locally = False
    secret, _ = await gate.key(missions=["support"])

    reply = await gate.call("POST", "/v1/embeddings", {"model": "static", "input": "a"}, key=secret)

    assert reply.status == 403
    assert "support only" in reply.error["message"]


async def test_a_refusal_before_the_embedder_was_asked_leaves_no_trace_and_a_failure_leaves_one(
    gate: Any, cut: Cut
) -> None:
    await ask(gate, dimensions=128)
    assert await gate.traces() == []

    await ask(gate, model="cut", input=["fail"])

    trace = await gate.trace()
    assert (trace.outcome, trace.error, trace.usage.input) == ("failed", "ProviderFailed", 0)


async def test_a_client_that_leaves_pays_for_the_slices_that_were_sent(gate: Any, cut: Cut) -> None:
    leave, go_on, loop = asyncio.Event(), threading.Event(), asyncio.get_running_loop()
    read = cut.embed

    def held(texts: Sequence[str]) -> Any:
        if len(cut.asked) == 1:
            loop.call_soon_threadsafe(leave.set)
            go_on.wait(5)
        return read(texts)

    cut.embed = held  # type: ignore[method-assign]
    body = {"model": "cut", "input": ["abcd"] * 96}
    asking = asyncio.create_task(gate.call("POST", "/v1/embeddings", body, leave=leave))

    trace = await gate.trace()
    go_on.set()
    await asyncio.gather(asking, return_exceptions=True)
    assert (trace.outcome, trace.usage.input, trace.usage.estimated) == ("aborted", 64, True)


async def test_what_was_embedded_stands_in_the_costs_under_its_embedder(gate: Any, cut: Cut) -> None:
    await ask(gate, input=["How long?", "The lamp is red."])
    await gate.trace()

    [cell] = await gate.store.costs("2000-01-01")

    assert (cell.mission, cell.model, cell.took.requests) == ("embedder/static", "builtin/static", 1)
    assert (cell.took.usage.input, cell.took.unpriced) == (8, 0)


@pytest.mark.needs_openai
async def test_the_official_sdk_reads_both_forms(gate: Any, cut: Cut) -> None:
    import openai

    async with (
        gate.listening() as line,
        openai.AsyncOpenAI(base_url=f"{line.url}/v1", api_key="x", max_retries=0) as sdk,
    ):
        packed, plain = await asyncio.gather(
            sdk.embeddings.create(model="static", input=["a", "b"]),
            sdk.embeddings.create(model="static", input=["a", "b"], encoding_format="float"),
        )
        with pytest.raises(openai.BadRequestError, match="tokens"):
            await sdk.embeddings.create(model="static", input=[[1, 2]])

    traces = await gate.traces()
    assert [trace.usage.input for trace in traces] == [2, 2]
    assert packed.usage.total_tokens == plain.usage.total_tokens == 2
    assert np.allclose([row.embedding for row in packed.data], [row.embedding for row in plain.data])
