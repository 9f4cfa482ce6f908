"""Traffic: classifiers held against the Traces of a Mission: rows to learn from, skew, drift, bias.

Here: store, weights and reader brought together. Not here: the measurements (``classifier_traffic``, ``training``),
calibrating (``classifier_verbs``).
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gonogo.assembly.classifier_pins import OF_PAIRS
from gonogo.assembly.classifier_traffic import Watched, judge_texts, rows_of, skew_of, watch
from gonogo.classifiers import feature_set
from gonogo.domain import IdentityGap, TrainingRow
from gonogo.errors import BadInput
from gonogo.training.bias import SliceGap, identity_gap, slice_gaps
from gonogo.training.rows import example_of
from gonogo.training.skew import SkewReport
from gonogo.training.trace_rows import TraceRows

if TYPE_CHECKING:
    from gonogo.assembly.workspace import Workspace


@dataclass(frozen=True, slots=True, kw_only=True)
class Bias:
    """``identity``: how probabilities move when only a group term is exchanged; ``slices``: error rates of slices
    against all other rows, where labelled rows were given."""

    identity: IdentityGap
    slices: tuple[SliceGap, ...] = ()


class TrafficVerbs:
    """One for each open Workspace."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    async def rows(self, name: str, mission: str, *, until: float | None = None) -> TraceRows:
        """Training rows from a Mission's annotated Traces, as things stood at ``until`` (seconds since 1970).

        Raises:
            NotFound: no such Mission.
            BadInput: Traces say nothing about such a classifier.
        """
        known = await self._workspace.known(mission)
        return await rows_of(self._workspace.store, name, known, until=until)

    async def skew(self, name: str, mission: str) -> SkewReport:
        """What served against what training would read now.

        Raises:
            NotFound: no such Mission or built-in classifier.
            BadInput: Traces say nothing about such a classifier.
        """
        workspace, known = self._workspace, await self._workspace.known(mission)
        return await skew_of(workspace.store, name, known, feature_set(name), workspace.installed.reader)

    async def drift(self, name: str, mission: str) -> Watched:
        """What a classifier reads and says against before, and how right it is by the newest Annotations.

        Raises:
            NotFound: no such Mission or classifier.
            BadInput: Traces say nothing about such a classifier.
        """
        workspace, known = self._workspace, await self._workspace.known(mission)
        return await watch(workspace.store, await workspace.classifiers.load(name, mission=known), known)

    async def bias(self, name: str, labelled: Sequence[TrainingRow] = ()) -> Bias:
        """Whether texts are judged differently for whom they name; on labelled rows error rates by slice as well.

        Raises:
            NotFound: no such classifier.
            BadInput: it judges pairs of texts.
        """
        if name.startswith(tuple(OF_PAIRS)):  # exchanging a group term in one of two texts says nothing
            raise BadInput(f"{name} judges pairs of texts: exchanging group terms is for classifiers of one text")
        classifier, reader = await self._workspace.classifiers.load(name), self._workspace.installed.reader

        def work() -> Bias:
            threshold = classifier.card.threshold.value
            gap = identity_gap(lambda texts: judge_texts(classifier, reader)(list(texts)), threshold)
            found = [classifier.judge(example_of(row, reader)).probability for row in labelled]
            return Bias(identity=gap, slices=slice_gaps(labelled, found, threshold) if labelled else ())

        return await asyncio.to_thread(work)
