"""Remote folders: what a server does with an edited folder that is sent to it and of which it stores nothing.

Here: asking. Not here: validating and building (``workspace``), packing (``folder_tar``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlencode

from gonogo.assembly.plans import EvaluationPlan
from gonogo.assembly.routing_threshold import ThresholdChoice
from gonogo.assembly.serving import DEFAULT_ENVIRONMENT
from gonogo.cli.remote.client import Client
from gonogo.cli.remote.folder_tar import packed
from gonogo.cli.remote.long_work import followed, in_flight
from gonogo.cli.remote.places import PARTLY
from gonogo.cli.remote.refusals import Offered, OnlyHere
from gonogo.domain import GoldenTask, Json
from gonogo.domain.sensitivity import Sensitivity
from gonogo.evaluation import RunOptions
from gonogo.evaluation.sensitivity import SensitivityOptions
from gonogo.gateway.api.folders import Drafts
from gonogo.pipeline import Reply
from gonogo.retrieval import WeightChoice

T = TypeVar("T")


class RemoteFolders(Offered):
    """Folders of this machine, asked about there."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def plan(
        self, folder: Path, *, environment: str = DEFAULT_ENVIRONMENT, options: RunOptions | None = None
    ) -> EvaluationPlan:
        """What evaluating it would show, cost and take."""
        options = options or RunOptions()
        asked = {
            "environment": environment,
            "repeats": options.repeats,
            "fresh": str(options.fresh).lower(),
            **({} if options.concurrency is None else {"concurrency": in_flight(options.concurrency)}),
        }
        return await self._sent(folder, "plan", EvaluationPlan, asked)

    async def ask(self, folder: Path, question: str, *, metadata: Json | None = None) -> Reply:
        """Not on a server.

        Raises:
            OnlyHere: always.
        """
        raise OnlyHere(f"asking the edited folder {folder}", PARTLY["ask FOLDER"])

    async def weigh(self, folder: Path) -> WeightChoice:
        """How much vectors should count beside BM25."""
        return await self._sent(folder, "weights", WeightChoice)

    async def choose_threshold(self, folder: Path) -> ThresholdChoice:
        """How many questions the simple model may take."""
        return await self._sent(folder, "thresholds", ThresholdChoice)

    async def sensitivity(self, folder: Path, options: SensitivityOptions | None = None) -> Sensitivity:
        """Which words of the system prompt carry the behaviour."""
        options = options or SensitivityOptions()
        asked = {
            "budget": options.budget,
            "prompt": _named(options.prompt),
            "questions": _named(options.questions),
            "seed": options.seed,
            "concurrency": in_flight(options.concurrency),
        }
        told = options.progress
        return await followed(
            self._client,
            f"/api/folders/sensitivity?{urlencode(asked)}",
            packed(folder),
            Sensitivity,
            None if told is None else lambda reading: told(reading.done, reading.total),
        )

    async def draft_golden(self, folder: Path, limit: int) -> list[GoldenTask]:
        """Drafts of golden tasks."""
        return list((await self._sent(folder, "drafts", Drafts, {"limit": limit})).items)

    async def _sent(self, folder: Path, verb: str, shape: type[T], asked: Mapping[str, object] | None = None) -> T:
        query = f"?{urlencode(asked)}" if asked else ""
        return await followed(self._client, f"/api/folders/{verb}{query}", packed(folder), shape)


def _named(kinds: Sequence[str]) -> str:
    return ",".join(kinds) or "none"
