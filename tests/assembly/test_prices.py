"""Prices: the packaged table, one's own figures over it, and list prices only where the maker charges them."""

from __future__ import annotations

import pytest

from gonogo.assembly.installed import PRICES_FILE, Installed
from gonogo.assembly.settings import load_settings
from gonogo.clock import SystemClock
from gonogo.domain import ModelSpec
from gonogo.errors import BadInput

ROW = '{ input = 0.05, output = 0.1, dated = "2026-11-01", source = "ours" }'


def installed(home, settings="", prices=None) -> Installed:
    (home / "settings.toml").write_text(settings, encoding="utf-8")
    if prices is not None:
        (home / PRICES_FILE).write_text(prices, encoding="utf-8")
    return Installed(load_settings(home, {}), SystemClock())


def test_a_model_of_ones_own_has_the_price_written_for_it(tmp_path):
    found = installed(tmp_path, prices=f'[mine]\n"llama3:8b" = {ROW}\n').prices.price("mine", "llama3:8b")
    assert (found.input, found.output) == (0.05, 0.1)


def test_a_written_price_wins_over_the_packaged_one_and_leaves_the_others(tmp_path):
    prices = installed(tmp_path, prices=f'[openai]\n"gpt-5" = {ROW}\n').prices
    assert prices.price("openai", "gpt-5").input == 0.05
    assert prices.price("openai", "o1") is not None


def test_without_a_price_cost_is_unknown(tmp_path):
    assert installed(tmp_path).prices.price("mine", "llama3:8b") is None


def test_a_local_server_is_not_charged_the_list_price_of_a_name_it_borrowed(tmp_path):
    local = '[providers.mine]\nbase_url = "http://127.0.0.1:8080/v1"\n'
    assert installed(tmp_path, local).prices.price("mine", "gpt-5") is None


def test_the_makers_own_address_under_another_name_is(tmp_path):
    other = '[providers.work]\nbase_url = "https://api.openai.com/v1"\n'
    assert installed(tmp_path, other).prices.price("work", "gpt-5") is not None


@pytest.mark.parametrize(
    "text", ["not toml [", '[mine]\n"m" = { input = -1, output = 1, dated = "d", source = "s" }\n']
)
def test_a_price_table_that_cannot_be_used_names_its_file(tmp_path, text):
    with pytest.raises(BadInput, match=PRICES_FILE):
        _ = installed(tmp_path, prices=text).prices


def test_an_unknown_kind_of_provider_offers_none_that_are_for_tests(tmp_path):
    made = installed(tmp_path, '[providers.mine]\nkind = "cobol"\nbase_url = "http://127.0.0.1:1/v1"\n')
    with pytest.raises(BadInput, match=r"known are openai, anthropic$"):
        made.provider(ModelSpec(provider="mine", model="m"))
