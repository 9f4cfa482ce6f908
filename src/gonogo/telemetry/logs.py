"""Logs: what the server writes about itself, without secrets and without what people said.

Here: scrubbing, the two formats, installing both for a while. Not here: what is logged, and when.

Scrubbing happens where a record becomes text, so that messages, arguments and tracebacks of every library pass it. The
text of an exception is left out: an upstream's or a parser's may repeat a prompt; its type and stack are kept.
"""

from __future__ import annotations

import json
import logging
import re
import traceback
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Literal, TextIO
from urllib.parse import quote

HIDDEN = "[hidden]"
SHORTEST = 6
"""Characters: to hide shorter ones would hide words."""
_SHAPES = re.compile(
    r"(?P<kept>\bgng_[0-9a-f]{1,32}_|\b(?:bearer|basic)\s+|\b(?:x-api-key|api[_-]?key|authorization|token|password)"
    r"[\"']?\s*[:=]\s*[\"']?(?:bearer\s+|basic\s+)?)[^\s\"',;&]+"
    r"|\bsk-[A-Za-z0-9_-]{8,}|\bgng_[A-Za-z0-9_-]+",
    re.IGNORECASE,
)
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f\x85\u2028\u2029]")


class Scrubber:
    """Hides known secrets in every form a log may write them, and whatever is shaped like one.

    Args:
        secrets: values as they are; short ones are left alone.
    """

    def __init__(self, secrets: Iterable[str]) -> None:
        forms = {form for secret in secrets if len(secret) >= SHORTEST for form in _forms(secret)}
        # The longest first: one secret may be the beginning of another.
        known = "|".join(re.escape(form) for form in sorted(forms, key=len, reverse=True))
        self._known = re.compile(known) if known else None

    def __call__(self, text: str) -> str:
        """The text without secrets."""
        if self._known is not None:
            text = self._known.sub(HIDDEN, text)
        return _SHAPES.sub(lambda found: (found["kept"] or "") + HIDDEN, text)


class TextLines(logging.Formatter):
    """``time LEVEL logger: message``, then the stack. A message is one line, whatever was put into it."""

    def __init__(self, scrub: Scrubber) -> None:
        super().__init__()
        self._scrub = scrub

    def format(self, record: logging.LogRecord) -> str:
        """One record, scrubbed."""
        message = _CONTROL.sub(lambda found: repr(found[0])[1:-1], self._scrub(record.getMessage()))
        stack = self._scrub(stack_of(record))
        line = f"{_moment(record)} {record.levelname} {record.name}: {message}"
        return f"{line}\n{stack}" if stack else line


class JsonLines(logging.Formatter):
    """One JSON object a line: ``time``, ``level``, ``logger``, ``message``, and ``stack`` if something was raised."""

    def __init__(self, scrub: Scrubber) -> None:
        super().__init__()
        self._scrub = scrub

    def format(self, record: logging.LogRecord) -> str:
        """One record, scrubbed before it is escaped."""
        told = {
            "time": _moment(record),
            "level": record.levelname,
            "logger": record.name,
            "message": self._scrub(record.getMessage()),
        }
        if stack := self._scrub(stack_of(record)):
            told["stack"] = stack
        return json.dumps(told)


def stack_of(record: logging.LogRecord) -> str:
    """Types and stacks of what was raised, the first cause first, without their texts."""
    error = record.exc_info[1] if record.exc_info else None
    told: list[str] = []
    while error is not None and len(told) < 10:
        stack = "".join(traceback.format_tb(error.__traceback__))
        told.insert(0, f"{stack}{type(error).__module__}.{type(error).__qualname__}")
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return "\n".join(told)


@contextmanager
def scrubbed_logs(
    secrets: Iterable[str], *, form: Literal["text", "json"], stream: TextIO | None = None
) -> Iterator[None]:
    """While it lasts, warnings and errors of everything in this process go to ``stream`` (standard error), scrubbed."""
    scrub, root = Scrubber(secrets), logging.getLogger()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonLines(scrub) if form == "json" else TextLines(scrub))
    handler.setLevel(logging.WARNING)
    root.addHandler(handler)
    try:
        yield
    finally:
        root.removeHandler(handler)


def _forms(secret: str) -> Iterator[str]:
    yield secret
    yield quote(secret, safe="")
    yield json.dumps(secret)[1:-1]
    yield repr(secret)[1:-1]
    yield repr(secret.encode("utf-8", "surrogatepass"))[2:-1]


def _moment(record: logging.LogRecord) -> str:
    return datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
