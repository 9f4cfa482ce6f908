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
        """Yield Deltas; the last with content carries ``finish_reason``, one carries ``usage``.

        Closing the iterator stops the upstream call.

        Raises:
            ProviderFailed: refused, timed out or broke off.
        """
        ...

    async def close(self) -> None:
        """Give back connections."""
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
