"""Connections are kept, given up and opened anew, and what is written on them is what was meant."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from gonogo.providers import http
from gonogo.providers.http import Upstream, address_of, header_block
from gonogo.providers.timeouts import Timeouts


class Server:
    """Counts connections, keeps what it read, answers every request alike."""

    def __init__(self) -> None:
        self.connections = 0
        self.heads: list[bytes] = []
        self.reply = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"
        self.url = ""
        self.open: list[asyncio.StreamWriter] = []

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self.open.append(writer)
        try:
            while True:
                self.heads.append(await reader.readuntil(b"\r\n\r\n"))
                await reader.readexactly(2)
                writer.write(self.reply)
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()


@pytest.fixture
async def server() -> Any:
    made = Server()
    listening = await asyncio.start_server(made.talk, "127.0.0.1", 0)
    host, port = listening.sockets[0].getsockname()[:2]
    made.url = f"http://{host}:{port}/v1/chat/completions"
    yield made
    listening.close()
    for writer in made.open:
        writer.close()
    await listening.wait_closed()


@pytest.fixture
async def upstream() -> Any:
    made = Upstream("acme", Timeouts())
    yield made
    await made.close()


async def ask(upstream: Upstream, url: str, **headers: str) -> bytes:
    async with upstream.post(url, header_block(headers), b"{}") as reply:
        return await reply.body(100)


async def test_a_connection_is_used_again(server: Any, upstream: Upstream) -> None:
    assert [await ask(upstream, server.url) for _ in range(5)] == [b"ok"] * 5
    assert server.connections == 1


async def test_calls_at_once_have_a_connection_each(server: Any, upstream: Upstream) -> None:
    await asyncio.gather(*(ask(upstream, server.url) for _ in range(4)))
    await asyncio.gather(*(ask(upstream, server.url) for _ in range(4)))
    assert server.connections == 4


async def test_a_connection_that_rested_for_too_long_is_not_trusted(
    server: Any, upstream: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    await ask(upstream, server.url)
    monkeypatch.setattr(http, "KEPT_IDLE", 0.0)
    await ask(upstream, server.url)
    assert server.connections == 2


async def test_no_more_connections_are_kept_than_said(
    server: Any, upstream: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http, "MOST_IDLE", 1)
    await asyncio.gather(*(ask(upstream, server.url) for _ in range(3)))
    await asyncio.gather(*(ask(upstream, server.url) for _ in range(3)))
    assert server.connections == 5


async def test_a_connection_whose_reply_was_not_read_is_not_used_again(server: Any, upstream: Upstream) -> None:
    server.reply = b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf"
    async with upstream.post(server.url, b"", b"{}") as reply:
        assert reply.status == 200
    server.reply = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"
    assert await ask(upstream, server.url) == b"ok"
    assert server.connections == 2


async def test_the_request_is_written_as_http_says(server: Any, upstream: Upstream) -> None:
    await ask(upstream, server.url, Accept="x/y")
    host = server.url.split("/")[2]
    assert server.heads[0].decode().split("\r\n") == [
        "POST /v1/chat/completions HTTP/1.1",
        f"Host: {host}",
        "Accept-Encoding: identity",
        "Accept: x/y",
        "Content-Length: 2",
        "",
        "",
    ]


@pytest.mark.parametrize("value", ["a\r\nx: y", "a\nb", "a\rb"])
async def test_a_header_cannot_bring_another_one_in(server: Any, upstream: Upstream, value: str) -> None:
    with pytest.raises(ValueError, match="line break"):
        await ask(upstream, server.url, Accept=value)
    assert server.connections == 0


@pytest.mark.parametrize(
    ("url", "where", "host"),
    [
        ("http://a.example/v1/x", ("a.example", 80, False), "a.example"),
        ("https://a.example/v1/x", ("a.example", 443, True), "a.example"),
        ("https://[::1]:8443/v1/x", ("::1", 8443, True), "[::1]:8443"),
        ("https://bücher.example/v1/x", ("xn--bcher-kva.example", 443, True), "xn--bcher-kva.example"),
    ],
)
def test_an_address_says_where_to_connect_and_whom_to_name(url: str, where: tuple[str, int, bool], host: str) -> None:
    address = address_of(url)
    assert (address.host, address.port, address.secure) == where
    assert address.opening.startswith(f"POST /v1/x HTTP/1.1\r\nHost: {host}\r\n".encode())


def test_blanks_and_letters_in_a_path_are_escaped_once() -> None:
    assert address_of("http://h/a b/ü/%20").opening.startswith(b"POST /a%20b/%C3%BC/%20 HTTP/1.1\r\n")
