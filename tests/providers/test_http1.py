"""A reply is read the same however the network cuts it and however its end is framed."""

from __future__ import annotations

import asyncio
import itertools
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gonogo.providers import http1
from gonogo.providers.http1 import Broken, Connection

LATER = 1e9
BODY = b'{"choices": []}'
WHOLE = {
    "length": b"HTTP/1.1 200 OK\r\nContent-Length: 15\r\n\r\n" + BODY,
    "chunks": b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\n" + BODY[:5] + b"\r\na;x=y\r\n" + BODY[5:]
    + b"\r\n0\r\n\r\n",
    "interim": b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n"
    b"HTTP/1.1 200 OK\r\ncontent-length: 15\r\n\r\n" + BODY,
}  # fmt: skip
UNTIL_CLOSE = b"HTTP/1.0 200 OK\r\ncontent-type: x/y\r\n\r\n" + BODY


class Wire:
    """A transport that remembers what was done to it."""

    def __init__(self) -> None:
        self.written, self.closed, self.reading = b"", False, True

    def write(self, data: bytes) -> None:
        self.written += data

    def is_closing(self) -> bool:
        return self.closed

    def close(self) -> None:
        self.closed = True

    abort = close

    def pause_reading(self) -> None:
        self.reading = False

    def resume_reading(self) -> None:
        self.reading = True


def asked() -> tuple[Connection, Wire]:
    """A connection that waits for its reply."""
    connection, wire = Connection(asyncio.get_running_loop()), Wire()
    connection.connection_made(wire)  # type: ignore[arg-type]
    connection.send(b"GET / HTTP/1.1\r\n\r\n")
    return connection, wire


async def read(connection: Connection) -> bytes:
    await connection.until_headers(LATER)
    pieces = []
    while piece := await connection.read(LATER):
        pieces.append(piece)
    return b"".join(pieces)


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(sorted(WHOLE)), st.lists(st.integers(min_value=0, max_value=200), max_size=12))
async def test_the_borders_of_network_pieces_change_nothing(framing: str, cuts: list[int]) -> None:
    connection, _ = asked()
    whole = WHOLE[framing]
    borders = sorted({0, len(whole), *(cut for cut in cuts if cut < len(whole))})
    for start, end in itertools.pairwise(borders):
        connection.data_received(whole[start:end])

    assert await read(connection) == BODY
    assert (connection.status, connection.reusable) == (200, True)
    assert "link" not in connection.headers


@settings(max_examples=100, deadline=None)
@given(st.sampled_from(sorted(WHOLE)), st.integers(min_value=0, max_value=200))
async def test_a_reply_that_is_cut_anywhere_is_never_whole(framing: str, at: int) -> None:
    connection, _ = asked()
    whole = WHOLE[framing]
    if cut := whole[: at % len(whole)]:
        connection.data_received(cut)
    connection.connection_lost(None)

    with pytest.raises(Broken):
        await read(connection)
    assert not connection.reusable


async def test_a_body_without_a_length_ends_with_the_connection() -> None:
    connection, _ = asked()
    connection.data_received(UNTIL_CLOSE)
    assert not connection.complete
    connection.connection_lost(None)

    assert await read(connection) == BODY
    assert not connection.reusable


async def test_a_body_without_a_length_that_is_reset_is_not_whole() -> None:
    connection, _ = asked()
    connection.data_received(UNTIL_CLOSE)
    connection.connection_lost(ConnectionResetError())

    with pytest.raises(Broken, match="ConnectionResetError"):
        await read(connection)


async def test_what_came_before_a_break_is_given_before_it_is_told() -> None:
    connection, _ = asked()
    connection.data_received(WHOLE["length"][:-3])
    connection.connection_lost(ConnectionResetError())

    assert await connection.read(LATER) == BODY[:-3]
    with pytest.raises(Broken):
        await connection.read(LATER)


async def test_connection_close_is_obeyed() -> None:
    connection, wire = asked()
    connection.data_received(WHOLE["length"].replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))

    assert await read(connection) == BODY
    assert wire.closed


async def test_a_second_exchange_begins_anew() -> None:
    connection, wire = asked()
    connection.data_received(WHOLE["chunks"])
    await read(connection)
    connection.send(b"again")
    assert not connection.begun
    connection.data_received(WHOLE["length"])

    assert await read(connection) == BODY
    assert wire.written.endswith(b"again")


@pytest.mark.parametrize(
    "said",
    [b"SSH-2.0-OpenSSH\r\n", b"HTTP/1.1 OK\r\n\r\n", b"HTTP/1.1 200 OK\r\ncontent-length: x\r\n\r\n",
     b"HTTP/1.1 200 OK\r\nno colon\r\n\r\n", b"HTTP/1.1 101 Switching\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n"],
)  # fmt: skip
async def test_what_is_no_reply_breaks_the_connection(said: bytes) -> None:
    connection, wire = asked()
    connection.data_received(said)

    with pytest.raises(Broken, match=r"no HTTP/1\.1 reply"):
        await connection.until_headers(LATER)
    assert wire.closed


async def test_more_headers_than_any_server_sends_break_the_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http1, "MOST_HEADER_BYTES", 100)
    connection, _ = asked()
    connection.data_received(b"HTTP/1.1 200 OK\r\nx: " + b"y" * 200 + b"\r\n\r\n")

    with pytest.raises(Broken, match="over 100 bytes"):
        await connection.until_headers(LATER)


async def test_bytes_nobody_asked_for_make_a_connection_useless() -> None:
    connection, _ = asked()
    connection.data_received(WHOLE["length"])
    await read(connection)
    connection.data_received(b"HTTP/1.1 408 Request Timeout\r\n\r\n")

    assert not connection.reusable


async def test_two_replies_to_one_request_make_a_connection_useless() -> None:
    connection, _ = asked()
    connection.data_received(WHOLE["length"] + WHOLE["length"])

    assert await connection.read(LATER) == BODY
    assert not connection.reusable


async def test_an_upstream_that_is_faster_than_its_reader_is_made_to_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http1, "PAUSE_AT", 10)
    connection, wire = asked()
    connection.data_received(b"HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n" + b"x" * 20)
    assert not wire.reading
    await connection.read(LATER)

    assert wire.reading


async def test_a_deadline_that_passed_is_told_and_one_that_moved_is_kept() -> None:
    connection, _ = asked()
    loop = asyncio.get_running_loop()
    with pytest.raises(TimeoutError):
        await connection.until_headers(loop.time() + 0.01)
    later = asyncio.create_task(connection.until_headers(loop.time() + 60.0))
    await asyncio.sleep(0.03)
    assert not later.done()
    connection.data_received(WHOLE["length"])
    await later


async def test_a_connection_that_was_closed_meanwhile_says_so_when_asked() -> None:
    connection, _ = asked()
    connection.data_received(WHOLE["length"])
    await read(connection)
    connection.connection_lost(None)
    assert not connection.reusable
    connection.send(b"again")

    with pytest.raises(Broken, match="closed before anything was asked"):
        await connection.until_headers(LATER)


def headers_of(text: bytes) -> Any:
    async def go() -> Any:
        connection, _ = asked()
        connection.data_received(b"HTTP/1.1 200 OK\r\n" + text + b"content-length: 0\r\n\r\n")
        await connection.until_headers(LATER)
        return connection.headers

    return asyncio.run(go())


def test_headers_are_read_without_case_and_repeated_ones_are_joined() -> None:
    headers = headers_of(b"X-One: a\r\nretry-after: 7\r\nx-one: b\r\n")

    assert headers.get("x-ONE") == "a, b"
    assert headers.get("Retry-After") == "7"
    assert headers.get("none", "other") == "other"
