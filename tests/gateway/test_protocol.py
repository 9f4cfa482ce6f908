"""HTTP/1.1 with one client: whatever the borders of what comes, and whatever comes that is no HTTP."""

from __future__ import annotations

import asyncio
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.gateway import in_memory

from gonogo.contracts import HttpReply
from gonogo.errors import GonogoError
from gonogo.gateway import exchange as exchanges
from gonogo.gateway import protocol as protocols
from gonogo.gateway.exchange import Exchange
from gonogo.gateway.faults import error_reply

HEAD = b"POST /a?b=c HTTP/1.1\r\nhost: x\r\n"
HELLO = HEAD + b"content-length: 5\r\n\r\nhello"
CHUNKED = HEAD + b"transfer-encoding: chunked\r\n\r\n2\r\nhe\r\n3;a=b\r\nllo\r\n0\r\nx-later: y\r\n\r\n"


class Echo:
    """Answers with what it was sent; keeps the Exchanges it saw."""

    def __init__(self, *, most: int = 1 << 20) -> None:
        self.seen: list[Exchange] = []
        self.bodies: list[bytes] = []
        self.most = most
        self.cancelled = 0

    async def __call__(self, exchange: Exchange) -> None:
        self.seen.append(exchange)
        try:
            body = await exchange.body(self.most)
        except GonogoError as error:
            exchange.send(error_reply(error))
            return
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        self.bodies.append(body)
        exchange.send(HttpReply(body=body, content_type="text/plain"))


async def rest() -> None:
    for _ in range(8):
        await asyncio.sleep(0)


async def said(serve: Any, *pieces: bytes) -> tuple[bytes, in_memory.MemoryTransport]:
    """What is answered to bytes that come in pieces."""
    protocol, transport = in_memory.connected(serve)
    for piece in pieces:
        if not transport.closing:
            protocol.data_received(piece)
        await rest()
    return bytes(transport.written), transport


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    sent=st.lists(st.sampled_from([HELLO, CHUNKED]), min_size=1, max_size=3),
    cuts=st.lists(st.integers(min_value=0, max_value=120), max_size=12),
)
async def test_borders_of_what_comes_change_nothing(sent: list[bytes], cuts: list[int]) -> None:
    echo = Echo()
    protocol, transport = in_memory.connected(echo)
    for one in sent:
        places = sorted({0, *(cut for cut in cuts if cut < len(one)), len(one)})
        for start, end in pairwise(places):
            protocol.data_received(one[start:end])
            await rest()

    assert echo.bodies == [b"hello"] * len(sent)
    assert {(one.method, one.target) for one in echo.seen} == {("POST", "/a?b=c")}
    assert bytes(transport.written).count(b"HTTP/1.1 200 OK\r\n") == len(sent)
    assert not transport.closing


@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@given(noise=st.binary(max_size=200), at=st.integers(min_value=0, max_value=len(CHUNKED)))
async def test_no_bytes_whatever_break_the_connections_code(noise: bytes, at: int) -> None:
    answered, _ = await said(Echo(), CHUNKED[:at] + noise, CHUNKED[at:])

    assert not answered or answered.startswith(b"HTTP/1.1 ")


MALFORMED = {
    "no HTTP": (b"hello\r\n\r\n", 400),
    "TLS": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 400),
    "a method nobody knows": (b"BREW / HTTP/1.1\r\nhost: x\r\n\r\n", 400),
    "HTTP/2": (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400),
    "a later version": (b"GET / HTTP/3.0\r\nhost: x\r\n\r\n", 400),
    "an older version": (b"GET / HTTP/0.9\r\nhost: x\r\n\r\n", 400),
    "no host": (b"GET / HTTP/1.1\r\n\r\n", 400),
    "two hosts": (b"GET / HTTP/1.1\r\nhost: x\r\nhost: y\r\n\r\n", 400),
    "two keys": (HEAD + b"authorization: Bearer a\r\nAuthorization: Bearer b\r\n\r\n", 400),
    "two lengths": (HEAD + b"content-length: 5\r\ncontent-length: 6\r\n\r\nhello", 400),
    "one length twice": (HEAD + b"content-length: 5\r\ncontent-length: 5\r\n\r\nhello", 400),
    "lengths in a list": (HEAD + b"content-length: 5, 5\r\n\r\nhello", 400),
    "a length and chunks": (HEAD + b"content-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n", 400),
    "chunks and a length": (HEAD + b"transfer-encoding: chunked\r\ncontent-length: 5\r\n\r\n0\r\n\r\n", 400),
    "a length with a sign": (HEAD + b"content-length: +5\r\n\r\nhello", 400),
    "a negative length": (HEAD + b"content-length: -5\r\n\r\nhello", 400),
    "a length in hexadecimal": (HEAD + b"content-length: 0x5\r\n\r\nhello", 400),
    "a length beyond all numbers": (HEAD + b"content-length: 99999999999999999999\r\n\r\nhello", 400),
    "an empty length": (HEAD + b"content-length:\r\n\r\nhello", 400),
    "an encoding nobody knows": (HEAD + b"transfer-encoding: gzip\r\n\r\n0\r\n\r\n", 400),
    "chunks inside something": (HEAD + b"transfer-encoding: chunked, gzip\r\n\r\n0\r\n\r\n", 400),
    "a name with a blank": (HEAD + b"transfer-encoding : chunked\r\n\r\n0\r\n\r\n", 400),
    "a name with a control": (HEAD + b"x\x01y: a\r\n\r\n", 400),
    "a header without a name": (HEAD + b": a\r\n\r\n", 400),
    "a header without a colon": (HEAD + b"hello\r\n\r\n", 400),
    "a folded header": (HEAD + b"x: a\r\n content-length: 5\r\n\r\nhello", 400),
    "a header folded by a tab": (HEAD + b"x: a\r\n\tb\r\n\r\n", 400),
    "a first header that is folded": (b"GET / HTTP/1.1\r\n host: x\r\n\r\n", 400),
    "NUL in a header": (HEAD + b"x: a\x00b\r\n\r\n", 400),
    "CR in a header": (HEAD + b"x: a\rb\r\n\r\n", 400),
    "a blank in the target": (b"GET /a b HTTP/1.1\r\nhost: x\r\n\r\n", 400),
    "a control in the target": (b"GET /a\x01 HTTP/1.1\r\nhost: x\r\n\r\n", 400),
    "too many headers": (HEAD + b"".join(b"x%d: y\r\n" % n for n in range(200)) + b"\r\n", 431),
    "a long header": (HEAD + b"x: " + b"a" * 70_000 + b"\r\n\r\n", 431),
    "a long target": (b"GET /" + b"a" * 70_000 + b" HTTP/1.1\r\nhost: x\r\n\r\n", 431),
    "a header without end": (HEAD + b"x: " + b"a" * 70_000, 431),
    "a chunk without a size": (HEAD + b"transfer-encoding: chunked\r\n\r\n\r\nhello\r\n0\r\n\r\n", 400),
    "a chunk beyond all numbers": (HEAD + b"transfer-encoding: chunked\r\n\r\nfffffffffffffffff\r\nhello", 400),
    "a chunk that is longer than it says": (HEAD + b"transfer-encoding: chunked\r\n\r\n2\r\nhello\r\n0\r\n\r\n", 400),
}


@pytest.mark.parametrize(("sent", "status"), MALFORMED.values(), ids=MALFORMED)
async def test_what_is_no_request_is_told_so_and_never_served(sent: bytes, status: int) -> None:
    echo = Echo()

    answered, transport = await said(echo, sent)

    assert in_memory.read(answered)[0] == status, answered
    assert in_memory.read(answered)[1]["connection"] == "close"
    assert b'"blame":"client"' in answered
    assert echo.seen == []
    assert transport.ended


@pytest.mark.parametrize("end", [b"x", b"GET / HTTP/1.1\r\nhost: x\r\n\r\n", HELLO * 50, b"\x00" * 100])
async def test_what_comes_before_the_reply_is_not_answered_and_ends_the_connection(end: bytes) -> None:
    echo = Echo()

    answered, transport = await said(echo, HELLO + end)

    assert echo.bodies == [b"hello"]
    assert answered.count(b"HTTP/1.1 ") == 1
    assert in_memory.read(answered)[1]["connection"] == "close"
    assert transport.closing


async def test_a_body_that_turns_out_malformed_stops_who_waits_for_it() -> None:
    echo = Echo()

    answered, transport = await said(echo, HEAD + b"transfer-encoding: chunked\r\n\r\n2\r\nhe\r\n", b"x\r\n")

    assert (answered, echo.cancelled, transport.closing) == (b"", 1, True)


@pytest.mark.parametrize("more", [b"x-more: y\r\n" * 100, b"1;" + b"a" * 70_000], ids=["trailers", "extension"])
async def test_bytes_beside_a_body_have_a_bound(more: bytes) -> None:
    echo = Echo()
    protocol, transport = in_memory.connected(echo)
    protocol.data_received(HEAD + b"transfer-encoding: chunked\r\n\r\n")
    for _ in range(100):
        await rest()
        if not transport.closing:
            protocol.data_received(more if more.startswith(b"1") else (b"0\r\n" if not echo.bodies else b"") + more)
            more = more if more.startswith(b"x") else b"a" * 70_000
    await rest()

    assert transport.ended
    assert echo.bodies == []


async def test_a_key_behind_the_body_is_no_key() -> None:
    echo = Echo()

    await said(echo, HEAD + b"transfer-encoding: chunked\r\n\r\n0\r\nauthorization: Bearer a\r\n\r\n")

    assert "authorization" not in echo.seen[0].headers


async def test_a_header_that_came_twice_is_one_list() -> None:
    echo = Echo()

    await said(echo, b"GET / HTTP/1.1\r\nHost: x\r\nX-A: 1\r\nx-a: 2\r\nX-B: \xe9\r\n\r\n")

    assert echo.seen[0].headers == {"host": "x", "x-a": "1, 2", "x-b": "é"}


async def test_a_body_over_its_bound_is_refused_and_the_rest_of_it_not_kept() -> None:
    echo = Echo(most=10)
    protocol, transport = in_memory.connected(echo)
    protocol.data_received(HEAD + b"content-length: 1000\r\n\r\n" + b"x" * 20)
    await rest()
    status, headers, _ = in_memory.read(bytes(transport.written))
    lingers = transport.eof and not transport.closing
    protocol.data_received(b"x" * 980)
    await rest()

    assert (status, headers["connection"]) == (413, "close")
    assert lingers, "closed while the client still sends, it might never read the reply"
    assert transport.closing


async def test_a_body_that_nobody_asked_for_is_held_back_until_somebody_does() -> None:
    may_read = asyncio.Event()

    async def later(exchange: Exchange) -> None:
        await may_read.wait()
        exchange.send(HttpReply(body=b"%d" % len(await exchange.body(1 << 20))))

    protocol, transport = in_memory.connected(later)
    protocol.data_received(HEAD + b"content-length: 200000\r\n\r\n")
    protocol.data_received(b"x" * 100_000)
    held = transport.paused
    may_read.set()
    await rest()
    assert not transport.paused
    protocol.data_received(b"x" * 100_000)
    await rest()

    assert held
    assert in_memory.read(bytes(transport.written))[2] == b"200000"


async def test_a_large_body_that_came_whole_holds_back_neither_the_next_request_nor_the_end() -> None:
    echo = Echo()
    large = HEAD + b"content-length: 100000\r\n\r\n" + b"x" * 100_000
    protocol, transport = in_memory.connected(echo)
    protocol.data_received(large)
    hears = not transport.paused
    await rest()
    protocol.data_received(HELLO)
    await rest()

    assert hears, "a client that leaves now would be noticed by nobody"
    assert not transport.paused
    assert echo.bodies == [b"x" * 100_000, b"hello"]


async def test_a_client_that_waits_for_leave_to_send_gets_it_once_the_body_is_wanted() -> None:
    echo = Echo()
    protocol, transport = in_memory.connected(echo)
    protocol.data_received(HEAD + b"content-length: 5\r\nexpect: 100-continue\r\n\r\n")
    await rest()
    first = bytes(transport.written)
    protocol.data_received(b"hello")
    await rest()

    assert first == b"HTTP/1.1 100 Continue\r\n\r\n"
    assert transport.written[len(first) :].startswith(b"HTTP/1.1 200 OK")


async def test_a_client_that_waits_for_leave_and_is_refused_never_gets_it() -> None:
    async def refuse(exchange: Exchange) -> None:
        exchange.send(HttpReply(status=401))

    answered, _ = await said(refuse, HEAD + b"content-length: 5\r\nexpect: 100-continue\r\n\r\n")

    assert answered.startswith(b"HTTP/1.1 401 Unauthorized\r\n")


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        (b"GET / HTTP/1.1\r\nhost: x\r\n\r\n", True),
        (b"GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n", False),
        (b"GET / HTTP/1.0\r\nhost: x\r\n\r\n", False),
        (b"GET / HTTP/1.0\r\nconnection: keep-alive\r\n\r\n", False),
        (b"GET / HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: h2c\r\n\r\n", False),
        (HEAD + b"connection: upgrade\r\nupgrade: h2c\r\ncontent-length: 5\r\n\r\nhello", False),
    ],
)
async def test_a_connection_is_kept_where_both_sides_can(sent: bytes, kept: bool) -> None:
    answered, transport = await said(Echo(), sent)

    assert answered.startswith(b"HTTP/1.1 200 OK\r\n")
    assert (b"connection: close" in answered) is not kept
    assert transport.closing is not kept


async def test_a_head_request_gets_the_headers_of_the_reply_and_no_body() -> None:
    async def answer(exchange: Exchange) -> None:
        exchange.send(HttpReply(body=b"hello"))

    answered, transport = await said(answer, b"HEAD / HTTP/1.1\r\nhost: x\r\n\r\n")

    assert in_memory.read(answered)[1]["content-length"] == "5"
    assert in_memory.read(answered)[2] == b""
    assert not transport.closing


@pytest.mark.parametrize("status", [204, 304])
async def test_a_reply_that_can_have_no_body_has_no_length_either(status: int) -> None:
    async def answer(exchange: Exchange) -> None:
        exchange.send(HttpReply(status=status, body=b"hello"))

    answered, _ = await said(answer, b"GET / HTTP/1.1\r\nhost: x\r\n\r\n")

    assert b"content-length" not in answered
    assert answered.endswith(b"\r\n\r\n")


async def test_a_stream_to_an_old_client_ends_with_its_connection() -> None:
    async def answer(exchange: Exchange) -> None:
        exchange.start(HttpReply())
        exchange.piece(b"one")
        exchange.end(b"two")

    answered, transport = await said(answer, b"GET / HTTP/1.0\r\n\r\n")

    assert answered.endswith(b"\r\n\r\nonetwo")
    assert b"chunked" not in answered
    assert transport.closing


async def test_no_header_of_ours_can_be_split() -> None:
    async def answer(exchange: Exchange) -> None:
        exchange.send(HttpReply(headers={"x-a": "b\r\nset-cookie: c", "x-d": "e\0"}, content_type="text/plain\r\nx: y"))

    answered, _ = await said(answer, b"GET / HTTP/1.1\r\nhost: x\r\n\r\n")
    _, headers, _ = in_memory.read(answered)

    assert headers["x-a"] == "b  set-cookie: c"
    assert headers["x-d"] == "e "
    assert headers["content-type"] == "text/plain  x: y"


async def test_a_client_that_reads_slowly_is_waited_for() -> None:
    sent: list[int] = []

    async def answer(exchange: Exchange) -> None:
        exchange.start(HttpReply())
        for number in range(3):
            if (slower := exchange.piece(b"x")) is not None:
                await slower
            sent.append(number)
        exchange.end()

    protocol, _ = in_memory.connected(answer)
    protocol.pause_writing()
    protocol.data_received(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n")
    await rest()
    waits = list(sent)
    protocol.resume_writing()
    await rest()

    assert (waits, sent) == ([], [0, 1, 2])


async def test_a_client_that_leaves_stops_the_work_wherever_it_stands() -> None:
    echo = Echo()
    protocol, _ = in_memory.connected(echo)
    protocol.data_received(HELLO[:-1])
    await rest()
    assert protocol.exchange is not None
    exchange = protocol.exchange
    protocol.connection_lost(None)
    await rest()

    assert (exchange.gone, echo.cancelled, echo.bodies) == (True, 1, [])


async def test_a_client_that_leaves_once_it_has_its_reply_stops_nothing() -> None:
    ended = asyncio.Event()

    async def answer(exchange: Exchange) -> None:
        exchange.send(HttpReply())
        await asyncio.sleep(0)
        ended.set()

    protocol, _ = in_memory.connected(answer)
    protocol.data_received(b"GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
    await asyncio.wait_for(ended.wait(), 5)


@pytest.mark.parametrize(
    ("deadline", "sent"),
    [
        ("KEEP_ALIVE", b""),
        ("KEEP_ALIVE", b"GET / HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\n\r\n"),
        ("HEAD_WITHIN", b"GET / HTTP/1.1\r\nho"),
        ("LINGER", HEAD + b"content-length: 1000\r\n\r\n" + b"x" * 20),
    ],
)
async def test_every_wait_for_a_client_has_an_end(monkeypatch: pytest.MonkeyPatch, deadline: str, sent: bytes) -> None:
    monkeypatch.setattr(protocols, deadline, 0.01)
    closed = asyncio.Event()
    protocol, transport = in_memory.connected(Echo(most=10))
    transport.close = closed.set  # type: ignore[method-assign]
    if sent:
        protocol.data_received(sent)

    await asyncio.wait_for(closed.wait(), 5)


async def test_a_client_that_never_reads_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protocols, "STALLED", 0.01)
    stopped = asyncio.Event()

    async def answer(exchange: Exchange) -> None:
        exchange.start(HttpReply())
        try:
            await (exchange.piece(b"x") or asyncio.sleep(0))
        except asyncio.CancelledError:
            stopped.set()
            raise

    protocol, transport = in_memory.connected(answer)
    protocol.data_received(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n")
    protocol.pause_writing()

    await asyncio.wait_for(stopped.wait(), 5)
    assert transport.aborted


async def test_a_deadline_that_has_moved_is_kept_by_the_timer_that_was_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exchanges, "BODY_WITHIN", 0.02)
    echo = Echo()
    protocol, transport = in_memory.connected(echo)
    for _ in range(3):
        protocol.data_received(HELLO)
        await rest()
    protocol.data_received(HELLO[:-1])
    await asyncio.wait_for(asyncio.shield(protocol.exchange.task), 5)  # type: ignore[union-attr, arg-type]

    assert echo.bodies == [b"hello"] * 3
    assert transport.written.count(b"HTTP/1.1 408 ") == 1


async def test_a_server_that_stops_ends_idle_connections_and_lets_others_finish() -> None:
    may_answer = asyncio.Event()

    async def answer(exchange: Exchange) -> None:
        await may_answer.wait()
        exchange.send(HttpReply(body=b"done"))

    idle, idle_transport = in_memory.connected(answer)
    busy, busy_transport = in_memory.connected(answer)
    busy.data_received(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n")
    idle.stop()
    busy.stop()
    ended = idle_transport.closing, busy_transport.closing
    may_answer.set()
    await rest()

    assert ended == (True, False)
    assert b"connection: close" in busy_transport.written
    assert busy_transport.closing
