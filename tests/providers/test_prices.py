"""Prices come from a dated table, and what is not in it is unknown."""

from __future__ import annotations

import re

import pytest

from gonogo.domain import Usage
from gonogo.errors import BadInput
from gonogo.providers.prices import packaged_prices, read_prices


@pytest.mark.parametrize(
    ("model", "read", "written"), [("gpt-4", 30.0, 60.0), ("gpt-5", 1.25, 10.0), ("o1", 15.0, 60.0)]
)
def test_known_models_have_their_list_price(model: str, read: float, written: float) -> None:
    price = packaged_prices().price("openai", model)
    assert price is not None
    assert (price.input, price.output) == (read, written)


def test_cached_input_costs_less() -> None:
    price = packaged_prices().price("openai", "gpt-5")
    assert price is not None
    million = Usage(input=1_000_000, cached=1_000_000)
    assert price.of(million) == pytest.approx(0.125)


def test_unknown_is_unknown_and_never_guessed_from_a_similar_name() -> None:
    prices = packaged_prices()
    assert prices.price("openai", "gpt-5-ultra") is None
    assert prices.price("ollama", "llama3:8b") is None
    assert prices.price("nobody", "gpt-5") is None


def test_the_built_in_models_cost_nothing_under_any_name_of_their_provider() -> None:
    for provider in ("builtin", "ours"):
        price = packaged_prices({"ours": "builtin"}).price(provider, "extractive-large")
        assert price is not None
        assert price.of(Usage(input=10**9, output=10**9)) == 0.0


def test_a_provider_of_another_name_is_priced_by_its_kind() -> None:
    assert packaged_prices({"work": "openai"}).price("work", "gpt-5") == packaged_prices().price("openai", "gpt-5")


def test_every_row_is_dated_has_a_source_and_costs_more_to_write_than_to_read() -> None:
    rows = [row for models in packaged_prices().listed().values() for row in models.values()]
    assert len(rows) >= 25
    for row in rows:
        assert re.fullmatch(r"20\d\d-\d\d-\d\d", row.dated)
        assert row.source
        assert (row.cached or 0.0) < row.input < row.output
        assert row.input < (row.cache_written or row.input + 1)
        assert row.output <= (row.reasoning or row.output)


def test_a_written_table_may_price_every_part() -> None:
    kinds = ("cached", "cache_written", "reasoning", "input_audio", "output_audio", "input_image")
    parts = ", ".join(f"{kind} = {place}.5" for place, kind in enumerate(kinds))
    rows = read_prices(f'[p]\n"m" = {{ input = 9, output = 10, dated = "d", source = "s", {parts} }}', "mine.toml")
    price = rows["p"]["m"].price()
    assert [getattr(price, kind) for kind in kinds] == [place + 0.5 for place in range(len(kinds))]


@pytest.mark.parametrize(
    "text",
    [
        "not toml",
        '[p]\n"m" = { input = 1.0 }',
        '[p]\n"m" = { input = 1.0, output = 2.0, dated = "d", source = "s", outptu = 1.0 }',
        '[p]\n"m" = { input = -1.0, output = 2.0, dated = "d", source = "s" }',
        '[p]\n"m" = { input = 1.0, output = 2.0, output_audio = -1.0, dated = "d", source = "s" }',
    ],
)
def test_a_table_with_a_fault_is_refused_with_its_name(text: str) -> None:
    with pytest.raises(BadInput, match=r"mine\.toml"):
        read_prices(text, "mine.toml")
