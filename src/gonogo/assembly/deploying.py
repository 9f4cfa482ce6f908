"""Deploying: what serves in each Environment: changed, listed, remembered.

Here: joining the store, the Verdicts and what this process serves. Not here: the rules (``deployments``), answering
(``serving``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gonogo.assembly.serving import DEFAULT_ENVIRONMENT
from gonogo.deployments import EnvironmentStatus, deploy, roll_back, status
from gonogo.domain import Deployment, Version
from gonogo.evaluation import recompute
from gonogo.evaluation.verdicts import newest_verdict

if TYPE_CHECKING:
    from gonogo.assembly.workspace import Workspace


class DeploymentVerbs:
    """One for each open Workspace."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    async def deploy(
        self,
        version: Version,
        *,
        environment: str = DEFAULT_ENVIRONMENT,
        reason: str = "",
        override: str | None = None,
        author: str | None = None,
        may_override: bool = True,
        expected: int | None = None,
    ) -> Deployment:
        """Make a Version live; refused without GO.

        Args:
            author: who, where it is not the one of the settings.
            may_override: whoever can write the store's file is its admin; the gateway says what a key's role permits.
            expected: the Environment's revision that the author saw.

        Raises:
            GateClosed: no GO for exactly this Version against exactly what is live.
            NotAllowed: an override by somebody who may not.
            DeploymentConflict: somebody else was first.
        """
        newest = await newest_verdict(self._workspace.store, version.mission.name, version.number)
        deployment = await deploy(
            self._workspace.store,
            version=version,
            environment=environment,
            author=author or self._workspace.settings.author,
            verdict=newest,
            recompute=lambda verdict: recompute(verdict, self._workspace.store, self._workspace.store),
            clock=self._workspace.clock,
            reason=reason,
            override=override,
            may_override=may_override,
            expected=expected,
        )
        await self._hold_here()
        return deployment

    async def roll_back(
        self,
        mission: str,
        *,
        environment: str = DEFAULT_ENVIRONMENT,
        to: int | None = None,
        reason: str = "",
        author: str | None = None,
        expected: int | None = None,
    ) -> Deployment:
        """Serve again what was live before.

        Raises:
            NotFound: no such Mission, or nothing of it was ever deployed there.
            BadInput: nothing to go back to.
            DeploymentConflict: somebody else was first.
        """
        deployment = await roll_back(
            self._workspace.store,
            mission=await self._workspace.known(mission),
            environment=environment,
            author=author or self._workspace.settings.author,
            reason=reason,
            clock=self._workspace.clock,
            to=to,
            expected=expected,
        )
        await self._hold_here()
        return deployment

    async def _hold_here(self) -> None:
        """What this process serves is the new Version before its maker is told; other processes look for themselves."""
        for serving in self._workspace.servings:
            await serving.follow()

    async def status(self, mission: str | None = None) -> list[EnvironmentStatus]:
        """What is live where.

        Raises:
            NotFound: no such Mission.
        """
        return await status(self._workspace.store, mission and await self._workspace.known(mission))

    async def history(self, mission: str, environment: str | None = None, limit: int = 100) -> list[Deployment]:
        """Every change of a Mission's Environments, newest first.

        Raises:
            NotFound: no such Mission.
        """
        return await self._workspace.store.deployments(await self._workspace.known(mission), environment, limit)
