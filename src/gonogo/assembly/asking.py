"""Asking: one question through the whole pipeline, from a command or a script instead of a client.

Here: making the request. Not here: answering it (``pipeline``).
"""

from __future__ import annotations

from gonogo.clock import Clock, new_id
from gonogo.contracts import Components, TraceStore
from gonogo.domain import Json, Request, Trace, Version
from gonogo.pipeline import Reply, admit, answer
from gonogo.telemetry import CALLER_TRACE


async def ask(
    version: Version,
    parts: Components,
    question: str,
    clock: Clock,
    *,
    kept_in: TraceStore | None = None,
    environment: str = "",
    metadata: Json | None = None,
) -> Reply:
    """Answer it.

    Args:
        kept_in: the store for its Trace; ``None`` keeps nothing.
        environment: as whose traffic; with it and a store, the cache is used.
        metadata: for routing rules.
    """
    now = clock.now()
    request = Request(
        id=new_id(now),
        question=question,
        messages=({"role": "user", "content": question},),
        received_at=now,
        environment=environment,
        metadata=metadata or {},
        use_cache=kept_in is not None and bool(environment),
        parent=CALLER_TRACE.get(),
    )

    async def record(trace: Trace) -> None:
        assert kept_in is not None  # noqa: S101 - else it is not called
        await kept_in.add_traces([trace])

    return await answer(admit(request, version).request, version, parts, record if kept_in is not None else None)
