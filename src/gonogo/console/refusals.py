"""Refusals: why there is no page, as a page: a name of nothing, a key that is missing, a store that does not answer.

Here: the words for each. Not here: the errors, which say what they are about themselves.
"""

from __future__ import annotations

import logging

from msgspec import Struct, structs

from gonogo.console.pages import rendered
from gonogo.contracts import HttpReply
from gonogo.errors import GonogoError, KeyRefused, NotAllowed, NotFound

log = logging.getLogger("gonogo.console")

A_KEY = (
    "Reload this page and give the key (gng_...) as the password, with any name. An admin makes one with "
    "`gonogo keys create --role viewer`."
)
ASKS_FOR_A_KEY = {"www-authenticate": 'Basic realm="gonogo: the key is the password", charset="UTF-8"'}
STORE = (
    "This page reads from the store, so it has nothing to show. Versions that are live already are answered from "
    "memory meanwhile. Reload this page when the store is back."
)


class Refusal(Struct, frozen=True, kw_only=True):
    """Why a page cannot be shown, and what to do."""

    title: str
    message: str
    hint: str
    ours: bool = False


def page_error(error: Exception) -> HttpReply:
    """The page of a failure; one that is our bug is logged with its traceback, never shown."""
    if isinstance(error, KeyRefused):
        reply = rendered("refusal.html", Refusal(title="A key is needed", message=str(error), hint=A_KEY), status=401)
        return structs.replace(reply, headers={**reply.headers, **ASKS_FOR_A_KEY})
    if isinstance(error, NotFound):
        hint = "The address names nothing that is here, or nothing that this key may see."
        return rendered("refusal.html", Refusal(title="Not found", message=str(error), hint=hint), status=404)
    if isinstance(error, NotAllowed):
        hint = "Another key may: close the browser, so that it forgets this one."
        return rendered("refusal.html", Refusal(title="Not allowed", message=str(error), hint=hint), status=403)
    if isinstance(error, GonogoError):
        # The address is all a reader gives, and a wrong one is NotFound: whatever else fails, the store did.
        status = error.status if error.status >= 500 else 503
        title = "The store does not answer"
        return rendered("refusal.html", Refusal(title=title, message=str(error), hint=STORE, ours=True), status=status)
    log.error("unexpected error while making a page", exc_info=error)
    said = Refusal(title="Something went wrong", message="This is our bug.", hint="The log has the details.", ours=True)
    return rendered("refusal.html", said, status=500)
