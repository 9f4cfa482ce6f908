"""N-grams in buckets: stable numbers, any text."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from gonogo.contracts import BUCKETS
from gonogo.features.ngrams import buckets_of
from gonogo.features.words import words_of


def read(text: str) -> np.ndarray:
    return buckets_of(text, words_of(text))


@given(st.text(st.characters(), max_size=200))
def test_every_text_gives_buckets_within_bounds(text: str) -> None:
    buckets = read(text)
    assert buckets.dtype == np.int32
    assert buckets.size == 0 or (buckets.min() >= 0 and buckets.max() < BUCKETS)
    assert not buckets.flags.writeable


def test_the_numbers_are_those_that_trained_weights_were_learned_for() -> None:
    assert int(read("Refund my order, please").sum()) == 2342092


def test_case_and_kind_of_blank_do_not_matter() -> None:
    assert np.array_equal(read("Refund  my\tORDER"), read("refund my order"))


def test_order_of_words_matters() -> None:
    assert set(read("dog bites man").tolist()) != set(read("man bites dog").tolist())


def test_letters_beyond_ascii_share_the_runs_of_their_neighbours() -> None:
    plain, accented = set(read("grosse frage").tolist()), set(read("grosse frage ü").tolist())
    assert len(plain & accented) >= 0.8 * len(plain)


@given(st.text(st.characters(codec="utf-8"), max_size=60), st.integers(2, 5))
def test_each_bucket_comes_once_and_in_order_however_often_a_text_repeats_itself(text: str, times: int) -> None:
    buckets = read(" ".join([text] * times))
    assert (np.diff(buckets) > 0).all()
    assert set(read(text).tolist()) <= set(buckets.tolist())


def test_lone_surrogates_and_binary_are_read() -> None:
    assert read("\ud800\udfff\x00\x01").size >= 0
