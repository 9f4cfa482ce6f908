"""Paying: models that long work of a server asks, paid for by the key that started it.

Every call of a model, of a judge's too, is held to the limits and budgets of that key, its tenant, the Mission and all
together: reserved before it, settled after it however it ends, and kept as a Trace without words. These Traces stand
under ``evaluation/MISSION`` and in no Environment: costs add them up, and no rate, monitor or cache reads them.

Here: one call. Not here: whose limits hold (``allowances``), what a run does without money (``evaluation.funds``).
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from gonogo.assembly.allowances import Grant
from gonogo.assembly.serving import Served, Serving
from gonogo.clock import Clock, new_id
from gonogo.contracts import AnswerJudge, Caller, Components, Provider
from gonogo.domain import EVALUATIONS, Delta, ModelCall, ModelRequest, Price, Trace, Version
from gonogo.errors import LimitReached, ProviderFailed
from gonogo.evaluation import EvaluationTools, RunOptions, still_to_run
from gonogo.evaluation.funds import NO_MONEY, Funds
from gonogo.evaluation.here import request_of
from gonogo.evaluation.judging import Judging
from gonogo.pipeline.model_call import Seen, estimated_usage

if TYPE_CHECKING:
    from gonogo.assembly.workspace import Workspace

TOO_MANY = 429


class Payer:
    """Who pays for one piece of long work.

    Args:
        serving: holds limits and budgets, and keeps Traces.
        caller: whose they are.
        patience: seconds that a call waits where a limit holds; 0 where whoever asks waits by itself, as a run of
            golden tasks does.
    """

    def __init__(self, workspace: Workspace, serving: Serving, caller: Caller, *, patience: float = 0.0) -> None:
        self._workspace, self._serving, self._caller = workspace, serving, caller
        self._patience = patience
        self.funds = Funds()

    async def check(self, candidate: Version, live: Version | None, options: RunOptions) -> None:
        """Whether a first task could be paid for, where one is still to run.

        Raises:
            BudgetSpent, NotPriced, LimitReached: it may not run now.
        """
        sides = (candidate,) if live is None else (candidate, live)
        for answering in sides:
            for task, _, _ in (await still_to_run(answering, candidate, self._workspace.evaluation_tools, options))[:1]:
                parts = await self._workspace.components(answering)
                request = request_of(task, self._workspace.clock)
                served = Served(version=answering, components=parts, environment="", counts=False)
                (await self._serving.admit(self._caller, request, served)).release()

    def tools(self) -> EvaluationTools:
        """What ``evaluate`` needs, with every model and judge paid for."""

        async def components(version: Version) -> Components:
            return self.parts(await self._workspace.components(version), version)

        async def judging(version: Version) -> Judging | None:
            found = await self._workspace.evaluation_tools.judging(version)
            if found is None:
                return None
            return replace(found, judges={name: self.judge(one, version) for name, one in found.judges.items()})

        return replace(self._workspace.evaluation_tools, components=components, judging=judging)

    def parts(self, parts: Components, version: Version) -> Components:
        """Components of a Version with every model paid for."""
        models = version.mission.models
        paid: Mapping[str, Provider] = {
            name: PaidProvider(provider, payer=self, version=version, kind=models[name].provider)
            for name, provider in parts.providers.items()
        }
        return replace(parts, providers=paid)

    def judge(self, judge: AnswerJudge, version: Version) -> AnswerJudge:
        """A judge of a Version with its model paid for."""
        return judge.over(partial(PaidProvider, payer=self, version=version, kind=judge.spec.provider))

    @property
    def clock(self) -> Clock:
        """That of the server."""
        return self._workspace.clock

    def price(self, provider: str, model: str) -> Price | None:
        """Of a model's tokens."""
        return self._workspace.installed.prices.price(provider, model)

    async def reserve(self, request: ModelRequest, mission: str, provider: str) -> Grant:
        """What a call may take.

        Raises:
            BudgetSpent, NotPriced: there is no money for it.
            ProviderFailed: a limit holds for now, told as an upstream would tell its own: whoever asks waits.
        """
        until = self.clock.monotonic() + self._patience
        try:
            grant = await self._admitted(request, mission, provider, until)
        except LimitReached as error:
            raise ProviderFailed(
                str(error), provider=provider, upstream_status=TOO_MANY, retryable=error.retry_after is not None,
                retry_after=error.retry_after,
            ) from error  # fmt: skip
        except NO_MONEY as error:
            self.funds.spent = error
            raise
        self.funds.calls += 1
        return grant

    async def _admitted(self, request: ModelRequest, mission: str, provider: str, until: float) -> Grant:
        if self._serving.allowances is None:
            raise RuntimeError("a server that starts long work holds allowances")
        price = self.price(provider, request.model)
        while True:
            try:
                return await self._serving.allowances.admit_call(self._caller, request, mission, price)
            except LimitReached as error:
                if error.retry_after is None or self.clock.monotonic() + error.retry_after > until:
                    raise
                await asyncio.sleep(error.retry_after)

    async def book(self, grant: Grant, call: ModelCall, version: Version) -> None:
        """What a call took in the end."""
        trace = Trace(
            id=new_id(self.clock.now()),
            created_at=self.clock.now(),
            mission=f"{EVALUATIONS}{version.mission.name}",
            version=version.number,
            behaviour_digest=version.behaviour_digest,
            environment="",
            question="",
            answer="",
            outcome="failed" if call.error else "answered",
            tenant=self._caller.tenant,
            key_id=self._caller.key_id,
            calls=(call,),
            usage=call.usage,
            cost=call.cost,
            wall=call.wall,
        )
        grant.settle(trace)
        if not self._serving.record_now(trace):
            # The record comes to its end however often the run is cancelled meanwhile.
            await asyncio.shield(asyncio.ensure_future(self._serving.record(trace)))


class PaidProvider:
    """A Provider whose calls somebody pays for. ``version`` is what it answers or judges for, ``kind`` the provider's
    name in the settings, which prices are known by."""

    def __init__(self, provider: Provider, *, payer: Payer, version: Version, kind: str) -> None:
        self._provider, self._payer, self._version, self._kind = provider, payer, version, kind

    @property
    def name(self) -> str:
        return self._provider.name

    async def generate(self, request: ModelRequest) -> AsyncGenerator[Delta, None]:
        """As the provider.

        Raises:
            BudgetSpent, NotPriced: there is no money for it.
            ProviderFailed: as the provider, or because a limit holds.
        """
        grant = await self._payer.reserve(request, self._version.mission.name, self._kind)
        seen, began = Seen(), self._payer.clock.monotonic()
        failure: BaseException | None = None
        stream = self._provider.generate(request)
        try:
            async for delta in stream:
                seen.note(delta)
                yield delta
        except BaseException as error:  # raised on: only the bill wants to know
            failure = error
            raise
        finally:
            try:
                close = getattr(stream, "aclose", None)
                if close is not None:
                    await close()
            finally:
                wall = self._payer.clock.monotonic() - began
                await self._payer.book(grant, self._call(request, seen, failure, wall), self._version)

    async def close(self) -> None:
        """Whoever made the provider closes it."""

    def _call(self, request: ModelRequest, seen: Seen, failure: BaseException | None, wall: float) -> ModelCall:
        usage = seen.usage or estimated_usage(request, seen.characters, failure)
        price = self._payer.price(self._kind, request.model)
        cost = None if price is None else price.of(usage)
        return ModelCall(
            name=request.model,
            provider=self._kind,
            model=request.model,
            usage=usage,
            cost=cost if usage.calls else 0.0,
            returned_model=seen.model,
            fingerprint=seen.fingerprint,
            # The kind alone: a message of an upstream may repeat what it was sent.
            error=None if failure is None else type(failure).__name__,
            wall=wall,
        )
