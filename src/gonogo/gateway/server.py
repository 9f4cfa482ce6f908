"""Server: one process that listens.

Here: address checks, TCP_NODELAY, signals, graceful drain, clear errors for a port in use.
Not here: one connection (``protocol``), what is served (``application``).
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import gc
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gonogo.errors import BadInput, TryAgain
from gonogo.gateway.door import is_loopback
from gonogo.gateway.protocol import ClientConnection

if TYPE_CHECKING:
    from gonogo.gateway.application import Application

BACKLOG = 2048
"""Connections that may wait to be taken."""
STOP_WITHIN = 2.0
"""Seconds that clients have to read what they are told then."""
COLLECT_EVERY = 20_000
"""Objects between two looks for garbage among the youngest."""
LOOK_EVERY = 0.02
"""Seconds between two looks at what still runs while the server drains."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerOptions:
    """``drain`` in seconds: how long running requests may finish after SIGTERM."""

    host: str = "127.0.0.1"
    port: int = 8420
    drain: float = 20.0


def check_address(options: ServerOptions, *, has_keys: bool) -> None:
    """Refuse to be reachable from elsewhere without keys.

    Raises:
        BadInput: another address than loopback, and no key exists.
    """
    if not is_loopback(options.host) and not has_keys:
        raise BadInput(
            f"{options.host} is reachable from other machines and no key exists: make one first with "
            "`gonogo keys create`, or listen on 127.0.0.1"
        )


def bind(options: ServerOptions) -> socket.socket:
    """A listening socket; port 0 picks a free one.

    Raises:
        TryAgain: the port is in use.
        BadInput: the address is not one of this machine, or the port needs more rights.
    """
    family = socket.AF_INET6 if ":" in options.host else socket.AF_INET
    # asyncio sets TCP_NODELAY only where the protocol is named: without it, many an event waits 40 ms.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((options.host.strip("[]"), options.port))
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRINUSE:
            raise TryAgain(
                f"port {options.port} on {options.host} is in use: stop what listens there, or choose another (--port)"
            ) from error
        raise BadInput(f"cannot listen on {options.host}:{options.port}: {error.strerror or error}") from error
    except OverflowError as error:
        listener.close()
        raise BadInput(f"there is no port {options.port}: ports are 0 to 65535") from error
    return listener


async def serve(
    application: Application, listener: socket.socket, options: ServerOptions, ready: Callable[[str], None]
) -> None:
    """Serve until SIGINT, SIGTERM or cancellation, then drain: running requests finish, new ones are not taken.

    ``ready`` is called with the address once requests are answered. A second signal does not wait for the drain.

    Raises:
        GonogoError: the application could not start.
    """
    listening = Listening(application, listener, options.drain)
    try:
        await application.start()
        _collect_rarely()
        host, port = listener.getsockname()[:2]
        await listening.begin()
        ready(f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}")
        with _signals(listening.stop), _generators_unlisted():
            try:
                await listening.stopping.wait()
            finally:
                await listening.drain()
    finally:
        listener.close()
        await application.stop()


class Listening:
    """The listening socket and its connections, for the life of a server."""

    def __init__(self, application: Application, listener: socket.socket, drain: float) -> None:
        self._application, self._listener, self._within = application, listener, drain
        self._connections: set[ClientConnection] = set()
        self.stopping, self._hurry = asyncio.Event(), asyncio.Event()
        self._server: asyncio.Server | None = None

    async def begin(self) -> None:
        """Answer requests."""
        loop = asyncio.get_running_loop()
        answer, connections = self._application.serve, self._connections
        self._server = await loop.create_server(
            lambda: ClientConnection(answer, connections, loop), sock=self._listener, backlog=BACKLOG
        )

    def stop(self) -> None:
        """End in order; called again, without waiting for anybody."""
        if self.stopping.is_set():
            self._hurry.set()
        self.stopping.set()

    async def drain(self) -> None:
        """Take nothing new, let running requests finish within the time given, then tell the rest and end."""
        self.stopping.set()
        if self._server is not None:
            self._server.close()
        for connection in tuple(self._connections):
            connection.stop()
        await self._until_all_ended(self._within)
        for connection in tuple(self._connections):
            connection.cut_off()
        await self._until_all_ended(STOP_WITHIN)
        for connection in tuple(self._connections):
            connection.abort()

    async def _until_all_ended(self, within: float) -> None:
        loop = asyncio.get_running_loop()
        until = loop.time() + within
        while self._connections and loop.time() < until and not self._hurry.is_set():
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._hurry.wait(), LOOK_EVERY)


def _collect_rarely() -> None:
    """What stands when the server begins stands to its end, and a request leaves hardly any cycles: looking for garbage
    every 700 objects took three hundredths of a request."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(COLLECT_EVERY, 20, 20)


@contextlib.contextmanager
def _generators_unlisted() -> Iterator[None]:
    """The event loop keeps a list of asynchronous generators, to close at its end those that are left: a request has
    several, closes each itself, and is over by then. Keeping the list took four hundredths of a request. One that a
    plug-in leaves behind is still closed, once nothing holds it."""
    listed = sys.get_asyncgen_hooks().firstiter
    sys.set_asyncgen_hooks(firstiter=None)
    try:
        yield
    finally:
        sys.set_asyncgen_hooks(firstiter=listed)


@contextlib.contextmanager
def _signals(stop: Callable[[], None]) -> Iterator[None]:
    loop = asyncio.get_running_loop()
    handled = []
    for number in (signal.SIGINT, signal.SIGTERM):
        try:
            loop.add_signal_handler(number, stop)
        except (NotImplementedError, RuntimeError, ValueError):  # Windows, or a thread that is not the main one
            continue
        handled.append(number)
    try:
        yield
    finally:
        for number in handled:
            loop.remove_signal_handler(number)
