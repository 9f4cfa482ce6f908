"""Routes: every page with the least role that may read it, and the files pages need.

Here: the table. Not here: what stands on a page (one module for each), why there is none (``refusals``).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from msgspec import Struct

from gonogo.console.home import gather_home
from gonogo.console.pages import page_reply, static_reply
from gonogo.console.refusals import page_error
from gonogo.console.traces import gather_trace
from gonogo.console.verdicts import gather_verdict
from gonogo.console.versions import gather_version
from gonogo.contracts import HttpReply, HttpRequest, Route

if TYPE_CHECKING:
    from gonogo.assembly import Workspace

Gather = Callable[["Workspace", HttpRequest], Awaitable[Struct]]
"""Collects what a page shows.

Raises:
    NotFound: what the address names does not exist.
"""


def console_routes(workspace: Workspace) -> tuple[Route, ...]:
    """The console's routes: ``/``, ``/traces/{id}``, ``/versions/{name}``, ``/verdicts/{id}`` and ``/static/{file}``.

    Pages need the role ``viewer``, and a browser may show its key as a password; static files are for all. A name that
    does not exist raises ``NotFound``.
    """
    pages: tuple[tuple[str, str, Gather], ...] = (
        ("/", "home.html", gather_home),
        ("/traces/{id}", "trace.html", gather_trace),
        ("/versions/{name}", "version.html", gather_version),
        ("/verdicts/{id}", "verdict.html", gather_verdict),
    )
    return (
        *(
            Route(
                method="GET",
                path=path,
                handler=_Page(workspace, template, gather),
                role="viewer",
                error=page_error,
                basic=True,
            )
            for path, template, gather in pages
        ),
        Route(method="GET", path="/static/{file}", handler=_static, role=None),
    )


class _Page:
    def __init__(self, workspace: Workspace, template: str, gather: Gather) -> None:
        self._workspace, self._template, self._gather = workspace, template, gather

    async def __call__(self, http: HttpRequest) -> HttpReply:
        return await page_reply(self._template, await self._gather(self._workspace, http))


async def _static(http: HttpRequest) -> HttpReply:
    return static_reply(http.path_values["file"])
