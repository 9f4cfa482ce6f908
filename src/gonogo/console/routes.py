"""Routes: every page with the least role that may read it, and the files pages need.

Here: the table, and the page that says a store is down. Not here: what stands on a page (one module for each).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from msgspec import Struct

from gonogo.console.home import gather_home
from gonogo.console.pages import page_reply, static_reply
from gonogo.console.traces import gather_trace
from gonogo.console.verdicts import gather_verdict
from gonogo.console.versions import gather_version
from gonogo.contracts import HttpReply, HttpRequest, Route
from gonogo.errors import GonogoError, NotFound

if TYPE_CHECKING:
    from gonogo.assembly import Workspace

Gather = Callable[["Workspace", HttpRequest], Awaitable[Struct]]
"""Collects what a page shows.

Raises:
    NotFound: what the address names does not exist.
"""


def console_routes(workspace: Workspace) -> tuple[Route, ...]:
    """The console's routes: ``/``, ``/traces/{id}``, ``/versions/{name}``, ``/verdicts/{id}`` and ``/static/{file}``.

    Pages need the role ``viewer``; static files are for all. A name that does not exist raises ``NotFound``.
    """
    pages: tuple[tuple[str, str, Gather], ...] = (
        ("/", "home.html", gather_home),
        ("/traces/{id}", "trace.html", gather_trace),
        ("/versions/{name}", "version.html", gather_version),
        ("/verdicts/{id}", "verdict.html", gather_verdict),
    )
    return (
        *(
            Route(method="GET", path=path, handler=_Page(workspace, template, gather), role="viewer")
            for path, template, gather in pages
        ),
        Route(method="GET", path="/static/{file}", handler=_static, role=None),
    )


class Fault(Struct, frozen=True, kw_only=True):
    """Why a page cannot be shown."""

    message: str


class _Page:
    def __init__(self, workspace: Workspace, template: str, gather: Gather) -> None:
        self._workspace, self._template, self._gather = workspace, template, gather

    async def __call__(self, http: HttpRequest) -> HttpReply:
        try:
            page = await self._gather(self._workspace, http)
        except NotFound:
            raise
        except GonogoError as error:
            # The address is all a reader gives, and a wrong one is NotFound: whatever else fails, the store did.
            status = error.status if error.status >= 500 else 503
            return await page_reply("fault.html", Fault(message=str(error)), status=status)
        return await page_reply(self._template, page)


async def _static(http: HttpRequest) -> HttpReply:
    return static_reply(http.path_values["file"])
