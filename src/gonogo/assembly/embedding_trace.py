"""The Trace of an embeddings request: tokens, cost and time, and nothing of its words.

No Mission answers it, so no guardrail has redacted it: neither texts nor user are kept. It stands under
``embedder/NAME``, which no Mission can be called, in no Environment, and so enters no rate of any.
Here: the Trace. Not here: making vectors (``embedding``), who pays (``allowances``).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from gonogo.assembly.embedding import NamedEmbedders, Reading
from gonogo.clock import Clock, new_id
from gonogo.contracts import Caller
from gonogo.domain import ModelCall, Trace, total_usage
from gonogo.domain.usage import Usage

MISSION = "embedder/"
"""Before the embedder's name."""


def begin(
    name: str, caller: Caller, embedders: NamedEmbedders, clock: Clock, parent: str
) -> tuple[str, Reading, Callable[[BaseException | None], Trace]]:
    """Start the clock of a request.

    Returns:
        The Trace's id, what is told while texts are read, and how to finish it: with what went wrong, or ``None``.

    Raises:
        NotFound: no embedder is called that here.
    """
    provider, price = embedders.known(name)
    reading, began, now = Reading(), clock.monotonic(), clock.now()
    trace_id = new_id(now)

    def finish(error: BaseException | None) -> Trace:
        wall = clock.monotonic() - began
        usage = Usage(input=reading.tokens, estimated=provider != "builtin")
        call = ModelCall(
            name="embed",
            provider=provider,
            model=name,
            usage=usage,
            cost=None if price is None else price.of(usage),
            error=None if error is None else type(error).__name__,
            wall=wall,
        )
        return Trace(
            id=trace_id,
            created_at=now,
            mission=f"{MISSION}{name}",
            version=0,
            behaviour_digest="",
            environment="",
            question="",
            answer="",
            outcome=_outcome(error),
            tenant=caller.tenant,
            key_id=caller.key_id,
            calls=(call,) if reading.started else (),
            usage=usage if reading.started else total_usage(()),
            cost=call.cost if reading.started else 0.0,
            wall=wall,
            cpu=reading.cpu,
            # The type alone: an embedder's message may repeat what it was sent.
            error=call.error,
            parent=parent,
        )

    return trace_id, reading, finish


def _outcome(error: BaseException | None) -> Literal["answered", "failed", "aborted"]:
    if error is None:
        return "answered"
    return "failed" if isinstance(error, Exception) else "aborted"
