"""Foreign traces: spans from elsewhere find their Trace in the store.

Here: which Trace spans belong to, and who may add to it. Not here: reading them (``telemetry.foreign``).
"""

from __future__ import annotations

import asyncio

from gonogo.contracts import Caller, TraceStore
from gonogo.telemetry.foreign import ForeignSpan, by_trace, joined, new_trace


class ForeignTraces:
    """Spans are joined one call after another, so that two of them cannot lose each other's; with more than one process
    that adds to the same Trace at the same moment, one of them may.

    Args:
        content: whether texts of questions, answers and documents are kept.
    """

    def __init__(self, store: TraceStore, *, content: bool) -> None:
        self._store, self._content = store, content
        self._joining = asyncio.Lock()

    async def keep(self, spans: tuple[ForeignSpan, ...], caller: Caller) -> tuple[int, str]:
        """Add spans to the Trace of their trace id, or to the first one made inside that trace, or to a new one.

        Returns:
            How many could not be kept, and why the first of them.

        Raises:
            StoreBusy: the store cannot write.
        """
        lost, why = 0, ""
        async with self._joining:
            for trace_id, found in by_trace(spans).items():
                more, reason = await self._add(trace_id, found, caller)
                lost, why = lost + more, why or reason
        return lost, why

    async def _add(self, trace_id: str, spans: list[ForeignSpan], caller: Caller) -> tuple[int, str]:
        store = self._store
        known = await store.trace(trace_id) or await store.trace_called_by(trace_id, caller.tenant)
        if known is not None and known.tenant != caller.tenant:
            return len(spans), "this trace id is taken"
        if known is not None and not known.foreign and not caller.may_call(known.mission):
            return len(spans), "this key is not for the Mission of that trace"
        made = known or new_trace(spans, caller.tenant, caller.key_id)
        trace, lost = joined(made, spans, content=self._content)
        await store.add_traces([trace])
        return lost, "the trace has as many spans as are kept" if lost else ""
