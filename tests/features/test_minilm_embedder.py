"""MiniLMEmbedder: the shipped weights, their digest, what vectors promise, and what happens without onnxruntime."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gonogo.errors import BadInput, ExtraMissing
from gonogo.features import SHIPPED_WEIGHTS
from gonogo.features.minilm_embedder import MiniLMEmbedder
from gonogo.features.minilm_trunk import MINILM_WEIGHTS, MiniLMTrunk

EMBEDDER = MiniLMEmbedder()
REFERENCE_START = [-0.0566, 0.0082, 0.0474, 0.0305, 0.0001, -0.0102, 0.0187, 0.0038]


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    """A copy of the shipped weights, vocabulary beside it, that a test may damage."""
    vocabulary = tmp_path / SHIPPED_WEIGHTS.name
    vocabulary.mkdir()
    shutil.copy(SHIPPED_WEIGHTS / "vocab.txt", vocabulary)
    return Path(shutil.copytree(MINILM_WEIGHTS, tmp_path / "minilm"))


def test_the_recorded_digest_is_that_of_the_shipped_files() -> None:
    EMBEDDER.verify()


def test_the_shipped_embedder_is_called_minilm_and_has_384_dimensions() -> None:
    assert (EMBEDDER.name, EMBEDDER.dimensions, len(EMBEDDER.digest)) == ("minilm", 384, 64)


def test_tokens_are_those_that_are_read() -> None:
    assert EMBEDDER.tokens(["The lamp.", "a " * 10_000]) == 5 + 256


def test_the_weights_weigh_at_most_25_megabytes() -> None:
    assert sum(path.stat().st_size for path in MINILM_WEIGHTS.iterdir()) <= 25_000_000


def test_the_card_names_source_and_licence() -> None:
    card = MiniLMTrunk().card
    assert (card.teacher, card.licence, len(card.teacher_sha256)) == (
        "sentence-transformers/all-MiniLM-L6-v2",
        "Apache-2.0",
        64,
    )


@pytest.mark.needs_onnx
def test_vectors_are_float32_of_unit_length() -> None:
    matrix = EMBEDDER.embed(["How do I get a refund?", "a"])
    assert matrix.dtype == np.float32
    assert np.linalg.norm(matrix, axis=1) == pytest.approx([1.0, 1.0], abs=1e-5)


@pytest.mark.needs_onnx
def test_vectors_are_near_those_of_the_reference() -> None:
    # The first numbers of all-MiniLM-L6-v2's vector in 32-bit floats, from torch.
    vector = EMBEDDER.embed(["How do I get a refund?"])[0]
    assert vector[:8] == pytest.approx(REFERENCE_START, abs=0.012)


@pytest.mark.needs_onnx
def test_related_questions_are_closer_than_unrelated_ones() -> None:
    asked, related, unrelated = EMBEDDER.embed(
        ["how do I get a refund for my order", "give me back what I paid", "the moon is far away"]
    )
    assert asked @ related > 0.4 > 0.2 > asked @ unrelated


@pytest.mark.needs_onnx
def test_a_vector_does_not_depend_on_its_neighbours() -> None:
    texts = ["one text", "a much longer text about refunds, orders and the weather in Lisbon", "one text", ""]
    together = EMBEDDER.embed(texts)
    assert all((EMBEDDER.embed([text])[0] == row).all() for text, row in zip(texts, together, strict=True))


@pytest.mark.parametrize("text", ["", " ", "\x00\x01", "\ud800", "x" * 101, "🙂🙂"])
def test_a_text_without_known_pieces_has_the_zero_vector(text: str) -> None:
    assert not EMBEDDER.embed([text]).any()


def test_no_texts_give_an_empty_matrix() -> None:
    assert EMBEDDER.embed([]).shape == (0, 384)


@pytest.mark.needs_onnx
def test_five_megabytes_of_one_word_are_read_like_their_beginning() -> None:
    word = "refund "
    assert (EMBEDDER.embed([word * 700_000])[0] == EMBEDDER.embed([word * 254])[0]).all()


@pytest.mark.needs_onnx
@settings(max_examples=25, deadline=None)
@given(st.text(st.characters(exclude_categories=()), max_size=60))
def test_every_text_has_a_finite_vector_of_unit_or_zero_length(text: str) -> None:
    vector = EMBEDDER.embed([text])[0]
    assert np.isfinite(vector).all()
    assert float(vector @ vector) == pytest.approx(1.0, abs=1e-4) or not vector.any()


def test_other_weights_than_recorded_fail_verification(weights: Path) -> None:
    (weights / "top.onnx").write_bytes(b"intruder")
    with pytest.raises(BadInput, match="recorded is"):
        MiniLMEmbedder(weights).verify()


def test_weights_of_a_newer_format_ask_for_an_upgrade(weights: Path) -> None:
    (weights / "config.json").write_text(json.dumps({"format_version": 2}))
    with pytest.raises(BadInput, match=r"format 2, this gonogo reads up to 1; upgrade"):
        MiniLMEmbedder(weights).embed(["text"])


@pytest.mark.needs_onnx
@pytest.mark.parametrize("name", ["config.json", "trunk.onnx", "top.onnx", "DIGEST"])
def test_a_missing_file_is_named(weights: Path, name: str) -> None:
    (weights / name).unlink()
    embedder = MiniLMEmbedder(weights)
    with pytest.raises(BadInput, match=name):
        embedder.embed(["text"]) if name != "DIGEST" else embedder.verify()


@pytest.mark.needs_onnx
def test_a_broken_graph_is_bad_input_and_names_the_file(weights: Path) -> None:
    (weights / "trunk.onnx").write_bytes(b"\x00 no graph")
    with pytest.raises(BadInput, match=r"trunk\.onnx: not a graph"):
        MiniLMEmbedder(weights).embed(["text"])


def test_without_onnxruntime_the_message_prints_the_install_line(
    monkeypatch: pytest.MonkeyPatch, weights: Path
) -> None:
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(ExtraMissing, match=r"pip install 'gonogo\[minilm\]'"):
        MiniLMEmbedder(weights).embed(["text"])


def test_nothing_is_loaded_before_a_vector_is_asked_for() -> None:
    program = (
        "import sys; from gonogo.features.minilm_embedder import MiniLMEmbedder\n"
        "MiniLMEmbedder().dimensions, MiniLMEmbedder().digest\n"
        "assert not {'numpy', 'onnxruntime'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
