"""Usage and Cost: tokens by kind, and what they cost where a price is known.

Here: the nouns and their sums. Not here: the price table (``providers``).
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct


class Usage(Struct, frozen=True, kw_only=True):
    """Tokens of one model call, apart by kind.

    ``input`` and ``output`` are whole numbers of all tokens read and written. Parts of ``input``: ``cached`` (read from
    a provider's prompt cache), ``cache_written`` (written to it), ``input_audio``, ``input_image``. Parts of
    ``output``: ``reasoning``, ``output_audio``. A part that a provider does not report is 0 and stays in its whole.

    ``estimated``: counted by gonogo because the provider reported nothing.
    """

    input: int = 0
    output: int = 0
    cached: int = 0
    reasoning: int = 0
    calls: int = 1
    estimated: bool = False
    cache_written: int = 0
    input_audio: int = 0
    output_audio: int = 0
    input_image: int = 0

    def __add__(self, other: Usage) -> Usage:
        return Usage(
            input=self.input + other.input,
            output=self.output + other.output,
            cached=self.cached + other.cached,
            reasoning=self.reasoning + other.reasoning,
            calls=self.calls + other.calls,
            estimated=self.estimated or other.estimated,
            cache_written=self.cache_written + other.cache_written,
            input_audio=self.input_audio + other.input_audio,
            output_audio=self.output_audio + other.output_audio,
            input_image=self.input_image + other.input_image,
        )

    @property
    def fresh(self) -> int:
        """Plain input tokens: those of no part."""
        return max(0, self.input - self.cached - self.cache_written - self.input_audio - self.input_image)

    @property
    def spoken(self) -> int:
        """Plain output tokens: those of no part."""
        return max(0, self.output - self.reasoning - self.output_audio)


NO_USAGE = Usage(calls=0)


def total_usage(usages: Iterable[Usage]) -> Usage:
    """The sum; of nothing, no tokens and no calls."""
    total: Usage | None = None
    for usage in usages:
        total = usage if total is None else total + usage
    return NO_USAGE if total is None else total


class Price(Struct, frozen=True, kw_only=True):
    """Dollars per million tokens by kind, from a dated table. A part without a price costs what its whole costs:
    ``cached``, ``cache_written``, ``input_audio`` and ``input_image`` as ``input``; ``reasoning`` and ``output_audio``
    as ``output``."""

    input: float
    output: float
    cached: float | None = None
    dated: str = ""
    cache_written: float | None = None
    reasoning: float | None = None
    input_audio: float | None = None
    output_audio: float | None = None
    input_image: float | None = None

    def of(self, usage: Usage) -> float:
        """Dollars for one Usage: every part at its own price, the rest at that of its whole.

        Every token is paid once: where reported parts overlap (audio that was cached), the one named first counts:
        image, audio, written to the cache, cached.
        """
        left, dollars = usage.input, 0.0
        for tokens, price in (
            (usage.input_image, self.input_image),
            (usage.input_audio, self.input_audio),
            (usage.cache_written, self.cache_written),
            (usage.cached, self.cached),
        ):
            part = min(tokens, left)
            left -= part
            dollars += part * (self.input if price is None else price)
        dollars += left * self.input
        left = usage.output
        for tokens, price in ((usage.output_audio, self.output_audio), (usage.reasoning, self.reasoning)):
            part = min(tokens, left)
            left -= part
            dollars += part * (self.output if price is None else price)
        return (dollars + left * self.output) / 1e6

    @property
    def dearest_input(self) -> float:
        """The most that one million tokens read may cost, of whatever kind they turn out to be."""
        return max(self.input, self.cached or 0, self.cache_written or 0, self.input_audio or 0, self.input_image or 0)

    @property
    def dearest_output(self) -> float:
        """The most that one million tokens written may cost."""
        return max(self.output, self.reasoning or 0, self.output_audio or 0)
