"""Search quality: evaluate and tune a folder's search, and collect what no Version needs.

Here: joining a Workspace's folder, components and store to the work. Not here: the work (``knowledge_quality``,
``knowledge_gc``).
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import structs

from gonogo.assembly import knowledge_gc
from gonogo.assembly.knowledge_gc import Collected
from gonogo.assembly.knowledge_quality import (
    Answerability,
    AsServed,
    Tuned,
    answerability,
    measured,
    questions_of,
    tune,
)
from gonogo.contracts import Index
from gonogo.domain import RetrievalPolicy
from gonogo.errors import BadInput
from gonogo.retrieval import RetrievalReport

if TYPE_CHECKING:
    from gonogo.assembly.workspace import Workspace
    from gonogo.building import Draft


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """How well pages are found that golden tasks cite, and whether questions that none answers are told apart."""

    report: RetrievalReport
    answerability: Answerability


class SearchQuality:
    """One for each open Workspace."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    async def evaluate(self, folder: Path, *, k: int = 10) -> Found:
        """How well a folder's search finds what its golden tasks cite.

        Raises:
            BadInput: it retrieves nothing, or no task cites a page.
        """
        draft, policy = await self._draft(folder)

        def work() -> Found:
            questions = questions_of(draft.loaded.mission)
            index = self._open(draft, policy)
            report = measured(index, questions, self._workspace.installed.reader, k)
            return Found(report=report, answerability=answerability(report))

        return await asyncio.to_thread(work)

    async def tune(self, folder: Path) -> Tuned:
        """Better settings for a folder's search, if any are proven.

        Raises:
            BadInput: it retrieves nothing, or too few tasks cite a page.
        """
        draft, policy = await self._draft(folder)

        def work() -> Tuned:
            @cache
            def opened(tokens: int, weight: float) -> Index:
                return self._open(draft, structs.replace(policy, chunk_tokens=tokens, dense_weight=weight))

            return tune(policy, questions_of(draft.loaded.mission), opened, self._workspace.installed.reader)

        return await asyncio.to_thread(work)

    async def collect(self, *, keep: int = knowledge_gc.KEPT_VERSIONS, apply: bool = False) -> Collected:
        """What no kept Version needs: told, or with ``apply`` dropped."""
        return await knowledge_gc.collect(self._workspace, keep=keep, apply=apply)

    async def _draft(self, folder: Path) -> tuple[Draft, RetrievalPolicy]:
        draft = await self._workspace.folders.draft(folder)
        policy = draft.loaded.mission.retrieval
        if policy is None or draft.snapshot is None:
            raise BadInput(f"{draft.loaded.mission.name} retrieves nothing: add a section retrieval to mission.yaml")
        return draft, policy

    def _open(self, draft: Draft, policy: RetrievalPolicy) -> Index:
        """The folder's index under this policy, searched as it would be served."""
        installed, snapshot = self._workspace.installed, draft.snapshot
        if snapshot is None or snapshot.parameters.get("chunk_tokens") != policy.chunk_tokens:
            toolbox = installed.toolbox
            snapshot = toolbox.snapshots.snapshot(toolbox.chunker.chunks(draft.loaded.knowledge, policy, None), policy)
        judge = None
        if policy.rerank:
            judge = installed.classifiers.pinned(draft.version.pins).classifier("relevance")
        index = installed.embedded(policy.embedder, kept=False).open(snapshot, policy)
        return AsServed(index, policy, installed.reader, judge)
