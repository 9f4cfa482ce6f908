"""OpenAIEmbedder against a local server that checks every request by the published specification."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator

import numpy as np
import pytest
from tests.features.embedders.embeddings_server import EmbeddingsServer, embeddings_server

from gonogo.errors import BadInput, ProviderFailed
from gonogo.features.embedders import EmbedderOptions
from gonogo.features.embedders.openai import LONGEST, OpenAIEmbedder


@pytest.fixture
def server() -> Iterator[EmbeddingsServer]:
    with embeddings_server() as state:
        yield state


_OPEN: list[OpenAIEmbedder] = []


@pytest.fixture(autouse=True)
def _closed_at_the_end() -> Iterator[None]:
    yield
    while _OPEN:
        _OPEN.pop().close()


def embedder_at(server: EmbeddingsServer, waits: list[float] | None = None, **options: object) -> OpenAIEmbedder:
    asked = {"model": "own-model", "dimensions": 8, "api_key": "sk-test", "base_url": server.base_url, **options}
    made = OpenAIEmbedder(EmbedderOptions(**asked), sleep=([] if waits is None else waits).append)  # type: ignore[arg-type]
    _OPEN.append(made)
    return made


def test_vectors_come_in_the_order_of_the_texts_whatever_order_the_server_sends(server: EmbeddingsServer) -> None:
    embedder = embedder_at(server)
    together = embedder.embed(["first", "second", "third"])
    alone = np.concatenate([embedder.embed([text]) for text in ("first", "second", "third")])
    assert together == pytest.approx(alone)
    assert np.linalg.norm(together, axis=1) == pytest.approx([1, 1, 1], abs=1e-6)


def test_a_request_says_model_and_format_and_names_no_dimensions_to_models_that_have_no_choice(
    server: EmbeddingsServer,
) -> None:
    embedder_at(server).embed(["text"])
    assert server.bodies == [{"model": "own-model", "input": ["text"], "encoding_format": "float"}]


def test_fewer_dimensions_are_asked_for_of_models_that_can_shorten(server: EmbeddingsServer) -> None:
    vectors = embedder_at(server, model="text-embedding-3-small", dimensions=5).embed(["text"])
    assert (vectors.shape, server.bodies[0]["dimensions"]) == ((1, 5), 5)


def test_known_models_have_their_own_dimensions_and_unknown_ones_must_say() -> None:
    assert OpenAIEmbedder(EmbedderOptions()).dimensions == 1536
    assert OpenAIEmbedder(EmbedderOptions(model="text-embedding-3-large")).dimensions == 3072
    for model, dimensions in (("own-model", 0), ("text-embedding-ada-002", 256), ("text-embedding-3-small", 2000)):
        with pytest.raises(BadInput, match="dimensions"):
            OpenAIEmbedder(EmbedderOptions(model=model, dimensions=dimensions))


def test_empty_texts_are_zero_and_never_sent(server: EmbeddingsServer) -> None:
    assert not embedder_at(server).embed(["", " \n"]).any()
    assert server.bodies == []


def test_equal_texts_are_sent_once(server: EmbeddingsServer) -> None:
    vectors = embedder_at(server).embed(["same", "other", "same"])
    assert server.bodies[0]["input"] == ["same", "other"]
    assert (vectors[0] == vectors[2]).all()


def test_long_lists_go_in_several_calls_over_one_connection(server: EmbeddingsServer) -> None:
    vectors = embedder_at(server).embed([f"text {number}" for number in range(600)])
    assert [len(body["input"]) for body in server.bodies] == [256, 256, 88]
    assert (vectors.shape, server.connections) == ((600, 8), 1)


def test_a_call_carries_at_most_a_quarter_of_a_megabyte(server: EmbeddingsServer) -> None:
    embedder_at(server).embed([f"{number:04d}" + "x" * 9_000 for number in range(60)])
    assert [len(body["input"]) for body in server.bodies] == [27, 27, 6]


def test_long_texts_are_cut_between_characters(server: EmbeddingsServer) -> None:
    embedder_at(server).embed(["\u20ac" * 5_000_000])
    (sent,) = server.bodies[0]["input"]
    assert len(sent.encode()) == LONGEST - LONGEST % 3


@pytest.mark.parametrize("text", ["\ud800", "a\udfffb", "\x00\x01", "\U0001f600" * 9, "\u202eabc", "\ufffe"])
def test_odd_texts_are_sent_as_valid_unicode(server: EmbeddingsServer, text: str) -> None:
    assert np.linalg.norm(embedder_at(server).embed([text])) == pytest.approx(1, abs=1e-6)
    json.dumps(server.bodies, ensure_ascii=False).encode("utf-8")


def test_a_busy_server_is_asked_again_after_the_time_it_names(server: EmbeddingsServer) -> None:
    waits: list[float] = []
    server.faults = [(429, {"Retry-After": "7"}, None), (503, {"retry-after-ms": "1500"}, None), (500, {}, None)]
    assert embedder_at(server, waits).embed(["text"]).any()
    assert waits == [7.0, 1.5, 2.0]


def test_after_four_attempts_the_refusal_is_reported(server: EmbeddingsServer) -> None:
    waits: list[float] = []
    server.faults = [(503, {}, None)] * 4
    with pytest.raises(ProviderFailed, match=r"answered 503: no. The fault is at the server.") as caught:
        embedder_at(server, waits).embed(["text"])
    assert (caught.value.upstream_status, caught.value.retryable, waits) == (503, True, [0.5, 1.0, 2.0])


def test_a_long_wait_is_reported_and_not_waited_for(server: EmbeddingsServer) -> None:
    waits: list[float] = []
    server.faults = [(429, {"Retry-After": "3600"}, None)]
    with pytest.raises(ProviderFailed, match="limit") as caught:
        embedder_at(server, waits).embed(["text"])
    assert (caught.value.retry_after, waits) == (3600.0, [])


def test_an_account_without_credit_is_not_asked_again(server: EmbeddingsServer) -> None:
    body = json.dumps({"error": {"message": "You exceeded your quota", "code": "insufficient_quota"}}).encode()
    server.faults = [(429, {}, body)]
    waits: list[float] = []
    with pytest.raises(ProviderFailed, match="no credit left"):
        embedder_at(server, waits).embed(["text"])
    assert waits == []


def test_a_wrong_key_is_named_without_showing_it(server: EmbeddingsServer) -> None:
    with pytest.raises(ProviderFailed, match="Check its key") as caught:
        embedder_at(server, api_key="sk-wrong-and-secret").embed(["text"])
    assert "secret" not in str(caught.value)
    assert "sk-wrong" not in repr(EmbedderOptions(api_key="sk-wrong"))


def test_redirects_are_refused_so_that_the_key_stays(server: EmbeddingsServer) -> None:
    server.faults = [(307, {"Location": "http://127.0.0.1:1/v1/embeddings"}, b"")]
    with pytest.raises(ProviderFailed, match="Redirects are not followed"):
        embedder_at(server).embed(["text"])


def test_other_dimensions_than_named_are_an_error_that_says_what_to_correct(server: EmbeddingsServer) -> None:
    with pytest.raises(BadInput, match="has 8 dimensions, and 16 were named"):
        embedder_at(server, dimensions=16).embed(["text"])


@pytest.mark.parametrize(
    "body",
    [
        b"<html>",
        b"[]",
        b'{"data": []}',
        b'{"data": [{"index": 0, "embedding": [0, 0, 0, 0, 0, 0, 0, 0]}]}',
        b'{"data": [{"index": 1, "embedding": [1, 0, 0, 0, 0, 0, 0, 0]}]}',
        b'{"data": [{"index": 0, "embedding": ["1"]}]}',
        b'{"data": [{"index": 0, "embedding": [1e999, 0, 0, 0, 0, 0, 0, 0]}]}',
    ],
)
def test_anything_but_embeddings_is_refused(server: EmbeddingsServer, body: bytes) -> None:
    server.faults = [(200, {}, body)]
    with pytest.raises(ProviderFailed, match="OpenAI-compatible"):
        embedder_at(server).embed(["text"])


def test_a_server_that_is_not_there_is_named() -> None:
    waits: list[float] = []
    options = EmbedderOptions(model="m", dimensions=2, base_url="http://127.0.0.1:9/v1")
    with pytest.raises(ProviderFailed, match=r"127.0.0.1:9 broke the connection off|cannot be reached"):
        OpenAIEmbedder(options, sleep=waits.append).embed(["text"])
    assert len(waits) == 3


def test_a_connection_that_was_closed_while_idle_is_opened_again(server: EmbeddingsServer) -> None:
    embedder = embedder_at(server)
    embedder.embed(["text"])
    embedder._endpoint._idle[0].sock.shutdown(socket.SHUT_RDWR)
    assert embedder.embed(["other"]).any()
    assert server.connections == 2


def test_threads_share_one_embedder(server: EmbeddingsServer) -> None:
    embedder = embedder_at(server)
    expected = embedder.embed([f"text {number}" for number in range(8)])
    found: dict[int, object] = {}
    threads = [
        threading.Thread(target=lambda n=number: found.update({n: embedder.embed([f"text {n}"])[0]}))  # type: ignore[misc]
        for number in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert np.stack([found[number] for number in range(8)]) == pytest.approx(expected)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "address",
    [
        "ftp://host",
        "https://",
        "http://user:pw@host/v1",
        "http://host/v1?x=1",
        "http://host/v1/embeddings",
        "http://[::",
    ],
)
def test_addresses_that_cannot_be_meant_are_refused(address: str) -> None:
    with pytest.raises(BadInput, match="base_url"):
        OpenAIEmbedder(EmbedderOptions(base_url=address))


def test_the_digest_covers_server_model_and_dimensions_and_never_the_key() -> None:
    def digest(**options: object) -> str:
        return OpenAIEmbedder(EmbedderOptions(**options)).digest  # type: ignore[arg-type]

    assert digest() == digest(api_key="sk-1") == digest(model="text-embedding-3-small", dimensions=1536)
    others = {digest(dimensions=256), digest(model="text-embedding-3-large"), digest(base_url="http://localhost/v1")}
    assert len({digest(), *others}) == 4
