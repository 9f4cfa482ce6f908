"""No reply says whether it came from a cache or how near it was: only who may read Traces learns that."""

from __future__ import annotations

from gonogo.gateway.exchange import SECURITY_HEADERS


async def test_replies_from_cache_and_model_have_the_same_headers_and_fields(serving):
    key = await serving.key("viewer", "ours")
    replies = [await serving.chat(serving.question, key) for _ in range(2)]
    assert [trace.cache for trace in await serving.workspace.store.traces()] == ["exact", None]
    first, second = replies
    assert set(first.headers) == set(second.headers)
    assert set(first.json) == set(second.json)
    for reply in replies:
        said = str(dict(reply.headers)).lower() + reply.body.decode().lower().replace("cached_tokens", "")
        for word in ("similarity", "semantic", "cache-hit", "x-cache", "cached_from"):
            assert word not in said


def test_security_headers_name_no_server_and_no_version():
    assert {name for name, _ in SECURITY_HEADERS} == {b"x-content-type-options", b"referrer-policy", b"x-frame-options"}
