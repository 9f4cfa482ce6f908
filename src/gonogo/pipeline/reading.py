"""Reading: how much of a request's words is read here at most, and where long ones are read.

Everything that reads them (guardrails, features for cache, search and routing) takes time in proportion to their
length, so a bound on the characters is one on the CPU. What nobody here reads has no bound but that of the body.

Here: the bound, and reading what is long on a thread of its own, so that other requests are answered meanwhile.
Not here: reading (``input_guardrails``), the size of bodies (``gateway``).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from gonogo.contracts import Components
from gonogo.domain import Request
from gonogo.errors import RequestTooLarge
from gonogo.pipeline.message_texts import texts_of
from gonogo.pipeline.trace_builder import TraceBuilder
from gonogo.pipeline.waiting import apart

APART_FROM = 20_000
"""Characters from which words are read on a thread: below, the thread would cost others more than the wait."""


def characters_read(request: Request, parts: Components) -> int:
    """How many characters of a request are read here."""
    if parts.input_guardrails:
        count = 0
        for message in request.messages:
            content = message.get("content")
            if len(message) == 2 and isinstance(content, str):  # by far the most frequent shape
                count += len(content)
            else:
                count += sum(map(len, texts_of(message)))
        return count + sum(map(len, texts_of(request.extra))) if request.extra else count
    reads_question = parts.index is not None or parts.cache is not None or parts.router is not None
    return len(request.question) if reads_question else 0


def check_length(request: Request, parts: Components) -> int:
    """The characters that are read, where they are no more than may be.

    Raises:
        RequestTooLarge: they are more. Nothing was read, and nothing is let through unread.
    """
    count = characters_read(request, parts)
    if count > parts.most_read:
        raise RequestTooLarge(
            f"this request has {count:,} characters that guardrails, search or cache would have to read, at most "
            f"{parts.most_read:,} are (server.max_read in the settings): send fewer",
            param="messages",
            code="text_too_long",
        )
    return count


async def on_a_thread(read: Callable[[], Request], trace: TraceBuilder) -> Request:
    """Read on a thread, whose CPU counts as the request's own; to its end, however often the caller is cancelled.

    Raises:
        Refusal: as ``read``.
    """

    def timed() -> Request:
        began = trace.clock.cpu()
        try:
            return read()
        finally:
            trace.others_used(began - trace.clock.cpu())

    task = asyncio.ensure_future(asyncio.to_thread(timed))
    cancelled: asyncio.CancelledError | None = None
    while not task.done():
        try:
            await apart(asyncio.shield(task), trace.clock.cpu, trace.others_used)
        except asyncio.CancelledError as error:
            cancelled = error
        except Exception:  # told below, with the result
            break
    if cancelled is not None:
        task.exception()  # asked for, so that nobody warns of it
        raise cancelled
    return task.result()
