"""WordPiece: rows worked out by hand from a small vocabulary, and from the shipped one."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gonogo.errors import BadInput
from gonogo.features.static_embedder import SHIPPED_WEIGHTS
from gonogo.features.wordpiece import REMEMBERED_WORDS, WordPiece

SMALL = ["[PAD]", "[UNK]", "un", "##aff", "##able", "##ab", "a", "b", "!", "-", "日", "cafe", "##s", "x"]
PIECES = WordPiece({piece: row for row, piece in enumerate(SMALL)})
SHIPPED = WordPiece.from_file(SHIPPED_WEIGHTS / "vocab.txt")
ENTRIES = (SHIPPED_WEIGHTS / "vocab.txt").read_text("utf-8").split("\n")


def pieces(text: str) -> list[str]:
    return [ENTRIES[row] for row in SHIPPED.rows(text)]


def test_the_longest_match_from_the_left_wins() -> None:
    assert PIECES.rows("unaffable") == [2, 3, 4]


def test_a_word_with_one_missing_piece_is_unknown_as_a_whole() -> None:
    assert PIECES.rows("unaffx a") == [1, 6]


def test_punctuation_stands_alone() -> None:
    assert PIECES.rows("a-b!!") == [6, 9, 7, 8, 8]


def test_case_and_accents_are_folded() -> None:
    assert PIECES.rows("CAFÉS") == [11, 12]


def test_ideographs_stand_alone() -> None:
    assert PIECES.rows("a日b") == [6, 10, 7]


def test_control_characters_vanish_inside_a_word() -> None:
    assert PIECES.rows("a\x00ff\x07") == PIECES.rows("aff")
    assert PIECES.rows("é\x00") == PIECES.rows("é")


def test_a_word_over_one_hundred_characters_is_unknown() -> None:
    assert SHIPPED.rows("a" * 101) == [SHIPPED.unknown]
    assert SHIPPED.rows("a" * 100) != [SHIPPED.unknown]


def test_the_limit_cuts_the_rows() -> None:
    assert PIECES.rows("unaffable a b", limit=4) == [2, 3, 4, 6]


@pytest.mark.parametrize("text", ["", "   ", "\t\n", "\u200b", "\ud800"])
def test_texts_without_characters_that_count_have_no_rows(text: str) -> None:
    assert SHIPPED.rows(text) == []


def test_the_shipped_vocabulary_splits_as_bert_does() -> None:
    assert pieces("Embeddings, don't!") == ["em", "##bed", "##ding", "##s", ",", "don", "'", "t", "!"]


def test_the_shipped_vocabulary_has_the_published_rows_of_its_specials() -> None:
    assert [ENTRIES.index(special) for special in ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")] == [
        0,
        100,
        101,
        102,
        103,
    ]


def test_ascii_and_other_text_take_the_same_words_apart_alike() -> None:
    text = "Reset: the (BL-20X) costs $5.00 a month"
    assert SHIPPED.rows(f"{text} é")[:-1] == SHIPPED.rows(text)


def test_the_memory_of_words_is_bounded() -> None:
    tokeniser = WordPiece({"[UNK]": 0, **{chr(97 + letter): letter + 1 for letter in range(26)}})
    for number in range(REMEMBERED_WORDS + 50):
        tokeniser.rows(f"w{number}")
    assert len(tokeniser._remembered) <= REMEMBERED_WORDS


def test_a_missing_vocabulary_is_bad_input_that_names_the_file(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"vocab\.txt"):
        WordPiece.from_file(tmp_path / "vocab.txt")


def test_a_file_without_the_unknown_piece_is_no_vocabulary(tmp_path: Path) -> None:
    (tmp_path / "vocab.txt").write_text("a\nb\n")
    with pytest.raises(BadInput, match="not a WordPiece vocabulary"):
        WordPiece.from_file(tmp_path / "vocab.txt")


def test_a_vocabulary_in_memory_needs_the_unknown_piece() -> None:
    with pytest.raises(ValueError, match="UNK"):
        WordPiece({"a": 0})


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=80))
def test_any_text_gives_rows_of_the_vocabulary(text: str) -> None:
    assert all(0 <= row < 30522 for row in SHIPPED.rows(text))
