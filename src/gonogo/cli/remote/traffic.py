"""Remote traffic: the verbs of ``assembly.traffic`` on a server.

Here: asking. Not here: rows of this machine.
"""

from __future__ import annotations

from collections.abc import Sequence

from gonogo.assembly.classifier_traffic import Watched
from gonogo.assembly.traffic import Bias
from gonogo.cli.remote.client import Client, segment
from gonogo.cli.remote.places import READS_ROWS
from gonogo.cli.remote.refusals import Offered, OnlyHere
from gonogo.domain import TrainingRow
from gonogo.training.skew import SkewReport
from gonogo.training.trace_rows import TraceRows


class RemoteTraffic(Offered):
    """Classifiers held against the Traces of a server."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def rows(self, name: str, mission: str, *, until: float | None = None) -> TraceRows:
        """Training rows from annotated Traces."""
        return await self._client.get(_of(name, "rows"), TraceRows, mission=mission, until=until)

    async def skew(self, name: str, mission: str) -> SkewReport:
        """What served against what training would read now."""
        return await self._client.get(_of(name, "skew"), SkewReport, mission=mission)

    async def drift(self, name: str, mission: str) -> Watched:
        """What a classifier reads and says against before."""
        return await self._client.get(_of(name, "drift"), Watched, mission=mission)

    async def bias(self, name: str, labelled: Sequence[TrainingRow] = ()) -> Bias:
        """Whether texts are judged differently for whom they name.

        Raises:
            OnlyHere: with labelled rows.
        """
        if labelled:
            raise OnlyHere("error rates by slice (--data)", READS_ROWS)
        return await self._client.get(_of(name, "bias"), Bias)


def _of(name: str, verb: str) -> str:
    return f"/api/classifiers/{segment(name)}/{verb}"
