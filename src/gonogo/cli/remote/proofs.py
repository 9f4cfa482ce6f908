"""Remote proofs: plans, comparisons and judges: the verbs of ``assembly.plans``, ``comparison`` and ``judges``.

Here: asking. Not here: evaluations (``workspace``), what is asked of a folder (``folders``).
"""

from __future__ import annotations

from collections.abc import Sequence

from gonogo.assembly.judged_pairs import Preferred
from gonogo.assembly.judges import Calibrated, Label, ToLabel
from gonogo.assembly.plans import EvaluationPlan
from gonogo.cli.remote.client import WHOLE, Client, segment
from gonogo.cli.remote.long_work import followed, in_flight, run_asked, run_shown
from gonogo.cli.remote.refusals import Offered
from gonogo.domain import Annotation, Version
from gonogo.domain.matrix import Matrix
from gonogo.evaluation import RunOptions
from gonogo.gate import JudgeStanding
from gonogo.gateway.api.judges import Labelled, Unlabelled

LABELS_AT_ONCE = 1000


class RemotePlans(Offered):
    """What evaluations would take there."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def plan(self, candidate: Version, *, environment: str, options: RunOptions | None = None) -> EvaluationPlan:
        """What evaluating it would show, cost and take."""
        options = options or RunOptions()
        asked = {
            "version": candidate.name,
            "environment": environment,
            "concurrency": in_flight(options.concurrency),
            "repeats": options.repeats,
            "fresh": options.fresh,
        }
        return await self._client.send("POST", "/api/plans", EvaluationPlan, asked)


class RemoteComparison(Offered):
    """Versions and models side by side, run there."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def compare(self, versions: Sequence[Version], models: Sequence[str], options: RunOptions) -> Matrix:
        """Every Version with every model."""
        asked = {
            "versions": [version.name for version in versions],
            "models": list(models),
            **run_asked(options),
        }
        return await followed(self._client, "/api/comparisons", asked, Matrix, run_shown(options))


class RemoteJudges(Offered):
    """Judges of the Versions of a server."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def standings(self, target: str) -> tuple[JudgeStanding, ...]:
        """How the judges of a Version stand."""
        return tuple(await self._client.listed(_of(target), JudgeStanding, WHOLE))

    async def standing(self, name: str, target: str) -> JudgeStanding:
        """How one stands."""
        return await self._client.get(f"{_of(target)}/{segment(name)}", JudgeStanding)

    async def unlabelled(self, name: str, target: str, *, most: int, seed: int = 0) -> list[ToLabel]:
        """Answers that nobody labelled yet."""
        path = f"{_of(target)}/{segment(name)}/unlabelled"
        return list((await self._client.get(path, Unlabelled, most=most, seed=seed)).items)

    async def label(self, name: str, target: str, labels: Sequence[Label]) -> int:
        """Keep what a person says of answers; a thousand at a time are kept all or none."""
        kept = 0
        for first in range(0, len(labels), LABELS_AT_ONCE):
            asked = {"labels": labels[first : first + LABELS_AT_ONCE]}
            path = f"{_of(target)}/{segment(name)}/labels"
            kept += (await self._client.send("POST", path, Labelled, asked)).labels
        return kept

    async def annotate(self, answer: str, metric: str, value: float, *, note: str = "") -> Annotation:
        """Keep a judgement of an answer to a golden task."""
        asked = {"answer": answer, "metric": metric, "value": value, "note": note}
        return await self._client.send("POST", "/api/answers/annotations", Annotation, asked)

    async def calibrate(self, name: str, target: str) -> Calibrated:
        """Hold a judge against everything that people labelled for it."""
        return await followed(self._client, f"{_of(target)}/{segment(name)}/calibrations", {}, Calibrated)

    async def compare(self, name: str, candidate: str, baseline: str) -> Preferred:
        """Which Version's stored answers a pairwise judge prefers."""
        path = f"{_of(candidate)}/{segment(name)}/comparisons"
        return await followed(self._client, path, {"baseline": baseline}, Preferred)


def _of(target: str) -> str:
    return f"/api/versions/{segment(target)}/judges"
