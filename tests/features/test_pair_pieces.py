"""Pair pieces: the sequence of a pair, and which pieces match."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from gonogo.features.pair_pieces import END, FIRST, STATES, pair_pieces

PIECES = st.lists(st.integers(200, 210), max_size=12)


def test_a_pair_stands_between_its_marks_and_the_second_text_is_found() -> None:
    pair = pair_pieces([1, 2], [3])
    assert pair.ids == [FIRST, 1, 2, END, 3, END]
    assert pair.ids[pair.second :] == [3, END]


def test_a_single_text_matches_nothing() -> None:
    assert pair_pieces([1, 2], None).matches == [0, 1, 1, 0]


def test_a_piece_found_is_told_from_one_found_beside_its_neighbour() -> None:
    pair = pair_pieces([7, 1, 2, 8], [1, 2, 9, 8])
    assert pair.matches == [0, 1, 3, 3, 2, 0, 6, 6, 4, 5, 0]


@given(PIECES, PIECES)
def test_every_piece_has_a_state_and_equal_texts_match_throughout(judged: list[int], other: list[int]) -> None:
    pair = pair_pieces(judged, other)
    assert len(pair.matches) == len(pair.ids) == len(judged) + len(other) + 3
    assert all(0 <= state < STATES for state in pair.matches)
    same = pair_pieces(judged, judged).matches[1 : len(judged) + 1]
    assert same == ([2] if len(judged) == 1 else [3] * len(judged))
