"""What every embedder promises, whatever stands behind it; those whose library is missing are skipped by name."""

from __future__ import annotations

import contextlib
import shutil
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from tests.features.embedders.embeddings_server import embeddings_server
from tests.features.embedders.tiny_models import FOLDERS

from gonogo.contracts import Embedder
from gonogo.features.embedders import EMBEDDERS, EmbedderOptions, embedder

LIBRARIES = {
    "fastembed": ("fastembed", "onnx"),
    "minilm": ("onnxruntime",),
    "model2vec": ("model2vec",),
    "sentence-transformers": ("sentence_transformers",),
}
ODD = ["\ud800", "a\udfff b", "\x00\x01\x02", "\U0001f600\U0001f63a", "\u0627\u0644 mixed \u65e5\u672c", "\u202e abc"]


def have(name: str) -> bool:
    if name == "minilm" and find_spec("gonogo.features.minilm_embedder") is None:
        return False
    return all(find_spec(library) is not None for library in LIBRARIES.get(name, ()))


CASES = [
    pytest.param(
        name, marks=pytest.mark.skipif(not have(name), reason=f"needs {', '.join(LIBRARIES.get(name, ('?',)))}")
    )
    for name in sorted(EMBEDDERS)
]


@pytest.fixture(params=CASES, scope="module")
def made(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Embedder]:
    """Each embedder with a real library over tiny model files, or a local server behind it."""
    name = request.param
    with contextlib.ExitStack() as stack:
        options = EmbedderOptions()
        if name == "openai":
            server = stack.enter_context(embeddings_server())
            options = EmbedderOptions(model="own", dimensions=8, api_key="sk-test", base_url=server.base_url)
        elif name in FOLDERS:
            folder = tmp_path_factory.mktemp(name)
            options = EmbedderOptions(folder=folder, model=FOLDERS[name](folder))
        found = embedder(name, options)
        yield found
        close = getattr(found, "close", None)
        if close is not None:
            close()


def test_rows_have_unit_length_and_the_promised_shape_and_type(made: Embedder) -> None:
    matrix = made.embed(["how do I get a refund", "the order"])
    assert (matrix.shape, matrix.dtype) == ((2, made.dimensions), np.float32)
    assert np.linalg.norm(matrix, axis=1) == pytest.approx([1, 1], abs=1e-5)


def test_a_text_that_says_nothing_is_zero(made: Embedder) -> None:
    assert not made.embed(["", "  \n\t "]).any()


def test_no_texts_are_an_empty_matrix(made: Embedder) -> None:
    assert made.embed([]).shape == (0, made.dimensions)


def test_the_same_text_has_the_same_vector(made: Embedder) -> None:
    assert (made.embed(["the same text"]) == made.embed(["the same text"])).all()


def test_many_texts_together_have_the_vectors_they_have_alone(made: Embedder) -> None:
    texts = ["a refund", "", "a much longer text about the order and the refund of it", "a refund"]
    together = made.embed(texts)
    for text, row in zip(texts, together, strict=True):
        assert made.embed([text])[0] == pytest.approx(row, abs=1e-5)


def test_different_texts_have_different_vectors(made: Embedder) -> None:
    first, second = made.embed(["refund of the order", "weather"])
    assert float(first @ second) < 0.9999


@pytest.mark.parametrize("text", ODD, ids=ascii)
def test_odd_texts_have_a_vector_of_unit_length_or_zero(made: Embedder, text: str) -> None:
    length = float(np.linalg.norm(made.embed([text])))
    assert length == pytest.approx(1, abs=1e-5) or length == 0


def test_a_very_long_text_is_read_as_far_as_the_model_reads(made: Embedder) -> None:
    assert np.isfinite(made.embed(["x" * 300_000, "word " * 60_000])).all()


def test_name_and_digest_stay_the_same(made: Embedder) -> None:
    assert made.name == made.name
    assert made.digest == made.digest
    assert len(made.digest) == 64
    assert set(made.digest) <= set("0123456789abcdef")


@pytest.mark.parametrize("name", [name for name in FOLDERS if have(name)])
def test_the_digest_of_a_folder_changes_with_one_byte_and_not_with_its_place(name: str, tmp_path: Path) -> None:
    first = tmp_path / "first"
    first.mkdir()
    model = FOLDERS[name](first)
    moved = Path(shutil.copytree(first, tmp_path / "moved"))
    (moved / "README.md").write_text("what a person may read")
    changed = Path(shutil.copytree(first, tmp_path / "changed"))
    weights = next(path for path in changed.rglob("*") if path.suffix in (".safetensors", ".onnx"))
    weights.write_bytes(weights.read_bytes()[:-1] + b"?")
    digests = [embedder(name, EmbedderOptions(folder=folder, model=model)).digest for folder in (first, moved, changed)]
    assert digests[0] == digests[1] != digests[2]


@pytest.mark.parametrize("name", ["fastembed", "model2vec", "sentence-transformers"])
def test_without_a_folder_nothing_is_downloaded(name: str, tmp_path: Path) -> None:
    from gonogo.errors import BadInput

    with pytest.raises(BadInput, match="nothing is downloaded"):
        embedder(name, EmbedderOptions(model="maker/model"))
    with pytest.raises(BadInput, match="downloads nothing"):
        embedder(name, EmbedderOptions(model="maker/model", folder=tmp_path / "maker" / "model"))


@pytest.mark.parametrize("name", ["fastembed", "model2vec", "sentence-transformers"])
def test_without_the_library_the_install_line_is_printed(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from gonogo.errors import ExtraMissing

    monkeypatch.setitem(sys.modules, name.replace("-", "_"), None)
    made = embedder(name, EmbedderOptions(folder=tmp_path, model="any", dimensions=8))
    with pytest.raises(ExtraMissing, match=rf"pip install 'gonogo\[{name}\]'"):
        made.embed(["text"])
