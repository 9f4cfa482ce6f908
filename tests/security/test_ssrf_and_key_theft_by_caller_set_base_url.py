"""An address comes from the server's settings and from nowhere else: no body, header or Mission can name one."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from gonogo.domain import RequestPolicy
from gonogo.features import Reader, StaticEmbedder
from gonogo.providers import PROVIDERS, ProviderOptions

ADDRESSES = ("api_base", "base_url", "api_key", "custom_llm_provider", "endpoint", "azure_endpoint", "proxy", "headers")


@asynccontextmanager
async def trap() -> AsyncIterator[tuple[str, list[bytes]]]:
    """An address of somebody else, and everything that was ever sent to it."""
    caught: list[bytes] = []

    async def keep(incoming: asyncio.StreamReader, outgoing: asyncio.StreamWriter) -> None:
        caught.append(await incoming.read(65536))
        outgoing.close()

    server = await asyncio.start_server(keep, "127.0.0.1", 0)
    host, port = server.sockets[0].getsockname()[:2]
    try:
        yield f"http://{host}:{port}", caught
    finally:
        server.close()
        await server.wait_closed()


@pytest.mark.parametrize("field", ADDRESSES)
async def test_no_field_of_a_body_changes_where_a_request_goes(gate, field):
    gate.mission = {"requests": RequestPolicy(allow=("temperature",))}
    upstream = gate.Upstream(gate.reader)
    upstream.pieces, upstream.then = [gate.chunk("hi", "stop")], "done"
    async with trap() as (address, caught), upstream.listening() as gate.model:
        await gate.deploy()
        await gate.chat(gate.question(**{field: address}), headers={f"x-{field}": address, "x-forwarded-host": address})
        assert len(upstream.asked) == 1
        assert caught == []


async def test_no_redirect_of_an_upstream_is_followed_with_the_key():
    async with trap() as (address, caught):

        async def redirect(incoming: asyncio.StreamReader, outgoing: asyncio.StreamWriter) -> None:
            await incoming.read(1000)
            outgoing.write(f"HTTP/1.1 307 Go\r\nlocation: {address}/v1\r\ncontent-length: 0\r\n\r\n".encode())
            await outgoing.drain()
            outgoing.close()

        server = await asyncio.start_server(redirect, "127.0.0.1", 0)
        host, port = server.sockets[0].getsockname()[:2]
        options = ProviderOptions(
            name="up", reader=Reader(StaticEmbedder()), base_url=f"http://{host}:{port}/v1", api_key="sk-secret"
        )
        provider = PROVIDERS["openai"](options)
        from gonogo.domain import ModelRequest
        from gonogo.errors import ProviderFailed

        with pytest.raises(ProviderFailed) as refused:
            asked = ModelRequest(
                model="m", messages=({"role": "user", "content": "?"},), system="", question="?", chunks=()
            )
            async for _ in provider.generate(asked):
                pass
        assert "sk-secret" not in str(refused.value)
        assert caught == []
        await provider.close()
        server.close()
        await server.wait_closed()


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("model: extractive-small}", "model: extractive-small, base_url: 'http://169.254.169.254/'}"),
        ("model: extractive-small}", "model: extractive-small, api_key_env: PATH}"),
        ("top_k: 5}", "top_k: 5, url: 'http://169.254.169.254/'}"),
        ('["knowledge/**/*"]', '["http://169.254.169.254/latest"]'),
        ("provider: builtin, model: extractive-small", "provider: 'http://169.254.169.254', model: x"),
        ("mission: support", "mission: support\nserver: {host: 0.0.0.0}"),
    ],
)
async def test_no_mission_that_is_sent_can_name_an_address_or_a_key(api, folder, old, new):
    api.edit(folder, "mission.yaml", old, new)
    ended = await api.ended(await api.upload(folder))
    assert ended["state"] == "failed"
    assert ended["error"]["problems"]
