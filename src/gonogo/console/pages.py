"""Pages: a template and its data to a reply, with the headers that keep a page inert.

Here: the template environment, escaping, the content security policy, static files.
Not here: what stands on a page, how numbers are written (``wording``).
"""

from __future__ import annotations

import asyncio
import time
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final

from gonogo.console import wording
from gonogo.contracts import HttpReply
from gonogo.digest import digest_of_bytes, short
from gonogo.errors import NotFound

if TYPE_CHECKING:
    from jinja2 import Environment
    from msgspec import Struct

POLICY: Final = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'none'; frame-ancestors 'none'; "
    "base-uri 'none'"
)
PAGE_HEADERS: Final = {"content-security-policy": POLICY, "cache-control": "no-store"}
STATIC_TYPES: Final = {"console.css": "text/css; charset=utf-8", "icon.svg": "image/svg+xml"}


async def page_reply(template: str, page: Struct, *, status: int = 200) -> HttpReply:
    """Render in a thread, so that no page holds up the requests answered beside it.

    Args:
        template: file name under ``templates``.
        page: what the template calls ``page``.
        status: of the reply.
    """
    return await asyncio.to_thread(rendered, template, page, status=status)


def rendered(template: str, page: Struct, *, status: int = 200) -> HttpReply:
    """The same at once, for a page of a few lines."""
    text = _environment().get_template(template).render(page=page, zone=time.strftime("%Z"))
    return HttpReply(status=status, body=text.encode(), content_type="text/html; charset=utf-8", headers=PAGE_HEADERS)


def static_reply(name: str) -> HttpReply:
    """A style sheet or picture of ours; pages name them with their digest, so browsers may keep them.

    Raises:
        NotFound: no such file.
    """
    if name not in STATIC_TYPES:
        raise NotFound(f"there is no file /static/{name}")
    headers = {"content-security-policy": POLICY, "cache-control": "public, max-age=31536000, immutable"}
    return HttpReply(body=_static_file(name), content_type=STATIC_TYPES[name], headers=headers)


@cache
def _environment() -> Environment:
    # Deferred, because a server that nobody looks at never needs templates.
    from jinja2 import Environment, FunctionLoader, StrictUndefined

    environment = Environment(
        loader=FunctionLoader(_template),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_shown,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.filters.update(wording.FILTERS)
    environment.globals["static"] = _static_address
    return environment


def _shown(value: Any) -> Any:
    # Every text a template prints comes through here, so that none can forget it; markup of ours stays as it is.
    return wording.visible(value) if isinstance(value, str) and not hasattr(value, "__html__") else value


def _template(name: str) -> str:
    return files(__package__).joinpath("templates", name).read_text(encoding="utf-8")


@cache
def _static_file(name: str) -> bytes:
    return files(__package__).joinpath("static", name).read_bytes()


def _static_address(name: str) -> str:
    return f"/static/{name}?{short(digest_of_bytes(_static_file(name)))}"
