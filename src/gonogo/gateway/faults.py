"""Faults: any error as OpenAI's error body, saying whose fault it was.

Here: status, type, code and the words. Not here: raising them.
"""

from __future__ import annotations

import logging

import msgspec

from gonogo.contracts import HttpReply
from gonogo.domain import Json
from gonogo.errors import (
    CircuitOpen,
    FieldNotCarried,
    GonogoError,
    KeyRefused,
    NotAllowed,
    NotFound,
    ProviderFailed,
    RequestInvalid,
    Unreachable,
)

log = logging.getLogger("gonogo.gateway")
_ABOUT_THE_REQUEST = frozenset({400, 413, 422, 429})
"""What an upstream says of the request itself stays what it is; all its other faults are a bad gateway."""


def status_of(error: Exception) -> int:
    """HTTP status of an error."""
    if isinstance(error, ProviderFailed) and error.upstream_status in _ABOUT_THE_REQUEST:
        return error.upstream_status
    return error.status if isinstance(error, GonogoError) else 500


def told(error: Exception) -> Json:
    """What every wire format tells of an error: message, type, param, code, ``blame`` (client, gateway, upstream)."""
    known = isinstance(error, GonogoError)
    return {
        "message": str(error) if known else "gonogo failed while answering; its log holds the details",
        "type": _type(error),
        "param": getattr(error, "param", None),
        "code": getattr(error, "code", None) or _code(error),
        "blame": _blame(error),
    }


def error_body(error: Exception) -> bytes:
    """OpenAI's ``{"error": {message, type, param, code, blame}}``."""
    return msgspec.json.encode({"error": told(error)})


def error_reply(error: Exception) -> HttpReply:
    """The whole reply; an error that is our bug is logged with its traceback, never shown."""
    log_if_ours(error)
    headers = dict(getattr(error, "headers", {}))
    retry_after = getattr(error, "retry_after", None)
    if retry_after is not None:
        headers["retry-after"] = str(max(1, round(retry_after)))
    if isinstance(error, KeyRefused):
        headers["www-authenticate"] = "Bearer"
    if isinstance(error, Unreachable) and not isinstance(error, CircuitOpen):
        # The pipeline has tried again already; OpenAI's SDKs would multiply that without being told.
        headers["x-should-retry"] = "false"
    return HttpReply(status=status_of(error), body=error_body(error), headers=headers)


def error_event(body: bytes) -> bytes:
    """An error in the middle of a stream of events; no ``[DONE]`` follows it."""
    return b"data: " + body + b"\n\n"


def log_if_ours(error: Exception) -> None:
    """Keep the traceback of a bug."""
    if not isinstance(error, GonogoError):
        log.error("unexpected error while answering", exc_info=error)


def _type(error: Exception) -> str:
    if isinstance(error, KeyRefused):
        return "authentication_error"
    if isinstance(error, NotAllowed):
        return "permission_error"
    if isinstance(error, NotFound | RequestInvalid | FieldNotCarried):
        return "invalid_request_error"
    if isinstance(error, Unreachable):
        return "upstream_error"
    status = status_of(error)
    if status == 429:
        return "rate_limit_error"
    return "invalid_request_error" if status < 500 else "server_error"


def _code(error: Exception) -> str | None:
    if isinstance(error, NotFound):
        return "model_not_found"
    return "invalid_api_key" if isinstance(error, KeyRefused) else None


def _blame(error: Exception) -> str:
    if isinstance(error, Unreachable) and not isinstance(error, FieldNotCarried):
        return "upstream"
    return "client" if status_of(error) < 500 else "gateway"
