"""Here: golden tasks answered and judged in this process.

Here: one attempt, from the pipeline to what judges say. Not here: which attempt starts when (``crew``), a run and its
results (``runner``), other places (``assembly``).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from msgspec import structs

from gonogo.clock import Clock, new_id
from gonogo.contracts import Assertions, Components, Felt, Took
from gonogo.domain import GoldenTask, Json, Request, TaskResult, Trace, Version
from gonogo.errors import GonogoError
from gonogo.evaluation.conversation import Ask, converse
from gonogo.evaluation.funds import NO_MONEY
from gonogo.evaluation.judge import not_run
from gonogo.evaluation.judging import Judging, took_judges
from gonogo.evaluation.pace import UpstreamLimits, Watched, paced
from gonogo.pipeline import RecordTrace, Reply, answer


@dataclass(frozen=True, slots=True)
class Here:
    """The contract ``Place``.

    Args:
        judging: the judges that are asked about every answer, right after it was given; ``None``: none.
    """

    version: Version
    parts: Components
    assertions: Assertions
    judging: Judging | None = None

    async def attempt(
        self, task: GoldenTask, repeat: int, order: int, known: TaskResult | None, took: list[Took]
    ) -> TaskResult:
        """As the contract says."""
        traces: list[Trace] = []
        try:
            if known is None:
                result = await self._answer(task, repeat, order, traces)
            else:
                result = structs.replace(known, order=order)
        finally:
            took += [Took(usage=trace.usage, cost=trace.cost) for trace in traces]
        if self.judging is None:
            return result
        judged = await self.judging.complete(task, result, traces)
        # What judges took counts against the cap beside what the answer took.
        took.append(took_judges(judged))
        return judged

    async def _answer(self, task: GoldenTask, repeat: int, order: int, traces: list[Trace]) -> TaskResult:
        async def keep(trace: Trace) -> None:
            traces.append(trace)

        ask = asking(task, self.version, self.parts, keep)
        try:
            return await converse(task, ask, self.assertions, repeat=repeat, order=order)
        except (UpstreamLimits, *NO_MONEY):
            raise
        except GonogoError as error:
            return not_run(task, str(error), repeat=repeat, order=order)
        except Exception as error:  # a component that chokes on one task is a counted error, not the end of the run
            return not_run(task, f"{type(error).__name__}: {error}", repeat=repeat, order=order)


def here(version: Version, parts: Components, assertions: Assertions, judging: Judging | None, felt: Felt) -> Here:
    """This process, where every call of a model, also of one behind a judge, is told to ``felt``."""
    if judging is not None:
        judging = judging.over(lambda provider: Watched(provider, felt, parts.clock))
    parts = replace(parts, providers=paced(parts.providers, felt, parts.clock))
    return Here(_fully_scored(version), parts, assertions, judging)


def _fully_scored(version: Version) -> Version:
    """``monitors.sample`` thins out the scores of live traffic; golden tasks all get theirs."""
    mission = version.mission
    monitors = structs.replace(mission.monitors, sample=1.0)
    return structs.replace(version, mission=structs.replace(mission, monitors=monitors))


def asking(task: GoldenTask, version: Version, parts: Components, keep: RecordTrace | None = None) -> Ask:
    """How a Version is asked the questions of a task; ``keep`` is told each Trace."""

    async def ask(question: str, messages: tuple[Json, ...]) -> Reply:
        request = structs.replace(request_of(task, parts.clock), question=question, messages=messages)
        return await answer(request, version, parts, keep)

    return ask


def request_of(task: GoldenTask, clock: Clock) -> Request:
    """The task as a Request; never answered from the cache."""
    now = clock.now()
    return Request(
        id=new_id(now),
        question=task.question,
        messages=(*task.turns, {"role": "user", "content": task.question}),
        received_at=now,
        metadata=task.metadata,
        tenant=task.tenant,
        environment="evaluation",
        # The same for every attempt, so that candidate and live are asked alike, and recorded answers fit.
        nonce=f"{task.id} {task.question}",
        use_cache=False,
    )
