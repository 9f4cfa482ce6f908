"""Stem counts: what is kept never changes what comes out, and is used."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gonogo.contracts import TextFeatures
from gonogo.domain import Chunk
from gonogo.features import Reader
from gonogo.retrieval import Bm25
from gonogo.retrieval.stem_counts import MAX_SEGMENTS, count_all, forget, keys_of
from gonogo.safetensors import safetensors_bytes

TEXTS = st.lists(st.sampled_from(["lamp", "cable", "refund", "plans", "é", "the", "7", "日本"]), max_size=5).map(
    " ".join
)
CHUNKS = st.lists(
    st.builds(Chunk, id=st.just(""), source=st.just("a"), text=TEXTS, title=TEXTS, heading=TEXTS), max_size=6
)


class Counting:
    """The real reader, and what it was asked."""

    def __init__(self, inner: Reader) -> None:
        self.inner, self.asked = inner, list[str]()
        self.embedder = inner.embedder

    def read(self, text: str) -> TextFeatures:
        self.asked.append(text)
        return self.inner.read(text)


def chunk(text: str, title: str = "", heading: str = "") -> Chunk:
    return Chunk(id=text, text=text, source="a.md", title=title, heading=heading)


@settings(max_examples=40, deadline=None)
@given(st.lists(CHUNKS, min_size=1, max_size=12))
def test_builds_after_any_edits_give_the_bytes_of_a_build_from_scratch(
    reader: Reader, builds: list[list[Chunk]]
) -> None:
    with TemporaryDirectory() as folder:
        for chunks in builds:
            kept = Bm25.of(chunks, reader, Path(folder)).arrays()
            assert safetensors_bytes(kept) == safetensors_bytes(Bm25.of(chunks, reader).arrays())


def test_only_texts_that_are_new_are_read(reader: Reader, tmp_path: Path) -> None:
    counting = Counting(reader)
    count_all([chunk("one lamp"), chunk("two cables")], counting, tmp_path)
    counting.asked.clear()
    count_all([chunk("two cables"), chunk("three bridges"), chunk("three bridges")], counting, tmp_path)
    assert "three bridges" in counting.asked
    assert counting.asked.count("three bridges") == 1
    assert "two cables" not in counting.asked


def test_title_heading_and_text_are_told_apart(reader: Reader, tmp_path: Path) -> None:
    one, other = chunk("lamp", title="cable"), chunk("cable", title="lamp")
    assert len({key.tobytes() for key in keys_of([one, other, chunk("lamp", heading="cable")])}) == 3
    count_all([one], reader, tmp_path)
    assert count_all([other], reader, tmp_path).counts.tolist() == count_all([other], reader).counts.tolist()


def test_many_small_edits_leave_few_files(reader: Reader, tmp_path: Path) -> None:
    texts = [chunk(f"lamp number {n}") for n in range(2 * MAX_SEGMENTS + 3)]
    for n in range(len(texts)):
        count_all(texts[: n + 1], reader, tmp_path)
        assert len(list(tmp_path.glob("*.safetensors"))) <= MAX_SEGMENTS
    counting = Counting(reader)
    count_all(texts, counting, tmp_path)
    assert counting.asked == []


@pytest.mark.parametrize(
    "damage", [lambda content: content[:-1], lambda content: content[:-1] + b"\xff", lambda _: b""]
)
def test_a_damaged_file_is_dropped_and_counted_again(reader: Reader, tmp_path: Path, damage: object) -> None:
    assert callable(damage)
    right = count_all([chunk("one lamp"), chunk("two cables")], reader, tmp_path)
    [path] = tmp_path.glob("*.safetensors")
    path.write_bytes(damage(path.read_bytes()))
    again = count_all([chunk("one lamp"), chunk("two cables")], reader, tmp_path)
    assert again.terms == right.terms
    assert np.array_equal(again.stems, right.stems)


def test_a_folder_that_cannot_be_written_stops_nothing(reader: Reader, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert count_all([chunk("one lamp")], reader, tmp_path / "file" / "stems").size == 1


def test_forgetting_keeps_what_is_needed_and_drops_the_words_of_the_rest(reader: Reader, tmp_path: Path) -> None:
    place = tmp_path / "reading"
    count_all([chunk("one lamp"), chunk("confidential")], reader, place)
    needed = keys_of([chunk("one lamp")])
    assert forget(tmp_path, needed, dry_run=True) > 0
    assert forget(tmp_path, needed, dry_run=False) > 0
    assert b"confidenti" not in b"".join(path.read_bytes() for path in place.iterdir())
    counting = Counting(reader)
    assert count_all([chunk("one lamp")], counting, place).terms == count_all([chunk("one lamp")], reader).terms
    assert counting.asked == []
    assert forget(tmp_path, keys_of([]), dry_run=False) > 0
    assert not list(place.iterdir())
