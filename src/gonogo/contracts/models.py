"""What answers: providers, prices and the router's view of their health.

Here: the Protocols. Not here: the implementations (``providers``, ``routing``).
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from types import MappingProxyType
from typing import Final, Protocol

from gonogo.contracts.text import TextFeatures
from gonogo.domain import Delta, ModelRequest, Price, RoutingDecision

NO_METADATA: Final[Mapping[str, object]] = MappingProxyType({})


class Provider(Protocol):
    """Something that answers a ModelRequest."""

    @property
    def name(self) -> str: ...
    def generate(self, request: ModelRequest) -> AsyncIterator[Delta]:
        """Yield Deltas; the last with content carries ``finish_reason``, one carries ``usage``. A provider with
        several addresses says in the first, before it asks, which one it chose (``Delta.endpoint``).

        Closing the iterator stops the upstream call.

        Raises:
            ProviderFailed: refused, timed out or broke off.
        """
        ...

    async def close(self) -> None:
        """Give back connections."""
        ...


class CircuitBreaker(Protocol):
    """Whether one address of a provider may be asked now, learned from how it answered. Times are of one monotonic
    clock, seconds."""

    def wait(self, now: float) -> float:
        """Seconds until it may be asked; 0 is now."""
        ...

    def enter(self) -> bool:
        """A request goes out; says whether it is the probe of an address that had failed."""
        ...

    def answered(self) -> None:
        """The first piece of an answer came."""
        ...

    def succeeded(self) -> None:
        """An answer came to its end, or the request was refused for what it said."""
        ...

    def failed(self, now: float, *, probe: bool, alternatives: bool, retry_after: float | None) -> None:
        """The address failed. ``alternatives``: another one can answer; ``retry_after`` in seconds, as it asked."""
        ...

    def abandoned(self, *, probe: bool) -> None:
        """The caller left before anything was known."""
        ...


class PriceList(Protocol):
    """Dollars per million tokens by model."""

    def price(self, provider: str, model: str) -> Price | None:
        """The price, or ``None``: unknown is unknown."""
        ...


class Router(Protocol):
    """Chooses the model for one question."""

    def route(
        self, question: TextFeatures, earlier_turns: int, chunks: int, metadata: Mapping[str, object] = NO_METADATA
    ) -> RoutingDecision:
        """``earlier_turns`` and ``chunks`` are counts; ``metadata`` is what the client said beside the conversation."""
        ...
