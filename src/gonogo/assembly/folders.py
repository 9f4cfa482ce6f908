"""Folders: what can be asked of an edited Mission folder, of which nothing is stored.

Here: its draft, one question, values of mission.yaml chosen on its golden tasks, drafts of such tasks. Not here:
checking and building one (``workspace``), the work itself.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from gonogo.assembly.asking import ask
from gonogo.assembly.problem_places import problems_placed
from gonogo.assembly.serving import DEFAULT_ENVIRONMENT
from gonogo.building import Draft, prepare
from gonogo.contracts import Components
from gonogo.domain import GoldenTask, Json, Version
from gonogo.evaluation import RunOptions, draft_tasks
from gonogo.pipeline import Reply

if TYPE_CHECKING:
    from gonogo.assembly.paying import Payer
    from gonogo.assembly.plans import EvaluationPlan
    from gonogo.assembly.routing_threshold import ThresholdChoice
    from gonogo.assembly.workspace import Workspace
    from gonogo.domain.sensitivity import Sensitivity
    from gonogo.evaluation.sensitivity import SensitivityOptions
    from gonogo.retrieval import WeightChoice


class FolderVerbs:
    """One for each open Workspace."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    async def draft(self, folder: Path, *, progress: Callable[[int, int], None] | None = None) -> Draft:
        """The folder as a Version that is not stored: for questions to an edited folder. ``progress`` as ``build``.

        Raises:
            MissionInvalid: with every problem.
            NotFound: no such folder.
        """
        with problems_placed(folder):
            return await asyncio.to_thread(
                prepare,
                folder,
                await self._workspace.toolbox(),
                now=self._workspace.clock.now(),
                author=self._workspace.settings.author,
                progress=progress,
            )

    async def plan(
        self, folder: Path, *, environment: str = DEFAULT_ENVIRONMENT, options: RunOptions | None = None
    ) -> EvaluationPlan:
        """What evaluating the folder as it stands would show, cost and take."""
        draft = await self.draft(folder)
        return await self._workspace.plans.plan(draft.version, environment=environment, options=options)

    async def ask(self, folder: Path, question: str, *, metadata: Json | None = None) -> Reply:
        """One question to an edited folder; nothing is stored."""
        draft = await self.draft(folder)
        return await ask(draft.version, await self._parts(draft), question, self._workspace.clock, metadata=metadata)

    async def weigh(self, folder: Path) -> WeightChoice:
        """The ``dense_weight`` that a folder's golden tasks prove better than BM25 alone, or 0."""
        from gonogo.assembly.fusion import choose_fusion  # late, as `installed`

        draft = await self.draft(folder)
        mission, installed = draft.loaded.mission, self._workspace.installed

        def choose() -> WeightChoice:
            backend = installed.embedded(mission.retrieval.embedder, kept=False) if mission.retrieval else None
            return choose_fusion(mission, draft.snapshot, installed.reader, backend)

        return await asyncio.to_thread(choose)

    async def choose_threshold(self, folder: Path, *, payer: Payer | None = None) -> ThresholdChoice:
        """The ``routing.threshold`` of a folder that keeps its ``max_quality_loss``, measured on both models.

        Raises:
            BudgetSpent, NotPriced: the money of ``payer`` ended.
        """
        from gonogo.assembly.routing_threshold import choose_threshold  # late, as `installed`

        draft = await self.draft(folder)

        async def variant(version: Version) -> Components:
            installed = self._workspace.installed
            parts = await asyncio.to_thread(installed.components, version, draft.snapshot, draft=True)
            return parts if payer is None else payer.parts(parts, version)

        return await choose_threshold(draft.version, variant, self._workspace.installed.assertions)

    async def sensitivity(
        self, folder: Path, options: SensitivityOptions | None = None, *, payer: Payer | None = None
    ) -> Sensitivity:
        """How far one-word edits of a folder's system prompt, and other forms of its questions, move the answers.

        Raises:
            BudgetSpent, NotPriced: the budgets of ``payer`` let nothing be asked at all.
        """
        from gonogo.evaluation.sensitivity import SensitivityOptions, sensitivity  # late: few commands need it

        draft = await self.draft(folder)
        parts, assertions = await self._parts(draft), self._workspace.installed.assertions
        if payer is not None:
            parts = payer.parts(parts, draft.version)
        return await sensitivity(draft.version, parts, assertions, options or SensitivityOptions())

    async def draft_golden(self, folder: Path, limit: int) -> list[GoldenTask]:
        """Template-made tasks from a folder's documents, marked as drafts."""
        draft = await self.draft(folder)
        chunks = draft.snapshot.chunks if draft.snapshot else ()
        return await asyncio.to_thread(draft_tasks, chunks, self._workspace.installed.reader, limit)

    async def _parts(self, draft: Draft) -> Components:
        return await asyncio.to_thread(self._workspace.installed.components, draft.version, draft.snapshot, draft=True)
