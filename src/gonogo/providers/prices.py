"""Prices: dollars per million tokens, from a dated table that ships with the package.

Here: reading the table and looking models up in it. Not here: adding up what a request cost (``domain.usage``).
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files

import msgspec
from msgspec import Struct

from gonogo.domain import Price
from gonogo.errors import BadInput

_FREE = Price(input=0.0, output=0.0, cached=0.0)
_FREE_PROVIDERS = ("builtin",)
_KINDS = (
    "input", "output", "cached", "cache_written", "reasoning", "input_audio", "output_audio", "input_image",
)  # fmt: skip


class ListedPrice(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One row of the table; see its header for ``dated`` and ``source``. A part that is left out costs as its whole."""

    input: float
    output: float
    dated: str
    source: str
    cached: float | None = None
    cache_written: float | None = None
    reasoning: float | None = None
    input_audio: float | None = None
    output_audio: float | None = None
    input_image: float | None = None

    def price(self) -> Price:
        """The row as a Price."""
        return Price(dated=self.dated, **{kind: getattr(self, kind) for kind in _KINDS})


class PriceTable:
    """Prices by provider and model. Names must match exactly; nothing is guessed from a similar name.

    Args:
        rows: provider -> model -> price.
        kinds: provider name of a Mission -> provider of the table, for a provider that settings call otherwise.

    A price is looked up under the provider's own name first, then under its kind. The built-in models cost nothing.
    """

    def __init__(self, rows: Mapping[str, Mapping[str, ListedPrice]], kinds: Mapping[str, str] | None = None) -> None:
        self._rows = rows
        self._kinds = kinds or {}
        self._known = lru_cache(maxsize=1024)(self._look_up)

    def price(self, provider: str, model: str) -> Price | None:
        """Dollars per million tokens, or ``None``: unknown is unknown."""
        return self._known(provider, model)

    def _look_up(self, provider: str, model: str) -> Price | None:
        if provider in _FREE_PROVIDERS or self._kinds.get(provider) in _FREE_PROVIDERS:
            return _FREE
        row = self._rows.get(provider, {}).get(model) or self._rows.get(self._kinds.get(provider, ""), {}).get(model)
        return None if row is None else row.price()

    def listed(self) -> Mapping[str, Mapping[str, ListedPrice]]:
        """The whole table, for showing it."""
        return self._rows


def read_prices(text: str, where: str) -> dict[str, dict[str, ListedPrice]]:
    """Parse a price table.

    Args:
        text: TOML as in the packaged ``prices.toml``.
        where: the file, for messages.

    Raises:
        BadInput: no TOML, a field missing or misspelt, or a price below zero.
    """
    try:
        rows = msgspec.convert(tomllib.loads(text), dict[str, dict[str, ListedPrice]])
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise BadInput(f"{where} is no price table: {error}") from error
    for provider, models in rows.items():
        for model, row in models.items():
            if min(getattr(row, kind) or 0.0 for kind in _KINDS) < 0:
                raise BadInput(f"{where}: the price of {provider} {model} is below zero")
    return rows


def packaged_prices(kinds: Mapping[str, str] | None = None) -> PriceTable:
    """The table that ships with gonogo."""
    text = files("gonogo.providers").joinpath("prices.toml").read_text("utf-8")
    return PriceTable(read_prices(text, "prices.toml"), kinds)
