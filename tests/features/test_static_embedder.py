"""StaticEmbedder: the shipped weights, their digest, and what vectors promise."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from gonogo.errors import BadInput
from gonogo.features import SHIPPED_WEIGHTS, StaticEmbedder

EMBEDDER = StaticEmbedder()


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    """A copy of the shipped weights that a test may damage."""
    return Path(shutil.copytree(SHIPPED_WEIGHTS, tmp_path / "weights"))


def test_the_recorded_digest_is_that_of_the_shipped_files() -> None:
    StaticEmbedder().verify()


def test_the_shipped_embedder_is_called_static_and_has_256_dimensions() -> None:
    assert (EMBEDDER.name, EMBEDDER.dimensions, len(EMBEDDER.digest)) == ("static", 256, 64)


def test_the_shipped_tensors_have_the_shape_of_the_card() -> None:
    embeddings, scales = EMBEDDER._tensors
    assert (embeddings.shape, embeddings.dtype.name) == ((30522, 256), "int8")
    assert (scales.shape, scales.dtype.name) == ((30522,), "float32")


def test_tokens_are_those_that_are_read() -> None:
    assert EMBEDDER.tokens(["The lamp.", "a" * 10_000]) == 3 + 1


def test_vectors_are_float32_of_unit_length() -> None:
    matrix = EMBEDDER.embed(["How do I get a refund?", "a"])
    assert matrix.dtype == np.float32
    assert np.linalg.norm(matrix, axis=1) == pytest.approx([1.0, 1.0], abs=1e-5)


def test_a_vector_is_the_scaled_sum_of_its_rows() -> None:
    embeddings, scales = EMBEDDER._tensors
    rows = EMBEDDER._tokeniser.rows("refund the order")
    expected = sum(embeddings[row].astype("f8") * float(scales[row]) for row in rows)
    expected /= np.linalg.norm(expected)
    assert EMBEDDER.embed(["refund the order"])[0] == pytest.approx(expected, abs=1e-5)


def test_one_text_and_many_give_the_same_vectors() -> None:
    texts = ["one text", "another text", ""]
    assert all((EMBEDDER.embed_one(text) == row).all() for text, row in zip(texts, EMBEDDER.embed(texts), strict=True))


def test_related_questions_are_closer_than_unrelated_ones() -> None:
    asked, related, unrelated = EMBEDDER.embed(
        ["how do I get a refund for my order", "refund my purchase", "the moon is far away"]
    )
    assert asked @ related > 0.5 > 0.3 > asked @ unrelated


@pytest.mark.parametrize("text", ["", " ", "\x00\x01", "\ud800", "x" * 101])
def test_a_text_without_known_pieces_has_the_zero_vector(text: str) -> None:
    assert not EMBEDDER.embed([text]).any()


def test_no_texts_give_an_empty_matrix() -> None:
    assert EMBEDDER.embed([]).shape == (0, 256)


def test_only_the_first_pieces_of_a_long_text_count() -> None:
    start = "refund " * 512
    assert (EMBEDDER.embed_one(start) == EMBEDDER.embed_one(start + "moon " * 1000)).all()


def test_other_weights_than_recorded_fail_verification(weights: Path) -> None:
    with (weights / "vocab.txt").open("a") as file:
        file.write("intruder\n")
    with pytest.raises(BadInput, match="recorded is"):
        StaticEmbedder(weights).verify()


def test_weights_of_a_newer_format_ask_for_an_upgrade(weights: Path) -> None:
    card = json.loads((weights / "config.json").read_text())
    (weights / "config.json").write_text(json.dumps({"format_version": 2, "other": card}))
    with pytest.raises(BadInput, match=r"format 2, this gonogo reads up to 1; upgrade"):
        StaticEmbedder(weights).embed(["text"])


@pytest.mark.parametrize("name", ["config.json", "vocab.txt", "model.safetensors", "DIGEST"])
def test_a_missing_file_is_named(weights: Path, name: str) -> None:
    (weights / name).unlink()
    embedder = StaticEmbedder(weights)
    with pytest.raises(BadInput, match=name):
        embedder.embed(["text"]) if name != "DIGEST" else embedder.verify()


def test_weights_that_do_not_fit_the_card_are_refused(weights: Path) -> None:
    card = json.loads((weights / "config.json").read_text())
    (weights / "config.json").write_text(json.dumps({**card, "dimensions": 128}))
    with pytest.raises(BadInput, match="do not fit the card"):
        StaticEmbedder(weights).embed(["text"])


def test_nothing_is_loaded_before_a_vector_is_asked_for() -> None:
    program = (
        "import sys; from gonogo.features import Reader, StaticEmbedder\n"
        "text = Reader(StaticEmbedder()).read('How do I reset BL-20X in 3 days?')\n"
        "text.words, text.stems, text.numbers, text.entities, text.negated, text.sentences(), text.undone\n"
        "assert 'numpy' not in sys.modules; text.vector; assert 'numpy' in sys.modules"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
