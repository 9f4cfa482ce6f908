"""Places: where golden tasks are answered and judged: this process, or workers elsewhere.

Here: the Protocol and the records that travel through it. Not here: the places (``evaluation.here``, ``assembly``),
which task starts when (``evaluation.crew``).
"""

from __future__ import annotations

from typing import Protocol

from msgspec import Struct

from gonogo.domain import GoldenTask, TaskResult, Usage


class Took(Struct, frozen=True, kw_only=True):
    """What one step of an attempt took, for a cap. ``cost`` in dollars; ``None`` is unknown, as ``usage`` is of an
    attempt whose worker died."""

    usage: Usage | None
    cost: float | None


class Place(Protocol):
    """One for each run. A result does not depend on where it was made."""

    async def attempt(
        self, task: GoldenTask, repeat: int, order: int, known: TaskResult | None, took: list[Took]
    ) -> TaskResult:
        """The answer and what judges say of it. What fails is a result with an error, never raised.

        Args:
            order: the attempt's place in the random order.
            known: an answer that stands already: judges alone are asked.
            took: every step is put here, also one in vain.

        Raises:
            UpstreamLimits: the task must be asked again later.
        """
        ...


class Felt(Protocol):
    """Who is told how upstreams take calls, so that it can steer how many there are. Times are of one monotonic clock,
    seconds."""

    @property
    def limited(self) -> bool:
        """Whether the last thing heard of the upstream is a limit."""
        ...

    def answered(self, model: str, began: float, seconds: float) -> None:
        """A model answered a call that ``began`` then."""
        ...

    def refused(self, began: float, message: str, retry_after: float | None) -> bool:
        """A call that ``began`` then was limited; whether that is news. ``retry_after`` in seconds, as it asked."""
        ...
