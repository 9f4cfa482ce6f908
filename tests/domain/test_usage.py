"""Tokens by kind add up, and every one of them is paid once."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gonogo.domain import NO_USAGE, Price, Usage, total_usage

KINDS = (
    "input",
    "output",
    "cached",
    "reasoning",
    "calls",
    "cache_written",
    "input_audio",
    "output_audio",
    "input_image",
)
counts = st.integers(0, 10**7)
usages = st.builds(Usage, **dict.fromkeys(KINDS, counts))


def test_every_kind_is_added_up() -> None:
    one = Usage(**{kind: place for place, kind in enumerate(KINDS, start=1)})
    assert one + one == Usage(**{kind: 2 * place for place, kind in enumerate(KINDS, start=1)})
    assert set(Usage.__struct_fields__) == {*KINDS, "estimated"}


def test_a_sum_with_one_estimate_is_an_estimate() -> None:
    assert total_usage([Usage(input=1), Usage(input=2, estimated=True)]) == Usage(input=3, calls=2, estimated=True)
    assert total_usage([]) == NO_USAGE


def test_a_usage_written_before_there_were_more_kinds_is_read() -> None:
    written = b'{"input":9,"output":3,"cached":2,"reasoning":1,"calls":1,"estimated":false}'
    assert msgspec.json.decode(written, type=Usage) == Usage(input=9, output=3, cached=2, reasoning=1)


def test_each_part_has_its_own_price_and_the_rest_that_of_its_whole() -> None:
    price = Price(
        input=1.0, output=10.0, cached=0.1, cache_written=1.25, reasoning=20.0, input_audio=40.0, output_audio=80.0,
        input_image=3.0,
    )  # fmt: skip
    usage = Usage(
        input=1000, cached=100, cache_written=200, input_audio=300, input_image=150, output=500, reasoning=50,
        output_audio=60,
    )  # fmt: skip
    read = 250 * 1.0 + 100 * 0.1 + 200 * 1.25 + 300 * 40.0 + 150 * 3.0
    written = 390 * 10.0 + 50 * 20.0 + 60 * 80.0
    assert price.of(usage) == pytest.approx((read + written) / 1e6)
    assert (usage.fresh, usage.spoken) == (250, 390)


@given(usages)
def test_parts_without_a_price_cost_what_their_whole_costs(usage: Usage) -> None:
    assert Price(input=2.0, output=5.0).of(usage) == pytest.approx((2 * usage.input + 5 * usage.output) / 1e6)


@given(usages, st.builds(Price, **dict.fromkeys([kind for kind in KINDS if kind != "calls"], st.floats(0, 100))))
def test_no_token_is_paid_twice_whatever_parts_overlap(usage: Usage, price: Price) -> None:
    most = (usage.input * price.dearest_input + usage.output * price.dearest_output) / 1e6
    assert 0 <= price.of(usage) <= most * (1 + 1e-9)


def test_audio_that_was_cached_is_paid_as_audio() -> None:
    price = Price(input=1.0, output=1.0, cached=0.5, input_audio=40.0)
    assert price.of(Usage(input=10, input_audio=10, cached=10)) == pytest.approx(400 / 1e6)
