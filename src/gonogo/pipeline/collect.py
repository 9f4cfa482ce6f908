"""Collect: a stream of Deltas as one reply, for JSON answers, evaluation and Python callers.

Here: the joined reply. Not here: its wire form (``gateway``).
"""

from __future__ import annotations

from msgspec import Struct

from gonogo.contracts import Components
from gonogo.domain import Delta, Request, Trace, Version
from gonogo.pipeline.respond import RecordTrace, respond


class Reply(Struct, frozen=True, kw_only=True):
    """A complete answer: its Deltas in order and the Trace they left."""

    deltas: tuple[Delta, ...]
    trace: Trace

    @property
    def text(self) -> str:
        """What the first choice says."""
        return self.trace.answer


async def answer(request: Request, version: Version, parts: Components, record: RecordTrace | None = None) -> Reply:
    """Run a request to its end.

    Args:
        record: where the Trace goes besides into the Reply; ``None`` keeps it in memory only.

    Raises:
        GonogoError: what a step raised.
    """
    kept: list[Trace] = []

    async def keep(trace: Trace) -> None:
        kept.append(trace)
        recording = None if record is None else record(trace)
        if recording is not None:
            await recording

    deltas = [delta async for delta in respond(request, version, parts, keep)]
    return Reply(deltas=tuple(deltas), trace=kept[0])
