"""Matrix: Versions and models side by side on the same golden tasks.

Here: the nouns as they are printed. Not here: running cells (``assembly``), the figures (``evaluation.matrix``).
"""

from __future__ import annotations

from msgspec import Struct


class Span95(Struct, frozen=True, kw_only=True):
    """A figure and its 95 % interval; of ``tasks`` tasks."""

    value: float
    low: float
    high: float
    tasks: int


class MatrixCell(Struct, frozen=True, kw_only=True):
    """One Version with one model. ``model`` is empty where the Mission's own were left as they are.

    ``passed``: share of tasks, with Wilson's interval; ``difference``: to the first cell, paired, with Tango's;
    ``None`` where nothing ran on both. ``cost`` in dollars and ``tokens``, a task; ``None`` unknown. ``p50`` and
    ``p95`` of latency in seconds. ``asked``: answers that were made for this; the others were known.
    """

    version: str
    model: str
    run_id: str
    passed: Span95 | None
    difference: Span95 | None
    errors: int
    never_run: int
    asked: int
    cost: float | None
    tokens: float | None
    p50: float | None
    p95: float | None
    broke: tuple[str, ...] = ()
    mended: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """As columns are headed."""
        return f"{self.version} · {self.model}" if self.model else self.version


class MatrixAnswer(Struct, frozen=True, kw_only=True):
    """What one cell answered to one task, in its first repeat. ``passed`` is ``None`` where it did not run."""

    passed: bool | None
    text: str
    error: str | None = None


class MatrixTask(Struct, frozen=True, kw_only=True):
    """A golden task with the answer of every cell, in their order."""

    id: str
    question: str
    answers: tuple[MatrixAnswer, ...]

    @property
    def differs(self) -> bool:
        """Whether not all cells came out alike."""
        return len({answer.passed for answer in self.answers}) > 1


class Matrix(Struct, frozen=True, kw_only=True):
    """Every cell ran the golden tasks of ``judged_by`` and was judged by its rules. ``wall`` in seconds. ``stopped``:
    why money ended before every task was asked; empty where it did not."""

    judged_by: str
    cells: tuple[MatrixCell, ...]
    tasks: tuple[MatrixTask, ...]
    wall: float
    stopped: str = ""
