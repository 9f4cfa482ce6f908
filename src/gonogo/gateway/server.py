"""Server: one process that listens, with uvicorn under it.

Here: address checks, TCP_NODELAY (uvicorn's loop sets it), graceful drain, clear errors for a port in use.
Not here: what is served (``asgi``).
"""

from __future__ import annotations

import socket
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gonogo.errors import BadInput, TryAgain
from gonogo.gateway.door import is_loopback

if TYPE_CHECKING:
    from gonogo.gateway.asgi import Application


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
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((options.host.strip("[]"), options.port))
        listener.listen(2048)
    except OSError as error:
        listener.close()
        if error.errno == 98 or "in use" in str(error).lower():
            raise TryAgain(
                f"port {options.port} on {options.host} is in use: stop what listens there, or choose another (--port)"
            ) from error
        raise BadInput(f"cannot listen on {options.host}:{options.port}: {error.strerror or error}") from error
    return listener


async def serve(
    application: Application, listener: socket.socket, options: ServerOptions, ready: Callable[[str], None]
) -> None:
    """Serve until SIGINT or SIGTERM, then drain. ``ready`` is called with the address once requests are taken."""
    import uvicorn

    config = uvicorn.Config(
        application,  # type: ignore[arg-type]
        log_level="warning",
        access_log=False,
        lifespan="on",
        timeout_graceful_shutdown=int(options.drain),
        server_header=False,
        date_header=False,
    )
    server = uvicorn.Server(config)
    host, port = listener.getsockname()[:2]
    # The socket listens already: whoever connects now is answered as soon as the loop runs.
    ready(f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}")
    await server.serve(sockets=[listener])
