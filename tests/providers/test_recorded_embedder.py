from __future__ import annotations

import numpy as np
import pytest

from gonogo.domain import ModelRequest
from gonogo.errors import BadInput, RecordingMissing
from gonogo.providers import ScriptedModel
from gonogo.providers.recorded_embedder import RecordedEmbedder
from gonogo.providers.recording import Recorded, Tape


class Lengths:
    """Vectors of a text's length, in thirds, which no short decimal holds; counts what it embeds."""

    name, dimensions = "openai:m", 3

    def __init__(self, digest: str = "d" * 64) -> None:
        self.digest = digest
        self.embedded: list[str] = []

    def embed(self, texts):
        self.embedded += texts
        return np.array([[len(text) / 3, 1 / 3, 0.0] for text in texts], np.float32)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "calls.jsonl"


def record(path, *texts, embedder=None):
    tape, embedder = Tape(path, record=True), embedder or Lengths()
    vectors = RecordedEmbedder("docs", tape, embedder).embed(texts)
    tape.close()
    return vectors, embedder


def test_recorded_vectors_are_the_same_to_the_last_bit_without_any_embedder(path):
    vectors, inner = record(path, "one", "three", "one")
    again = RecordedEmbedder("docs", Tape(path, record=False), None)
    assert np.array_equal(again.embed(["three", "one", "one"]), vectors[[1, 0, 0]])
    assert again.embed(["one"]).dtype == np.float32
    assert (again.name, again.digest, again.dimensions) == (inner.name, inner.digest, 3)
    assert again.embed([]).shape == (0, 3)


def test_only_what_the_file_lacks_is_embedded_and_each_text_once(path):
    record(path, "one", "two", "one")
    _, inner = record(path, "one", "three")
    assert inner.embedded == ["three"]


def test_a_model_that_moved_under_its_name_is_asked_anew(path):
    record(path, "one")
    _, inner = record(path, "one", embedder=Lengths("e" * 64))
    assert inner.embedded == ["one"]


def test_a_text_or_an_embedder_that_nobody_recorded_is_missing_and_says_how_to_record(path):
    record(path, "one")
    tape = Tape(path, record=False)
    with pytest.raises(RecordingMissing, match=r"no vector of 'docs' for 'two words'.*--record"):
        RecordedEmbedder("docs", tape, None).embed(["one", "two  words"])
    with pytest.raises(RecordingMissing, match=r"no vector of the embedder 'other'"):
        RecordedEmbedder("other", tape, None)


async def test_calls_and_vectors_share_a_file_that_two_recordings_write_alike(path, tmp_path):
    async def both(to, texts):
        tape = Tape(to, record=True)
        RecordedEmbedder("docs", tape, Lengths()).embed(texts)
        request = ModelRequest(model="m", messages=({"role": "user", "content": "Why?"},), system="", question="Why?")
        async for _ in Recorded("far", tape, ScriptedModel("So.", name="far")).generate(request):
            pass
        RecordedEmbedder("docs", tape, Lengths()).embed(["last"])
        tape.close()

    await both(path, ["one", "two"])
    await both(tmp_path / "other.jsonl", ["two", "one"])
    assert path.read_bytes() == (tmp_path / "other.jsonl").read_bytes()
    assert len(path.read_bytes().splitlines()) == 4


def test_a_vector_that_cannot_be_read_names_the_file(path):
    record(path, "one")
    path.write_text(path.read_text().replace('"vector":"', '"vector":"!'))
    with pytest.raises(BadInput, match=r"calls.jsonl: the vector of text"):
        RecordedEmbedder("docs", Tape(path, record=False), None).embed(["one"])
