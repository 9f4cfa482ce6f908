"""Trace page: one request as it ran.

Here: collecting, and telling missing, failed and not-applicable scores apart.
Not here: why an answer was bad (``evaluation.diagnose``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

from msgspec import Struct

from gonogo.console.drawing import Bar, bar_of
from gonogo.contracts import Caller, HttpRequest
from gonogo.domain import Annotation, Mission, RetrievedChunk, Score, Span, Trace
from gonogo.errors import NotFound

if TYPE_CHECKING:
    from gonogo.assembly import Workspace

ID_DIGITS: Final = 32
OF_RUNS: Final = frozenset({"pass_rate"})
"""Metrics a whole run has and a single Trace never."""


class Step(Struct, frozen=True, kw_only=True):
    """A Span with its bar; ``bar`` is ``None`` where no time was measured."""

    span: Span
    bar: Bar | None


class Passage(Struct, frozen=True, kw_only=True):
    """A chunk the model was given, and whether the answer cites its source."""

    hit: RetrievedChunk
    cited: bool


class Judgement(Struct, frozen=True, kw_only=True):
    """A metric's word on the answer. ``missing``: the gate asks for the metric, and the Trace has no Score."""

    metric: str
    state: Literal["value", "error", "not-applicable", "missing"]
    value: float | None = None
    passed: bool | None = None
    detail: str = ""


class TracePage(Struct, frozen=True, kw_only=True):
    """The page. ``unscored`` says why there are no scores at all, and is empty where there are some."""

    trace: Trace
    steps: tuple[Step, ...]
    passages: tuple[Passage, ...]
    judgements: tuple[Judgement, ...]
    unscored: str
    annotations: tuple[Annotation, ...]


def may_see(caller: Caller, trace: Trace) -> bool:
    """Whether a caller may read a Trace: its own tenant's, of a Mission that its key is for; or, without any key
    on this machine, everybody's."""
    return not caller.key_id or (trace.tenant == caller.tenant and caller.may_call(trace.mission))


async def gather_trace(workspace: Workspace, http: HttpRequest) -> TracePage:
    """Collect the page of one Trace.

    Raises:
        NotFound: there is none of this id, or it is another tenant's.
    """
    wanted = http.path_values["id"]
    found = await workspace.store.trace(wanted) if len(wanted) == ID_DIGITS else None
    if found is None or not may_see(http.caller, found):
        raise NotFound(f"there is no Trace {wanted}; `gonogo traces` lists the last ones")
    version = await workspace.store.version(found.mission, found.version)
    mission = None if version is None else version.mission
    return TracePage(
        trace=found,
        steps=tuple(Step(span=span, bar=bar_of(span, found)) for span in found.spans),
        passages=tuple(Passage(hit=hit, cited=hit.chunk.source in found.citations) for hit in found.chunks),
        judgements=judgements(found, mission),
        unscored=_unscored(found, mission),
        annotations=tuple(await workspace.store.annotations(found.id)),
    )


def judgements(trace: Trace, mission: Mission | None) -> tuple[Judgement, ...]:
    """Every Score of a Trace, then what the gate asks for and the Trace lacks; nothing for a Trace never scored."""
    if not trace.scores:
        return ()
    scored = {score.metric for score in trace.scores}
    asked = () if mission is None else tuple(mission.gate.require)
    missing = (Judgement(metric=name, state="missing") for name in asked if name not in scored | OF_RUNS)
    return (*map(_judgement, trace.scores), *missing)


def _judgement(score: Score) -> Judgement:
    return Judgement(
        metric=score.metric, state=score.state, value=score.value, passed=score.passed, detail=score.detail
    )


def _unscored(trace: Trace, mission: Mission | None) -> str:
    if trace.scores:
        return ""
    if trace.outcome not in ("answered", "cached"):
        return f"This request was {trace.outcome}, so there is no answer to judge."
    if mission is not None and mission.monitors.sample < 1:
        return f"This Trace was not judged: monitors.sample is {mission.monitors.sample:g} for this Version."
    return "This Trace was not judged."
