"""Server: one process that listens, with uvicorn under it.

Here: address checks, TCP_NODELAY, signals, graceful drain, clear errors for a port in use.
Not here: what is served (``asgi``).
"""

from __future__ import annotations

import asyncio
import errno
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gonogo.errors import BadInput, TryAgain
from gonogo.gateway.door import is_loopback

if TYPE_CHECKING:
    import uvicorn

    from gonogo.gateway.asgi import Application

KEEP_ALIVE = 75.0
"""Seconds an idle connection stays open: longer than SDKs keep theirs in the pool, so that none is cut while in use."""


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
        listener.listen(2048)
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
    server = _quiet_server(application, options)
    try:
        await application.start()
        host, port = listener.getsockname()[:2]
        ready(f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}")
        with _until_signalled(server):
            await _until_drained(server, listener)
    finally:
        listener.close()
        await application.stop()


def _quiet_server(application: Application, options: ServerOptions) -> uvicorn.Server:
    import uvicorn

    class Server(uvicorn.Server):
        @contextmanager
        def capture_signals(self) -> Iterator[None]:
            # uvicorn would raise the signal once more after its drain and so end the process before ours.
            yield

    return Server(
        uvicorn.Config(
            application,
            log_level="warning",
            access_log=False,
            log_config=None,  # its lines go where ours go, and are scrubbed there
            lifespan="off",
            ws="none",
            proxy_headers=False,
            timeout_keep_alive=int(KEEP_ALIVE),
            timeout_graceful_shutdown=max(1, round(options.drain)),
            server_header=False,
            date_header=False,
        )
    )


async def _until_drained(server: uvicorn.Server, listener: socket.socket) -> None:
    serving = asyncio.ensure_future(server.serve(sockets=[listener]))
    try:
        await asyncio.shield(serving)
    except asyncio.CancelledError:
        _stop(server)
        await serving
        raise


@contextmanager
def _until_signalled(server: uvicorn.Server) -> Iterator[None]:
    loop = asyncio.get_running_loop()
    handled = []
    for number in (signal.SIGINT, signal.SIGTERM):
        try:
            loop.add_signal_handler(number, _stop, server)
        except (NotImplementedError, RuntimeError, ValueError):  # Windows, or a thread that is not the main one
            continue
        handled.append(number)
    try:
        yield
    finally:
        for number in handled:
            loop.remove_signal_handler(number)


def _stop(server: uvicorn.Server) -> None:
    server.force_exit = server.should_exit
    server.should_exit = True
