"""Usage and Cost: tokens by kind, and what they cost where a price is known.

Here: the nouns and their sums. Not here: the price table (``providers``).
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct


class Usage(Struct, frozen=True, kw_only=True):
    """Tokens of one model call, apart by kind. ``cached`` is part of ``input``; ``reasoning`` is part of ``output``.

    ``estimated``: counted by gonogo because the provider reported nothing.
    """

    input: int = 0
    output: int = 0
    cached: int = 0
    reasoning: int = 0
    calls: int = 1
    estimated: bool = False

    def __add__(self, other: Usage) -> Usage:
        return Usage(
            input=self.input + other.input,
            output=self.output + other.output,
            cached=self.cached + other.cached,
            reasoning=self.reasoning + other.reasoning,
            calls=self.calls + other.calls,
            estimated=self.estimated or other.estimated,
        )


NO_USAGE = Usage(calls=0)


def total_usage(usages: Iterable[Usage]) -> Usage:
    """The sum; of nothing, no tokens and no calls."""
    return sum(usages, start=NO_USAGE)


class Price(Struct, frozen=True, kw_only=True):
    """Dollars per million tokens by kind, from a dated table. ``cached`` ``None``: cached input costs as input."""

    input: float
    output: float
    cached: float | None = None
    dated: str = ""

    def of(self, usage: Usage) -> float:
        """Dollars for one Usage."""
        cached_price = self.input if self.cached is None else self.cached
        fresh = usage.input - usage.cached
        return (fresh * self.input + usage.cached * cached_price + usage.output * self.output) / 1e6
