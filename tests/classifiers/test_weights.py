"""A classifier as a folder: whole or not at all, and never other weights than the card's."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from msgspec import structs

from gonogo.classifiers import read_card, read_folder, write_folder
from gonogo.digest import Digest
from gonogo.domain import ClassifierCard, DataFingerprint, Measure, Threshold
from gonogo.domain.classifier import weights_digest
from gonogo.errors import BadInput, NotFound
from gonogo.safetensors import safetensors_bytes

TENSORS = {"dense": np.array([1.0, 2.0], np.float32)}


def card_of(threshold: float = 0.5) -> ClassifierCard:
    digest = weights_digest("toy", "linear", "toy/1", threshold, safetensors_bytes(TENSORS))
    return ClassifierCard(
        name="toy", digest=digest, form="linear", features="toy/1", code=Digest("0" * 64), seed=0, created_at=1.0,
        data=DataFingerprint(digest=Digest("0" * 64), rows=0, positives=0),
        threshold=Threshold(value=threshold, target=0.01, false_positives=Measure(value=None)),
    )  # fmt: skip


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    write_folder(tmp_path / "toy", card_of(), TENSORS)
    card, tensors = read_folder(tmp_path / "toy")
    assert card == card_of()
    assert tensors["dense"].tolist() == [1.0, 2.0]


def test_dates_and_notes_do_not_move_the_digest_but_the_threshold_does() -> None:
    assert structs.replace(card_of(), created_at=9.0, note="x").digest == card_of().digest
    assert card_of(0.6).digest != card_of(0.5).digest


def test_altered_weights_are_refused_with_both_digests(tmp_path: Path) -> None:
    write_folder(tmp_path / "toy", card_of(), TENSORS)
    path = tmp_path / "toy" / "weights.safetensors"
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(bytes(content))
    with pytest.raises(BadInput, match=r"have digest .*the card says .*promote another"):
        read_folder(tmp_path / "toy")


def test_an_altered_threshold_is_refused(tmp_path: Path) -> None:
    write_folder(tmp_path / "toy", card_of(), TENSORS)
    path = tmp_path / "toy" / "card.json"
    path.write_text(path.read_text().replace('"value": 0.5', '"value": 0.4'))
    with pytest.raises(BadInput, match="the card says"):
        read_folder(tmp_path / "toy")


def test_a_card_of_a_newer_gonogo_says_so(tmp_path: Path) -> None:
    write_folder(tmp_path / "toy", card_of(), TENSORS)
    path = tmp_path / "toy" / "card.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "format": 99, "new": 1}))
    with pytest.raises(BadInput, match="format 99, this gonogo reads up to 1; upgrade gonogo"):
        read_card(tmp_path / "toy")


@pytest.mark.parametrize("content", [b"", b"{}", b"\xff\xfe", b'{"format": 1}'])
def test_a_broken_card_is_named(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "card.json").write_bytes(content)
    with pytest.raises(BadInput, match=r"card\.json: the card cannot be read"):
        read_card(tmp_path)


def test_a_missing_folder_is_not_found(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="holds no classifier"):
        read_folder(tmp_path / "none")


def test_missing_weights_are_named(tmp_path: Path) -> None:
    write_folder(tmp_path / "toy", card_of(), TENSORS)
    (tmp_path / "toy" / "weights.safetensors").unlink()
    with pytest.raises(BadInput, match=r"weights\.safetensors"):
        read_folder(tmp_path / "toy")


def test_a_write_that_fails_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(path: Path, content: bytes) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("gonogo.classifiers.weights._write", full)
    with pytest.raises(BadInput, match="No space left"):
        write_folder(tmp_path / "toy", card_of(), TENSORS)
    assert list(tmp_path.iterdir()) == []


def test_writing_the_same_again_changes_nothing(tmp_path: Path) -> None:
    write_folder(tmp_path / "toy", card_of(), TENSORS)
    write_folder(tmp_path / "toy", structs.replace(card_of(), created_at=5.0), TENSORS)
    assert read_card(tmp_path / "toy").created_at == 1.0


def test_a_card_of_other_weights_is_a_mistake_of_the_caller(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="not that of its weights"):
        write_folder(tmp_path / "toy", card_of(), {"dense": np.zeros(2, np.float32)})
