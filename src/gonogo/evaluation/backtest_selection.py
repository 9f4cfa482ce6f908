"""Backtest selection: which recorded questions a candidate is asked again.

Here: reading Traces page by page, those that cannot be asked again counted by why, a sample that the seed gives, whose
questions belong together. Not here: why a Trace cannot be asked (``recorded``), asking (``backtest``).

The sample keeps the Traces whose digest under the seed is smallest: every Trace has the same chance, and a selection an
hour later keeps most of them, so that what was answered already is not asked again.
"""

from __future__ import annotations

import hashlib
import heapq
import json
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Literal

from msgspec import Struct, structs

from gonogo.contracts import TraceStore
from gonogo.domain import Assertion, GoldenTask, Request, Trace, Version
from gonogo.errors import RequestInvalid
from gonogo.evaluation.recorded import earlier_turns, why_not_asked
from gonogo.pipeline import admit

AT_ONCE = 200
"""Traces read in one go: a Trace holds its chunks, so a page of them is a megabyte or more."""
AGAIN = "asked word for word by another one"
NOT_ADMITTED = "the candidate takes no such request"
METADATA = "the candidate reads metadata of the client, which is not kept"
ANSWERED = Assertion(kind="refuses", value=False)
"""What every recorded question expects: an answer that does not decline."""

ClusteredBy = Literal["user", "session", "question"]


class TraceChoice(Struct, frozen=True, kw_only=True):
    """Which Traces. ``since`` (inclusive) and ``until`` (exclusive) in seconds since 1970, ``None`` where open; of the
    newest ``limit`` of these at most ``sample`` are drawn. ``by``: whose questions belong together - those of one user
    (of one session without a user, else each alone), of one session, or none.

    There is no choice by outcome: what was picked because it went badly once goes better when it is asked again.
    """

    environment: str | None = "production"
    since: float | None = None
    until: float | None = None
    version: int | None = None
    session: str | None = None
    tenant: str | None = None
    model: str | None = None
    limit: int = 10_000
    sample: int = 300
    seed: int = 0
    by: ClusteredBy = "user"


class Selected(Struct, frozen=True, kw_only=True):
    """``traces`` to ask again, newest first, of ``looked_at``. ``left_out``: why others cannot be, with how many;
    ``not_drawn``: others that could."""

    traces: tuple[Trace, ...]
    looked_at: int
    left_out: dict[str, int]
    not_drawn: int

    def tasks(self, by: ClusteredBy) -> tuple[GoldenTask, ...]:
        """Each as a task; those of whoever asked several are a cluster. It is named by a number: a run must not keep
        who a user is."""
        known: dict[object, int] = {}
        numbers = [known.setdefault(_asker(trace, by), len(known)) for trace in self.traces]
        shared = {number for number, count in Counter(numbers).items() if count > 1}
        return tuple(
            structs.replace(task_of(trace), cluster=f"{by} {number}" if number in shared else "")
            for trace, number in zip(self.traces, numbers, strict=True)
        )


def task_of(trace: Trace) -> GoldenTask:
    """The question of a Trace as a task; its id is the Trace's."""
    return GoldenTask(
        id=trace.id,
        question=trace.question,
        expect=(ANSWERED,),
        turns=earlier_turns(trace),
        metadata=trace.metadata or {},
        tenant=trace.tenant,
    )


async def select(
    store: TraceStore, candidate: Version, choice: TraceChoice, why_not: Callable[[Trace], str] = why_not_asked
) -> Selected:
    """Draw the sample.

    Args:
        why_not: why a Trace cannot be asked again; empty where it can.
    """
    looked_at = 0
    left_out: Counter[str] = Counter()
    drawn, cached = _Drawn(choice), dict[bytes, str]()
    async for trace in _newest(store, candidate.mission.name, choice):
        looked_at += 1
        why, words = why_not(trace) or _not_admitted(trace, candidate), _words(trace)
        if not why and (words in drawn.known or (trace.cache and words in cached)):
            why = AGAIN
        if why:
            left_out[why] += 1
        elif trace.cache:
            # Unless the answer that it repeats is met, which tells what it took. Its id alone: there may be thousands.
            cached[words] = trace.id
        else:
            drawn.add(words, trace.id, trace)
    for words, trace_id in cached.items():
        if words in drawn.known:
            left_out[AGAIN] += 1
        else:
            drawn.add(words, trace_id)
    traces = await drawn.newest_first(store)
    return Selected(
        traces=traces,
        looked_at=looked_at,
        left_out=dict(left_out.most_common()),
        not_drawn=len(drawn.known) - len(traces),
    )


class _Drawn:
    """The sample so far: a heap, the one to go first on top."""

    def __init__(self, choice: TraceChoice) -> None:
        self._choice = choice
        self._heap: list[tuple[int, str]] = []
        self._held: dict[str, Trace] = {}
        self.known: set[bytes] = set()

    def add(self, words: bytes, trace_id: str, trace: Trace | None = None) -> None:
        self.known.add(words)
        if trace is not None:
            self._held[trace_id] = trace
        heapq.heappush(self._heap, (-_rank(trace_id, self._choice.seed), trace_id))
        if len(self._heap) > self._choice.sample:
            self._held.pop(heapq.heappop(self._heap)[1], None)

    async def newest_first(self, store: TraceStore) -> tuple[Trace, ...]:
        for _, trace_id in self._heap:
            if trace_id not in self._held and (found := await store.trace(trace_id)) is not None:
                self._held[trace_id] = found
        return tuple(sorted(self._held.values(), key=lambda trace: (trace.created_at, trace.id), reverse=True))


async def _newest(store: TraceStore, mission: str, choice: TraceChoice) -> AsyncIterator[Trace]:
    left = choice.limit
    before = None if choice.until is None else (choice.until, "")
    while left > 0:
        page = await store.traces(
            mission, version=choice.version, environment=choice.environment, session=choice.session,
            tenant=choice.tenant, since=choice.since, before=before, limit=AT_ONCE,
        )  # fmt: skip
        for trace in page:
            if choice.model is not None and choice.model not in {call.name for call in trace.calls}:
                continue
            if left == 0:
                return
            left -= 1
            yield trace
        if len(page) < AT_ONCE:
            return
        before = (page[-1].created_at, page[-1].id)


def _not_admitted(trace: Trace, candidate: Version) -> str:
    request = Request(id=trace.id, question=trace.question, messages=trace.messages, received_at=trace.created_at)
    try:
        admit(request, candidate)
    except RequestInvalid:
        return NOT_ADMITTED
    return ""


def _words(trace: Trace) -> bytes:
    said = json.dumps([trace.tenant, trace.messages, trace.metadata], sort_keys=True, default=str)
    return hashlib.sha256(said.encode("utf-8", "surrogatepass")).digest()


def _rank(trace_id: str, seed: int) -> int:
    return int.from_bytes(hashlib.sha256(f"{seed} {trace_id}".encode()).digest()[:8], "big")


def _asker(trace: Trace, by: ClusteredBy) -> object:
    if by == "user" and trace.user:
        return trace.tenant, "user", trace.user
    if by in ("user", "session") and trace.session:
        return trace.tenant, "session", trace.session
    return trace.id


def asker_of(task: GoldenTask) -> str:
    """The cluster of a task; itself where it stands alone."""
    return task.cluster or task.id


def askers(tasks: Sequence[GoldenTask]) -> int:
    """How many asked, as far as it is known."""
    return len({asker_of(task) for task in tasks})
