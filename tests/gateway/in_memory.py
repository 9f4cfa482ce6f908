"""A server's connection without a socket: bytes in, bytes out, through the protocol that a real one uses."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from gonogo.gateway import Application
from gonogo.gateway.protocol import ClientConnection


class MemoryTransport(asyncio.Transport):
    """Keeps what was written; closing it tells the protocol, as a real one would."""

    def __init__(self) -> None:
        super().__init__()
        self.written = bytearray()
        self.protocol: Any = None
        self.closing = self.aborted = self.paused = self.eof = False

    def write(self, data: Any) -> None:
        assert not self.ended, f"written after the end: {data!r}"
        self.written += data

    def write_eof(self) -> None:
        self.eof = True

    @property
    def ended(self) -> bool:
        """Whether the client has been told that nothing follows."""
        return self.closing or self.eof

    def is_closing(self) -> bool:
        return self.closing

    def close(self) -> None:
        if not self.closing:
            self.closing = True
            asyncio.get_running_loop().call_soon(self.protocol.connection_lost, None)

    def abort(self) -> None:
        self.aborted = True
        self.close()

    def pause_reading(self) -> None:
        self.paused = True

    def resume_reading(self) -> None:
        self.paused = False


def connected(serve: Any) -> tuple[ClientConnection, MemoryTransport]:
    """A client that has just come."""
    protocol, transport = ClientConnection(serve, set(), asyncio.get_running_loop()), MemoryTransport()
    transport.protocol = protocol
    protocol.connection_made(transport)
    return protocol, transport


def request(method: str, path: str, body: bytes, headers: Mapping[str, str]) -> bytes:
    head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"{method} {path} HTTP/1.1\r\n{head}\r\n".encode("latin-1") + body


async def asked(application: Application, sent: bytes, leave: asyncio.Event | None = None) -> bytes:
    """What one request is answered. ``leave``: when the client closes the connection."""
    protocol, transport = connected(application.serve)
    protocol.data_received(sent)
    task = protocol.exchange.task if protocol.exchange is not None else None
    if leave is not None:
        await leave.wait()
        protocol.connection_lost(None)
    if task is not None:
        await asyncio.wait([task])
    return bytes(transport.written)


def read(said: bytes) -> tuple[int, dict[str, str], bytes]:
    """Status, headers and body of one reply; 0 where there is none."""
    head, _, body = said.partition(b"\r\n\r\n")
    if not head:
        return 0, {}, b""
    first, *lines = head.decode("latin-1").split("\r\n")
    headers = {name: value for name, _, value in (line.partition(": ") for line in lines)}
    if headers.get("transfer-encoding") == "chunked":
        body = dechunked(body)
    return int(first.split()[1]), headers, body


def dechunked(body: bytes) -> bytes:
    """The body of a chunked reply; fails where it has no end."""
    whole = bytearray()
    while True:
        size, _, body = body.partition(b"\r\n")
        if not int(size, 16):
            assert body == b"\r\n", body
            return bytes(whole)
        whole += body[: int(size, 16)]
        assert body[int(size, 16) :][:2] == b"\r\n"
        body = body[int(size, 16) + 2 :]
