"""Folders: what is asked of an edited Mission folder that is sent as a tar and of which nothing is stored.

Here: joining upload and verb, each as long work. Not here: the verbs (``assembly.folders``), building (``builds``).
Python files of a folder never run on a server: a folder whose golden tasks need them is refused as a build is.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from pathlib import Path
from typing import Annotated, Any, TypeVar

from msgspec import Meta, Struct

from gonogo.assembly.knowledge_quality import Tuned
from gonogo.assembly.operations import Reading, Report
from gonogo.assembly.plans import EvaluationPlan
from gonogo.assembly.routing_threshold import ThresholdChoice
from gonogo.assembly.search_quality import Found
from gonogo.assembly.serving import DEFAULT_ENVIRONMENT
from gonogo.building import load_mission
from gonogo.domain import GoldenTask
from gonogo.domain.sensitivity import PROMPT_EDITS, QUESTION_EDITS, Sensitivity
from gonogo.errors import RequestInvalid
from gonogo.evaluation import RunOptions
from gonogo.evaluation.sensitivity import SensitivityOptions
from gonogo.gateway.api.endpoint import Call, Endpoint, NoQuery
from gonogo.gateway.api.operations import OperationPage, begin, payer_of
from gonogo.gateway.api.proofs import Concurrency, EnvironmentName, Repeats, Seed
from gonogo.gateway.api.upload import unpacked
from gonogo.retrieval import WeightChoice

T = TypeVar("T")
Kinds = Annotated[str, Meta(pattern="^[a-z, ]{0,200}$")]


class PlanQuery(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """As the body of ``POST /api/plans``."""

    environment: EnvironmentName = DEFAULT_ENVIRONMENT
    concurrency: Concurrency | None = None
    repeats: Repeats = 1
    fresh: bool = False


class SensitivityQuery(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``budget``: the most answers that are made. ``prompt`` and ``questions``: kinds of edits, with commas; all if
    left out, or `none`."""

    budget: Annotated[int, Meta(ge=50, le=100_000)] = 2_000
    prompt: Kinds | None = None
    questions: Kinds | None = None
    seed: Seed = 0
    concurrency: Concurrency = 8


class DraftQuery(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How many drafts at most."""

    limit: Annotated[int, Meta(ge=1, le=10_000)] = 50


class SearchQuery(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Chunks that are looked at."""

    k: Annotated[int, Meta(ge=1, le=100)] = 10


class Drafts(Struct, frozen=True, kw_only=True):
    """Drafts of golden tasks: they never gate."""

    items: tuple[GoldenTask, ...]


async def _plan(call: Call[PlanQuery, bytes]) -> OperationPage | AsyncIterator[bytes]:
    asked = call.query
    options = RunOptions(concurrency=asked.concurrency, repeats=asked.repeats, fresh=asked.fresh)
    return await started(
        call,
        lambda folder, _: call.workspace.folders.plan(folder, environment=asked.environment, options=options),
    )


async def _sensitivity(call: Call[SensitivityQuery, bytes]) -> OperationPage | AsyncIterator[bytes]:
    asked = call.query
    prompt = tuple(_chosen("prompt", asked.prompt, PROMPT_EDITS))
    questions = tuple(_chosen("questions", asked.questions, QUESTION_EDITS))
    if not prompt and not questions:
        raise RequestInvalid("no kind of edit is left: name some in prompt or in questions", param="prompt")

    def measured(folder: Path, report: Report) -> Awaitable[Sensitivity]:
        def show(made: int, most: int) -> None:
            report(Reading(label="asking", done=made, total=most))

        options = SensitivityOptions(
            budget=asked.budget, prompt=prompt, questions=questions, seed=asked.seed, concurrency=asked.concurrency,
            progress=show,
        )  # fmt: skip
        return call.workspace.folders.sensitivity(folder, options, payer=payer_of(call))

    return await started(call, measured)


async def _weigh(call: Call[NoQuery, bytes]) -> OperationPage | AsyncIterator[bytes]:
    return await started(call, lambda folder, _: call.workspace.folders.weigh(folder))


async def _route(call: Call[NoQuery, bytes]) -> OperationPage | AsyncIterator[bytes]:
    return await started(call, lambda folder, _: call.workspace.folders.choose_threshold(folder, payer=payer_of(call)))


async def _search(call: Call[SearchQuery, bytes]) -> OperationPage | AsyncIterator[bytes]:
    return await started(call, lambda folder, _: call.workspace.search_quality.evaluate(folder, k=call.query.k))


async def _tune(call: Call[NoQuery, bytes]) -> OperationPage | AsyncIterator[bytes]:
    return await started(call, lambda folder, _: call.workspace.search_quality.tune(folder))


async def _draft(call: Call[DraftQuery, bytes]) -> OperationPage | AsyncIterator[bytes]:
    async def drafted(folder: Path, _: Report) -> Drafts:
        return Drafts(items=tuple(await call.workspace.folders.draft_golden(folder, call.query.limit)))

    return await started(call, drafted)


async def started(
    call: Call[Any, bytes], verb: Callable[[Path, Report], Awaitable[T]]
) -> OperationPage | AsyncIterator[bytes]:
    """Begin what is asked of the folder that was sent."""

    async def work(report: Report) -> T:
        workspace = call.workspace
        async with unpacked(call.body, workspace.settings.home, workspace.clock.now()) as folder:
            # The Mission's name stands inside: it is looked at before anything is asked.
            loaded = await asyncio.to_thread(load_mission, folder, await workspace.toolbox())
            call.for_mission(loaded.mission.name)
            return await verb(folder, report)

    return await begin(call, "folder", work)


def _chosen(param: str, given: str | None, known: tuple[T, ...]) -> Iterable[T]:
    if given is None:
        return known
    if given == "none":
        return ()
    named = [one.strip() for one in given.split(",") if one.strip()]
    for one in named:
        if one not in known:
            raise RequestInvalid(f"{one!r} is none of {', '.join(map(str, known))}", param=param)
    return [kind for kind in known if kind in named]


def _row(verb: str, name: str, summary: str, handler: Any, result: Any, query: Any = NoQuery) -> Endpoint[Any, Any]:
    return Endpoint(
        method="POST", path=f"/api/folders/{verb}", name=name, summary=summary, action="evaluate", handler=handler,
        query=query, body=bytes, reply=OperationPage, status=202, streams=True, result=result,
    )  # fmt: skip


FOLDERS: tuple[Endpoint[Any, Any], ...] = (
    _row("plan", "planFolder", "What evaluating the folder would show, cost and take.", _plan, EvaluationPlan,
         PlanQuery),
    _row("sensitivity", "sensitivity", "Which words of the system prompt carry the behaviour.", _sensitivity,
         Sensitivity, SensitivityQuery),
    _row("weights", "weigh", "How much vectors should count beside BM25, on the golden tasks.", _weigh, WeightChoice),
    _row("thresholds", "chooseThreshold", "How many questions the simple model may take, on both models.", _route,
         ThresholdChoice),
    _row("searches", "evaluateSearch", "How well the pages are found that golden tasks cite.", _search, Found,
         SearchQuery),
    _row("tunings", "tuneSearch", "Better settings of the search, if any are proven.", _tune, Tuned),
    _row("drafts", "draftGolden", "Drafts of golden tasks from the documents.", _draft, Drafts, DraftQuery),
)  # fmt: skip
