"""CarefulEncoder: the shipped top, its digest, and what the vector of a pair promises."""

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
from gonogo.features.encoder import CAREFUL_WEIGHTS, CarefulEncoder, careful_encoder
from gonogo.features.minilm_embedder import MiniLMEmbedder

ENCODER, WITH_COSINE = careful_encoder("careful/1"), careful_encoder("careful+cosine/1")
PAIR = ("it opened in 1967 .", "The museum opened in 1967 and closed in 1980.")


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    """A copy of the shipped top that a test may damage."""
    return Path(shutil.copytree(CAREFUL_WEIGHTS, tmp_path / "careful"))


def test_the_recorded_digest_is_that_of_the_shipped_files() -> None:
    ENCODER.verify()


def test_both_encoders_have_a_name_and_a_digest_of_their_own() -> None:
    assert (ENCODER.name, ENCODER.dimensions) == ("careful/1", 768)
    assert (WITH_COSINE.name, WITH_COSINE.dimensions) == ("careful+cosine/1", 769)
    assert ENCODER.digest != WITH_COSINE.digest


def test_an_encoder_of_another_name_asks_for_an_upgrade() -> None:
    with pytest.raises(BadInput, match="no encoder careful/9: upgrade"):
        careful_encoder("careful/9")


@pytest.mark.needs_onnx
def test_a_pair_is_read_together_and_in_order() -> None:
    one, turned, alone = ENCODER.encode([PAIR, PAIR[::-1], (PAIR[0], "")])
    assert one.dtype == np.float32
    assert not np.allclose(one, turned)
    assert not np.allclose(one, alone)


@pytest.mark.needs_onnx
def test_a_pair_has_the_same_vector_alone_and_among_others() -> None:
    together = ENCODER.encode([("short", ""), PAIR, ("a rather longer text " * 10, "with another " * 30)])
    assert (together[1] == ENCODER.encode([PAIR])[0]).all()


@pytest.mark.needs_onnx
def test_the_last_number_is_the_cosine_of_the_embedder() -> None:
    row = WITH_COSINE.encode([PAIR])[0]
    one, other = MiniLMEmbedder().embed(PAIR)
    assert row[-1] == pytest.approx(one @ other, abs=1e-6)
    assert (row[:-1] == ENCODER.encode([PAIR])[0]).all()


@pytest.mark.parametrize("text", ["", "\x00", "\ud800"])
def test_a_text_without_pieces_gives_zeros(text: str) -> None:
    assert not ENCODER.encode([(text, "anything")]).any()


def test_no_pairs_give_an_empty_matrix() -> None:
    assert ENCODER.encode([]).shape == (0, 768)


@pytest.mark.needs_onnx
@settings(max_examples=25, deadline=None)
@given(st.text(st.characters(exclude_categories=()), max_size=60), st.text(max_size=60))
def test_every_pair_has_finite_numbers(text: str, against: str) -> None:
    assert np.isfinite(WITH_COSINE.encode([(text, against)])).all()


def test_other_weights_than_recorded_fail_verification(weights: Path) -> None:
    (weights / "top.onnx").write_bytes(b"intruder")
    with pytest.raises(BadInput, match="recorded is"):
        CarefulEncoder(folder=weights).verify()


def test_weights_of_a_newer_format_ask_for_an_upgrade(weights: Path) -> None:
    (weights / "config.json").write_text(json.dumps({"format_version": 2}))
    with pytest.raises(BadInput, match=r"format 2, this gonogo reads up to 1; upgrade"):
        CarefulEncoder(folder=weights).encode([PAIR])


def test_without_onnxruntime_the_message_prints_the_install_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    monkeypatch.setattr(ENCODER._trunk._session, "_session", None)
    with pytest.raises(ExtraMissing, match=r"pip install 'gonogo\[minilm\]'"):
        ENCODER.encode([PAIR])


def test_nothing_is_loaded_before_a_vector_is_asked_for() -> None:
    program = (
        "import sys; from gonogo.features.encoder import careful_encoder\n"
        "careful_encoder('careful/1').dimensions, careful_encoder('careful+cosine/1').digest\n"
        "assert not {'numpy', 'onnxruntime'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
