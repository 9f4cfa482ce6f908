"""Training rows: read with every fault named, split without leaks, fingerprinted without order."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.training.toy import toy_rows

from gonogo.domain import TrainingRow
from gonogo.errors import BadInput
from gonogo.training.rows import both_classes, fingerprint, fold_of, in_order, read_rows, write_rows


def test_rows_are_read_as_they_were_written(tmp_path: Path) -> None:
    rows = [*toy_rows(20), TrainingRow(text="ünï 😀", label=True, against=("a", "b"), context={"n": 1.5}, at=3.0)]
    assert write_rows(tmp_path / "rows.jsonl", rows) == 21
    assert read_rows(tmp_path / "rows.jsonl") == rows


def test_a_broken_line_is_named_with_file_line_and_nearest_key(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text('{"text": "a", "label": true}\n\n{"text": "b", "label": true, "sorce": "x"}\n{"text": 3}\n')
    with pytest.raises(BadInput, match=r"rows\.jsonl:3: .*sorce.*did you mean source\?(.|\n)*rows\.jsonl:4:"):
        read_rows(path)


def test_binary_is_no_row(tmp_path: Path) -> None:
    (tmp_path / "rows.jsonl").write_bytes(b"\x00\xff\xfe\n")
    with pytest.raises(BadInput, match="no training rows"):
        read_rows(tmp_path / "rows.jsonl")


@pytest.mark.parametrize("content", ["", "\n\n"])
def test_an_empty_file_says_what_to_write(tmp_path: Path, content: str) -> None:
    (tmp_path / "rows.jsonl").write_text(content)
    with pytest.raises(BadInput, match="one JSON object a line"):
        read_rows(tmp_path / "rows.jsonl")


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"gone\.jsonl cannot be read"):
        read_rows(tmp_path / "gone.jsonl")


def test_one_class_cannot_be_learned_from() -> None:
    with pytest.raises(BadInput, match="0 of 30 rows have the label false"):
        both_classes([TrainingRow(text=str(n), label=True) for n in range(30)])


@given(st.randoms())
def test_the_fingerprint_and_the_order_do_not_depend_on_the_order_of_rows(chance: random.Random) -> None:
    rows = toy_rows(30)
    shuffled = rows[:]
    chance.shuffle(shuffled)
    assert fingerprint(shuffled) == fingerprint(rows)
    assert in_order(shuffled) == in_order(rows)


def test_one_changed_letter_is_another_fingerprint() -> None:
    rows = toy_rows(30)
    changed = [*rows[:-1], TrainingRow(text=rows[-1].text + "!", label=rows[-1].label, source="toy")]
    assert fingerprint(changed).digest != fingerprint(rows).digest


def test_rows_of_one_group_and_equal_texts_fall_into_one_fold() -> None:
    rows = toy_rows(400)
    folds: dict[str, set[int]] = {}
    for row in rows:
        folds.setdefault(row.group, set()).add(fold_of(row, 5, seed=0))
    assert all(len(found) == 1 for found in folds.values())
    assert {fold_of(TrainingRow(text="same", label=label), 5, 0) for label in (True, False)}.__len__() == 1


def test_folds_are_about_equal_and_move_with_the_seed() -> None:
    rows = [TrainingRow(text=f"text {n}", label=False) for n in range(1000)]
    sizes = [sum(fold_of(row, 5, seed=0) == fold for row in rows) for fold in range(5)]
    assert min(sizes) > 150
    assert [fold_of(row, 5, 0) for row in rows] != [fold_of(row, 5, 1) for row in rows]


def test_the_fingerprint_counts_rows_by_source_and_licence() -> None:
    rows = [*toy_rows(10), *(TrainingRow(text=str(n), label=True, source="web", licence="MIT") for n in range(5))]
    found = fingerprint(rows)
    assert [(source.name, source.rows, source.licence) for source in found.sources] == [
        ("toy", 10, ""),
        ("web", 5, "MIT"),
    ]
    assert found.rows == 15
