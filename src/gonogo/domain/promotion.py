"""Promotion: what builds pin for a classifier, how that moved, and the comparisons that allowed it.

Here: the nouns. Not here: the classifier itself (``domain.classifier``), comparing and deciding (``training``).
"""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from gonogo.digest import Digest
from gonogo.domain.classifier import DataFingerprint

ComparisonOutcome = Literal["better", "not worse", "worse", "cannot tell"]


class ComparedRows(Struct, frozen=True, kw_only=True):
    """AUC of candidate and baseline on the same rows; ``low`` and ``high`` enclose candidate minus baseline at 90 %.

    ``name`` is ``all rows`` or a slice (``language: de``). Without numbers, ``note`` says why there are none.
    """

    name: str
    rows: int
    candidate: float | None = None
    baseline: float | None = None
    low: float | None = None
    high: float | None = None
    outcome: ComparisonOutcome = "cannot tell"
    note: str = ""

    @property
    def difference(self) -> float | None:
        """How much higher the candidate is."""
        return None if self.candidate is None or self.baseline is None else self.candidate - self.baseline


class ClassifierComparison(Struct, frozen=True, kw_only=True):
    """Two classifiers of one name on the same rows. It never changes.

    ``outcome`` is ``worse`` also where only a slice is proven to lose more than ``margin``. ``independent`` is false
    where the candidate's weights were learned from exactly these rows: such a comparison allows no promotion.
    """

    id: str
    name: str
    candidate: Digest
    baseline: Digest
    outcome: ComparisonOutcome
    overall: ComparedRows
    slices: tuple[ComparedRows, ...]
    margin: float
    data: DataFingerprint
    tested_on: str
    author: str
    created_at: float
    independent: bool = True
    tenant: str = "default"
    format: int = 1

    @property
    def worse_slices(self) -> tuple[str, ...]:
        """Slices proven to lose more than the margin."""
        return tuple(part.name for part in self.slices if part.outcome == "worse")

    @property
    def exit_code(self) -> int:
        """0 better or not worse, 1 worse, 3 cannot tell."""
        return {"better": 0, "not worse": 0, "worse": 1, "cannot tell": 3}[self.outcome]

    @property
    def line(self) -> str:
        """One line: the outcome, the difference with its interval, the rows."""
        found = self.overall
        if found.difference is None or found.low is None or found.high is None:
            return f"{self.outcome}: {found.note or 'no difference could be measured'}"
        slices = f"; worse on {', '.join(self.worse_slices)}" if self.worse_slices else ""
        numbers = f"AUC {found.candidate:.3f} against {found.baseline:.3f}, difference {found.difference:+.3f}"
        return f"{self.outcome}: {numbers} [{found.low:+.3f}, {found.high:+.3f}] on {found.rows} rows{slices}"


class ClassifierPromotion(Struct, frozen=True, kw_only=True):
    """One change of what new builds pin for a classifier.

    ``digest`` ``None``: nothing of one's own any more - the shipped one, or for a ``mission`` what holds for all.
    ``mission`` is empty where it holds for every Mission that has none of its own. ``comparison_id`` is the proof,
    ``override`` the reason why there is none. ``revision`` counts the changes of this name and Mission from 1.
    """

    name: str
    digest: Digest | None
    previous: Digest | None
    author: str
    created_at: float
    revision: int
    reason: str = ""
    kind: Literal["promote", "rollback"] = "promote"
    mission: str = ""
    comparison_id: str | None = None
    override: str | None = None
    tenant: str = "default"
    format: int = 1
