"""The cache of chunks: only what changed is parsed, and nothing stale is ever served."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from msgspec import structs

from gonogo.domain import RecordFields, RetrievalPolicy
from gonogo.errors import MissionInvalid, Problem
from gonogo.retrieval import StructureChunker, chunking

Write = Callable[[Mapping[str, str | bytes]], dict[str, Path]]
PAGES = {"a.md": "# A\n\nOne.", "b.html": "<p>Two.<p hidden>Unseen.</p>", "c.csv": "k,v\n1,2\n"}


@pytest.fixture
def parsed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of the files that were parsed."""
    names: list[str] = []
    real = chunking.parse

    def parse(name: str, content: bytes, fields: RecordFields) -> object:
        names.append(name)
        return real(name, content, fields)

    monkeypatch.setattr(chunking, "parse", parse)
    return names


def test_only_a_changed_file_is_parsed_again_and_the_chunks_are_those_of_a_fresh_build(
    files: Write, policy: RetrievalPolicy, tmp_path: Path, parsed: list[str]
) -> None:
    chunker = StructureChunker(tmp_path / "cache")
    chunker.chunks(files(PAGES), policy)
    edited = files({**PAGES, "a.md": "# A\n\nThree."})
    parsed.clear()
    again = chunker.chunks(edited, policy)
    assert parsed == ["a.md"]
    assert again == StructureChunker().chunks(edited, policy)


def test_what_a_page_hides_is_noted_from_the_cache_too(files: Write, policy: RetrievalPolicy, tmp_path: Path) -> None:
    chunker, named = StructureChunker(tmp_path / "cache"), files(PAGES)
    for _ in range(2):
        noted: list[Problem] = []
        chunker.chunks(named, policy, noted=noted.append)
        assert [(str(one.file), one.line) for one in noted] == [("b.html", 1)]


@pytest.mark.parametrize(
    "changed", [{"chunk_tokens": 64}, {"records": RecordFields(metadata=("k",))}], ids=["tokens", "records"]
)
def test_other_parameters_are_another_cache(
    files: Write, policy: RetrievalPolicy, tmp_path: Path, parsed: list[str], changed: dict[str, object]
) -> None:
    chunker, named = StructureChunker(tmp_path / "cache"), files(PAGES)
    chunker.chunks(named, policy)
    parsed.clear()
    chunker.chunks(named, structs.replace(policy, **changed))
    assert len(parsed) == 3


@pytest.mark.parametrize("damage", [b"", b"x" * 80, None], ids=["emptied", "overwritten", "one byte"])
def test_a_damaged_cache_is_dropped(
    files: Write, policy: RetrievalPolicy, tmp_path: Path, parsed: list[str], damage: bytes | None
) -> None:
    chunker, named = StructureChunker(tmp_path / "cache"), files(PAGES)
    first = chunker.chunks(named, policy)
    (path,) = (tmp_path / "cache").glob("*.chunks")
    content = path.read_bytes()
    path.write_bytes(damage if damage is not None else content.replace(b"One.", b"Won."))
    parsed.clear()
    assert chunker.chunks(named, policy) == first
    assert len(parsed) == 3


def test_a_cache_that_cannot_be_written_costs_nothing_but_time(
    files: Write, policy: RetrievalPolicy, tmp_path: Path
) -> None:
    (tmp_path / "cache").write_text("a file, no folder")
    assert StructureChunker(tmp_path / "cache").chunks(files(PAGES), policy)


def test_a_broken_file_stops_the_build_unless_the_mission_skips_it(
    files: Write, policy: RetrievalPolicy, tmp_path: Path
) -> None:
    named = files({**PAGES, "d.md": b"\xff\xfe", "e.bin": b"x"})
    with pytest.raises(MissionInvalid, match="2 problems"):
        StructureChunker().chunks(named, policy)
    noted: list[Problem] = []
    chunks = StructureChunker().chunks(named, structs.replace(policy, on_error="skip"), noted=noted.append)
    assert {chunk.source for chunk in chunks} == {"a.md", "b.html", "c.csv"}
    skipped = [one for one in noted if one.message.startswith("was left out: ")]
    assert [str(one.file) for one in skipped] == ["d.md", "e.bin"]
