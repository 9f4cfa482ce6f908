"""Remote: the same commands against a server (``--server``, ``GONOGO_SERVER``), over its management API.

Here: running one command's work there. Not here: the commands, which do not know where they run.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypeVar, cast

from gonogo.cli.remote.client import Client
from gonogo.cli.remote.workspace import RemoteWorkspace

if TYPE_CHECKING:
    from gonogo.assembly import Workspace

T = TypeVar("T")

__all__ = ["run_remotely"]


def run_remotely(server: str, key: str, work: Callable[[Workspace], Awaitable[T]]) -> T:
    """Do a command's work on a server.

    Raises:
        GonogoError: what the server refused it with, with the same exit code as here.
        Unreachable: no server answers there.
    """

    async def body() -> T:
        client = Client(server, key)
        try:
            return await work(cast("Workspace", RemoteWorkspace(client)))
        finally:
            client.close()

    return asyncio.run(body())
