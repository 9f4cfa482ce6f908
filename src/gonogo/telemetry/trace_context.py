"""Trace context: the caller's trace and span, as W3C Trace Context hands them on.

Here: reading ``traceparent`` (www.w3.org/TR/trace-context, version 00), and where it stands while a request runs.
Not here: our own ids (``clock``).
"""

from __future__ import annotations

import re
from contextvars import ContextVar

# A later version may add fields behind the four; version ff is forbidden, and ids of zeros name nothing.
_TRACEPARENT = re.compile(r"(?!ff)([0-9a-f]{2})-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(-.*)?")

CALLER_TRACE: ContextVar[str] = ContextVar("gonogo_caller_trace", default="")
"""``TRACE-SPAN`` of whoever called, empty where nobody said; set for each request."""


def caller_trace(traceparent: str) -> str:
    """``TRACE-SPAN`` of a ``traceparent`` header, empty where it is missing or malformed: the standard says to go on
    without it."""
    if not traceparent:
        return ""
    read = _TRACEPARENT.fullmatch(traceparent.strip())
    if read is None or (read[1] == "00" and read[5]):
        return ""
    return f"{read[2]}-{read[3]}"
