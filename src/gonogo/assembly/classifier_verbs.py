"""Classifier verbs: train, evaluate, compare, register, calibrate, promote and roll back as async methods.

Here: store, weights and workflows joined, in the order of each verb. Not here: looking things up
(``classifier_lookup``), the slow parts (``classifier_learning``), rules of promotion (``training.promote``).
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gonogo.assembly.apart import apart
from gonogo.assembly.classifier_learning import (
    Evaluation,
    Learned,
    calibrated,
    comparison,
    comparison_after_training,
    evaluation,
    learn,
)
from gonogo.assembly.classifier_lookup import ClassifierLookup
from gonogo.assembly.classifier_rows import NamedRows
from gonogo.assembly.classifier_traffic import calibration_of
from gonogo.classifiers import read_folder
from gonogo.digest import Digest
from gonogo.domain import ClassifierCard, ClassifierComparison, ClassifierPromotion
from gonogo.errors import BadInput
from gonogo.training.calibrate import Calibration
from gonogo.training.fit import FitOptions, Progress
from gonogo.training.fit_options import tuned
from gonogo.training.promote import WHOLE_HISTORY, promote, roll_back
from gonogo.training.register import check_name, register
from gonogo.training.train import Trained

if TYPE_CHECKING:
    from numpy.typing import NDArray


class ClassifierVerbs(ClassifierLookup):
    """Every verb over the trained classifiers of an open Workspace."""

    # --- Make and measure ----------------------------------------------------------------------------------------

    async def train(
        self,
        name: str,
        rows: NamedRows,
        *,
        valid: NamedRows | None = None,
        features: str | None = None,
        options: FitOptions | None = None,
        parent: str | None = None,
        progress: Progress | None = None,
    ) -> Learned:
        """Learn weights from labelled rows, register them, and compare them with what they may replace.

        Nothing is promoted. Same rows and seed: same digest.

        Args:
            valid: rows held out for measuring and comparing; without them every row is judged by weights that saw no
                row of its group.
            features: name of the feature set; the classifier's own name where none is given.
            options: those that the feature set's shipped weights were learned with where none are given.
            parent: the classifier it is made from, for its card; what builds pin now where none is given.

        Raises:
            BadInput: nothing can be learned from these rows, or no such features.
            ExtraMissing: scikit-learn is not installed.
        """
        check_name(name)
        current = await self.current(name)
        origin = (await self.digest(parent))[1] if parent else current
        reader, library = self._workspace.installed.reader, self.library

        def work() -> Trained:
            return learn(
                name, rows, library, reader, self._clock, features=features or name,
                options=options or tuned(features or name), parent=origin, valid=valid, progress=progress,
            )  # fmt: skip

        trained = await apart(work)
        before = await self._store.classifiers(name, limit=WHOLE_HISTORY)
        found = None
        if current not in (None, trained.card.digest):
            found = await self._compared_with(current, trained, rows, valid)
        card = await self.register(trained.card, trained.tensors)
        if found is not None:
            await self._store.add_comparison(found)
        known = any(one.digest == card.digest for one in before)
        return Learned(card=card, comparison=found, known=known)

    async def evaluate(self, reference: str, rows: NamedRows, progress: Progress | None = None) -> Evaluation:
        """Measures with intervals and slices on labelled rows, at the classifier's own threshold."""
        classifier, reader = await self.load(reference), self._workspace.installed.reader
        return await apart(lambda: evaluation(classifier, rows, reader, progress))

    async def compare(
        self, candidate: str, baseline: str, rows: NamedRows, progress: Progress | None = None
    ) -> ClassifierComparison:
        """Two classifiers on the same rows, paired; kept as the proof of a promotion.

        Raises:
            BadInput: two names, or twice the same one.
        """
        (name, first), (other, second) = await self.digest(candidate), await self.digest(baseline)
        if name != other or first == second:
            what = "are the same weights" if name == other else "judge different things"
            raise BadInput(f"{candidate} and {baseline} {what}: compare two of one name, as in {name}@shipped")
        both = [await asyncio.to_thread(self.library.classifier, name, digest) for digest in (first, second)]
        reader, author = self._workspace.installed.reader, self._workspace.settings.author
        found = await apart(
            lambda: comparison(both[0], both[1], rows, reader, author=author, clock=self._clock, progress=progress)
        )
        await self._store.add_comparison(found)
        return found

    async def register(self, card: ClassifierCard, tensors: Mapping[str, NDArray[Any]]) -> ClassifierCard:
        """Keep a trained classifier: its weights in the home folder, then its card in the store.

        Raises:
            BadInput: the card names no folder, or the home folder cannot be written.
        """

        def keep() -> None:
            self.library.keep(card, tensors)

        return await register(self._store, card, keep)

    async def register_folder(self, folder: Path) -> ClassifierCard:
        """Keep a classifier that was trained elsewhere, from its folder with ``weights.safetensors`` and ``card.json``.

        Raises:
            NotFound: no such folder.
            BadInput: a file is broken, or this gonogo cannot run it.
        """
        weights = await asyncio.to_thread(read_folder, folder)
        check_name(weights.card.name)
        await asyncio.to_thread(self.library.made, weights)
        return await self.register(weights.card, weights.tensors)

    async def calibrate(
        self, name: str, mission: str, *, promote: bool = False, author: str | None = None
    ) -> tuple[Calibration, ClassifierCard]:
        """Make probabilities true for one Mission, from its annotated Traces, and register the result.

        Args:
            promote: let new builds of this Mission pin it. Order and therefore AUC stay, so it holds its own by itself.

        Raises:
            NotFound: no such classifier.
            BadInput: too few Annotations; or promoting it although it is not proven to help.
        """
        classifier = await self.load(name, mission=mission)
        reader = self._workspace.installed.reader
        found, _ = await calibration_of(self._store, classifier, mission, reader)
        if promote and not found.helps:
            raise BadInput(
                f"{found.labels} Annotations do not prove that calibrating {name} helps {mission}: annotate more "
                "Traces, or calibrate without promoting"
            )
        weights = await asyncio.to_thread(read_folder, self.library.folder(classifier.name, classifier.digest))
        made = calibrated(weights, found, mission, self._clock.now())
        card = await self.register(made.card, made.tensors)
        if promote:
            gain = found.gain
            reason = (
                f"calibrated: log loss falls by {gain.value:.3f} [{gain.interval.low:.3f}, {gain.interval.high:.3f}] "
                f"on {found.labels} Annotations"
            )
            await self._promoted(card, mission=mission, reason=reason, current=None, author=author)
        return found, card

    # --- Move ----------------------------------------------------------------------------------------------------

    async def promote(
        self,
        reference: str,
        *,
        reason: str,
        mission: str = "",
        override: str | None = None,
        rows: NamedRows | None = None,
        progress: Progress | None = None,
        author: str | None = None,
    ) -> ClassifierPromotion:
        """Let new builds pin these weights; what is live stays as it is.

        Args:
            reference: a name alone means the one registered last.
            mission: only for this one.
            override: why, although it has not held its own; shown for ever.
            rows: compare on these first; without them the newest comparison with what is replaced counts.
            author: who, where it is not the one of the settings.

        Raises:
            PromotionRefused: it does not hold its own, or nobody knows.
            BadInput: its files are broken, or this gonogo cannot run it.
            PromotionConflict: somebody else was first.
        """
        name, digest = await self._candidate(reference)
        if mission:
            await self._workspace.known(mission)
        current = await self.current(name, mission)
        await asyncio.to_thread(self.library.classifier, name, digest)  # what cannot be loaded must not be pinned
        if rows is not None and current not in (None, digest):
            await self.compare(f"{name}@{digest}", f"{name}@{current}", rows, progress)
        card = await self.register(*await asyncio.to_thread(read_folder, self.library.folder(name, digest)))
        return await self._promoted(
            card, mission=mission, reason=reason, current=current, override=override, author=author
        )

    async def roll_back(
        self, name: str, *, reason: str = "", mission: str = "", author: str | None = None
    ) -> ClassifierPromotion:
        """Let new builds pin again what they pinned before, in the end the shipped one.

        Raises:
            NotFound: no such classifier.
            BadInput: there is nothing to go back to.
        """
        await self.known(name)
        return await roll_back(
            self._store, name=name, author=author or self._workspace.settings.author, clock=self._clock,
            reason=reason, mission=mission,
        )  # fmt: skip

    async def _candidate(self, reference: str) -> tuple[str, Digest]:
        newest = [] if "@" in reference else await self._store.classifiers(reference, limit=1)
        return (reference, newest[0].digest) if newest else await self.digest(reference)

    async def _promoted(
        self,
        card: ClassifierCard,
        *,
        mission: str,
        reason: str,
        current: Digest | None,
        override: str | None = None,
        author: str | None = None,
    ) -> ClassifierPromotion:
        author = author or self._workspace.settings.author
        return await promote(
            self._store, card=card, current=current, author=author, clock=self._clock,
            reason=reason, mission=mission, override=override,
        )  # fmt: skip

    async def _compared_with(
        self, current: Digest | None, trained: Trained, rows: NamedRows, valid: NamedRows | None
    ) -> ClassifierComparison | None:
        try:
            baseline = await asyncio.to_thread(self.library.classifier, trained.card.name, current)
        except BadInput:  # gone, broken, or for features of another release: the candidate stands alone
            return None
        reader, author = self._workspace.installed.reader, self._workspace.settings.author
        return await apart(
            lambda: comparison_after_training(
                trained, baseline, valid, rows.called, self.library, reader, author=author, clock=self._clock
            )
        )
