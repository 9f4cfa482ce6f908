"""Vector cache: embeds only what changed, believes no damaged file, never stops a build."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from gonogo.features import Reader
from gonogo.retrieval import vector_cache
from gonogo.retrieval.vector_cache import MAX_SEGMENTS, embed_all, forget, keys_of


class Counting:
    """The real embedder, and what it was asked."""

    def __init__(self, reader: Reader, digest: str | None = None) -> None:
        self._inner = reader.embedder
        self.name, self.dimensions = self._inner.name, self._inner.dimensions
        self.digest = digest or self._inner.digest
        self.asked: list[str] = []

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        self.asked += texts
        return self._inner.embed(texts)


@pytest.fixture
def embedder(reader: Reader) -> Counting:
    return Counting(reader)


def test_only_new_texts_are_embedded(embedder: Counting, tmp_path: Path) -> None:
    first = embed_all(["one lamp", "two cables"], embedder, tmp_path)
    again = embed_all(["two cables", "three bridges"], embedder, tmp_path)
    assert embedder.asked == ["one lamp", "two cables", "three bridges"]
    assert np.array_equal(first[1], again[0])


def test_what_comes_from_the_folder_is_what_was_made(embedder: Counting, tmp_path: Path) -> None:
    texts = ["one lamp", "two cables", "one lamp", ""]
    made = embed_all(texts, embedder, tmp_path)
    kept = embed_all(texts, embedder, tmp_path)
    assert kept.dtype == np.float32
    assert np.array_equal(made, kept)
    assert np.array_equal(made, embed_all(texts, embedder, None))


def test_another_embedder_finds_nothing_of_the_first(reader: Reader, embedder: Counting, tmp_path: Path) -> None:
    embed_all(["one lamp"], embedder, tmp_path)
    other = Counting(reader, digest="f" * 64)
    embed_all(["one lamp"], other, tmp_path)
    assert other.asked == ["one lamp"]


@pytest.mark.parametrize("damage", [lambda content: content[:-1], lambda content: content[:-1] + b"\0", lambda _: b""])
def test_a_damaged_file_is_dropped_and_made_again(embedder: Counting, tmp_path: Path, damage: object) -> None:
    embed_all(["one lamp"], embedder, tmp_path)
    (path,) = tmp_path.rglob("*.safetensors")
    path.write_bytes(damage(path.read_bytes()))  # type: ignore[operator]
    again = embed_all(["one lamp"], embedder, tmp_path)
    assert embedder.asked == ["one lamp", "one lamp"]
    assert np.array_equal(again, embedder.embed(["one lamp"]))


def test_segments_stay_few_and_forget_nothing(embedder: Counting, tmp_path: Path) -> None:
    for number in range(MAX_SEGMENTS + 1):
        embed_all([f"text {number}", "always here"], embedder, tmp_path)
    assert len(list(tmp_path.rglob("*.safetensors"))) == 1
    again = embed_all([f"text {number}" for number in range(MAX_SEGMENTS + 1)], embedder, tmp_path)
    assert len(embedder.asked) == MAX_SEGMENTS + 2
    assert np.array_equal(again, embedder.embed([f"text {number}" for number in range(MAX_SEGMENTS + 1)]))


def test_only_what_no_snapshot_needs_is_forgotten(embedder: Counting, tmp_path: Path) -> None:
    embed_all(["old page", "kept page"], embedder, tmp_path)
    needed = keys_of(["kept page"])
    would = forget(tmp_path, needed, dry_run=True)
    assert would == forget(tmp_path, needed, dry_run=False) != {}
    assert forget(tmp_path, needed, dry_run=False) == {}
    embed_all(["kept page", "old page"], embedder, tmp_path)
    assert embedder.asked == ["old page", "kept page", "old page"]


def test_a_build_that_is_stopped_goes_on_where_it_was(
    embedder: Counting, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vector_cache, "BATCH", 2)
    texts = ["one", "two", "three", "four", "five"]

    def stop(done: int, total: int) -> None:
        if done == 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        embed_all(texts, embedder, tmp_path, stop)
    embed_all(texts, embedder, tmp_path)
    assert embedder.asked == texts


def test_nothing_half_written_is_left_behind(embedder: Counting, tmp_path: Path) -> None:
    embed_all(["one lamp"], embedder, tmp_path)
    assert [path.suffix for path in tmp_path.rglob("*") if path.is_file()] == [".safetensors"]


def test_a_folder_that_cannot_be_used_costs_a_warning_only(
    embedder: Counting, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").write_text("in the way")
    assert embed_all(["one lamp"], embedder, tmp_path / "file").shape == (1, embedder.dimensions)
    assert "could not be kept" in caplog.text


def test_no_texts_are_no_vectors(embedder: Counting, tmp_path: Path) -> None:
    assert embed_all([], embedder, tmp_path).shape == (0, embedder.dimensions)
