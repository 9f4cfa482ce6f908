"""Slices: what a row belongs to is told from its text, and every slice is reported, however small."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gonogo.domain import TrainingRow
from gonogo.training.slices import DIALECT, language_of, length_band, slice_table, slices_of


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("How do I change the address of my account?", "en"),
        ("Wie kann ich die Adresse auf der Rechnung ändern?", "de"),
        ("Comment puis-je changer mon adresse sur la facture ?", "fr"),
        ("¿Cómo puedo cambiar la dirección de mi cuenta?", "es"),
        ("Hoe kan ik het adres van mijn rekening wijzigen?", "nl"),
        ("Как изменить адрес?", "Cyrillic"),
        ("住所を変更するには", "ja"),
        ("如何更改地址", "zh"),
        ("주소를 어떻게 바꾸나요", "ko"),
        ("كيف أغير عنواني", "Arabic"),
        ("", "unknown"),
        ("12345 !!! 🎉🎉", "unknown"),
        ("Kubernetes", "unknown"),
        ("Please explain the word Пожалуйста to me", "en"),
    ],
)
def test_the_language_is_told_from_script_and_stop_words(text: str, language: str) -> None:
    assert language_of(text) == language


@pytest.mark.parametrize(
    ("words", "band"),
    [
        (0, "up to 5 words"),
        (5, "up to 5 words"),
        (6, "6 to 20 words"),
        (100, "21 to 100 words"),
        (101, "over 100 words"),
    ],
)
def test_length_bands_meet_without_a_gap(words: int, band: str) -> None:
    assert length_band("word " * words) == band


@pytest.mark.parametrize(
    ("text", "group", "dialect"),
    [
        ("My Muslim neighbours are Arabs.", "several", "none seen"),
        ("He be working late, finna leave soon.", "none", DIALECT),
        ("The black cat sat on the white sofa.", "none", "none seen"),
        ("Many black people live here.", "origin", "none seen"),
        ("Is there a discount for deaf visitors?", "disability", "none seen"),
    ],
)
def test_groups_and_dialect_are_told_from_words(text: str, group: str, dialect: str) -> None:
    found = slices_of(TrainingRow(text=text, label=False))
    assert (found["group named"], found["dialect"]) == (group, dialect)


def test_what_the_row_says_goes_before_what_its_text_tells() -> None:
    row = TrainingRow(text="How are you?", label=False, source="s", slices={"language": "Pidgin", "topic": "greeting"})
    found = slices_of(row)
    assert (found["language"], found["topic"], found["source"]) == ("Pidgin", "greeting", "s")


def rows(count: int, **told: str) -> list[TrainingRow]:
    return [TrainingRow(text=f"the {number} of", label=number % 2 == 0, slices=told) for number in range(count)]


def test_every_slice_is_in_the_table_and_small_ones_say_so() -> None:
    both = [*rows(100, topic="money"), *rows(4, topic="travel")]
    table = {(one.dimension, one.name): one for one in slice_table(both, [0.9, 0.1] * 52, 0.5)}
    assert table["topic", "money"].measures["recall"].value == 1.0
    small = table["topic", "travel"]
    assert (small.rows, small.positives) == (4, 2)
    assert small.measures["recall"].value is None
    assert small.measures["recall"].note == "n too small to say: 2 positives, 30 needed"


def test_each_dimension_covers_every_row_once() -> None:
    table = slice_table(rows(60, topic="money"), [0.5] * 60, 0.5)
    for dimension in {one.dimension for one in table}:
        assert sum(one.rows for one in table if one.dimension == dimension) == 60


def test_a_probability_is_needed_for_every_row() -> None:
    with pytest.raises(ValueError, match="same length"):
        slice_table(rows(3), [0.5], 0.5)


@given(st.text())
def test_any_text_has_its_slices(text: str) -> None:
    assert set(slices_of(TrainingRow(text=text, label=True))) == {"language", "length", "group named", "dialect"}


@pytest.mark.parametrize("text", ["x" * 5_000_000, "\ud800" * 100, "he " * 500_000, "\x00\x01"])
def test_odd_texts_have_slices_too(text: str) -> None:
    assert slices_of(TrainingRow(text=text, label=True))
