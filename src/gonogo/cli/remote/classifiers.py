"""Remote classifiers: the verbs of ``assembly.classifier_verbs`` that need no data of this machine.

Here: asking. Not here: training and comparing, which read rows from files.
"""

from __future__ import annotations

from pathlib import Path

from gonogo.assembly.classifier_list import ClassifierRow
from gonogo.cli.remote.client import Client, segment
from gonogo.cli.remote.folder_tar import packed
from gonogo.cli.remote.places import READS_ROWS
from gonogo.cli.remote.refusals import Offered, OnlyHere
from gonogo.domain import ClassifierCard, ClassifierComparison, ClassifierPromotion
from gonogo.gateway.api.traffic import CalibratedClassifier
from gonogo.training.calibrate import Calibration
from gonogo.training.lineage import Lineage


class RemoteClassifiers(Offered):
    """Classifiers of a server."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def listed(self) -> list[ClassifierRow]:
        """What builds pin of each."""
        return await self._client.listed("/api/classifiers", ClassifierRow, 1000)

    async def card(self, reference: str) -> ClassifierCard:
        """The card of one."""
        return await self._client.get(f"/api/classifiers/{segment(reference)}", ClassifierCard)

    async def comparisons(self, name: str, limit: int = 20) -> list[ClassifierComparison]:
        """Newest first."""
        return await self._client.listed(f"/api/classifiers/{segment(name)}/comparisons", ClassifierComparison, limit)

    async def promote(
        self,
        reference: str,
        *,
        reason: str,
        mission: str = "",
        override: str | None = None,
        rows: object = None,
        progress: object = None,
    ) -> ClassifierPromotion:
        """Let new builds pin these weights, by the newest comparison the server has.

        Raises:
            OnlyHere: with rows to compare on first.
        """
        if rows is not None:
            raise OnlyHere("comparing first (--data)", READS_ROWS)
        asked = {"classifier": reference, "reason": reason, "mission": mission, "override": override}
        name = reference.partition("@")[0]
        return await self._client.send(
            "POST", f"/api/classifiers/{segment(name)}/promotions", ClassifierPromotion, asked
        )

    async def why(self, name: str) -> Lineage:
        """From data to weights to the Versions that use them."""
        return await self._client.get(f"/api/classifiers/{segment(name)}/lineage", Lineage)

    async def register_folder(self, folder: Path) -> ClassifierCard:
        """Keep a classifier that was trained here."""
        return await self._client.upload("/api/classifiers", packed(folder), ClassifierCard)

    async def calibrate(self, name: str, mission: str, *, promote: bool = False) -> tuple[Calibration, ClassifierCard]:
        """Make probabilities true for a Mission."""
        path = f"/api/classifiers/{segment(name)}/calibrations"
        made = await self._client.send("POST", path, CalibratedClassifier, {"mission": mission, "promote": promote})
        return made.calibration, made.card

    async def roll_back(self, name: str, *, reason: str = "", mission: str = "") -> ClassifierPromotion:
        """Let new builds pin again what they pinned before."""
        asked = {"reason": reason, "mission": mission}
        return await self._client.send("POST", f"/api/classifiers/{segment(name)}/rollback", ClassifierPromotion, asked)
