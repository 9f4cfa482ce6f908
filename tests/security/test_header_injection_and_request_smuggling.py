"""No text of a request becomes a header of a reply; a request whose end can be read in two ways is refused.

A real server on a real socket.
"""

from __future__ import annotations

import asyncio

import pytest

from gonogo.gateway import ServerOptions, bind, serve

SPLIT = "x\r\nset-cookie: a=b\r\n\r\n<script>"


async def test_no_name_or_text_splits_a_reply(live):
    for path in (f"/api/versions/{live.quote(SPLIT, safe='')}", f"/v1/models/{live.quote(SPLIT, safe='')}",
                 f"/api/traces?mission={live.quote(SPLIT, safe='')}"):  # fmt: skip
        answered = await live("GET", path)
        assert answered.status in (400, 404)
        assert "set-cookie" not in answered.headers
        assert not any("\r" in value or "\n" in value for value in answered.headers.values())


@pytest.fixture
async def line(serving):
    """(host, port) of the same server on a socket."""
    listener, ready = bind(ServerOptions(port=0)), asyncio.Event()
    host, port = listener.getsockname()[:2]
    task = asyncio.create_task(serve(serving.application, listener, ServerOptions(port=0), lambda address: ready.set()))
    await asyncio.wait_for(ready.wait(), 10)
    yield host, port
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def said(line, sent: bytes) -> bytes:
    reader, writer = await asyncio.open_connection(*line)
    writer.write(sent)
    await writer.drain()
    writer.write_eof()
    answered = await asyncio.wait_for(reader.read(), 20)
    writer.close()
    return answered


INNER = b"GET /health HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n"
HEAD = b"POST /v1/chat/completions HTTP/1.1\r\nhost: 127.0.0.1\r\n"


@pytest.mark.parametrize(
    "sent",
    [
        HEAD + b"content-length: 4\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n" + INNER,
        HEAD + b"content-length: 4\r\ncontent-length: 90\r\n\r\nabcd" + INNER,
        HEAD + b"content-length: +4\r\n\r\nabcd" + INNER,
        HEAD + b"content-length: 4, 90\r\n\r\nabcd" + INNER,
        HEAD + b"transfer-encoding: xchunked\r\n\r\n0\r\n\r\n" + INNER,
        HEAD + b"transfer-encoding: identity, chunked, identity\r\n\r\n0\r\n\r\n" + INNER,
        HEAD + b"transfer-encoding : chunked\r\n\r\n0\r\n\r\n" + INNER,
        HEAD + b" content-length: 4\r\n\r\nabcd" + INNER,
        HEAD + b"x: a\x00b\r\ncontent-length: 0\r\n\r\n",
        HEAD + b"transfer-encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFFF\r\nabc" + INNER,
    ],
    ids=range(10),
)
async def test_a_request_whose_end_can_be_read_two_ways_is_never_followed_by_a_second_one(line, sent):
    answered = await said(line, sent)
    # Nothing smuggled behind it is answered: neither as a second reply nor in its place.
    assert b"200 OK" not in answered.split(b"\r\n", 1)[0]
    assert b'"store"' not in answered, answered


async def test_a_header_that_is_too_long_ends_the_request(line):
    answered = await said(line, b"GET /health HTTP/1.1\r\nhost: 127.0.0.1\r\nx: " + b"a" * 500_000 + b"\r\n\r\n")
    assert b'"store"' not in answered
