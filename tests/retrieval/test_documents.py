"""Documents: every fault of every file, at once, with where and what to do."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from gonogo.errors import MissionInvalid, Problem
from gonogo.retrieval.documents import MAX_BYTES, decode, read_documents

Write = Callable[[Mapping[str, str | bytes]], dict[str, Path]]


def problems(named: Mapping[str, Path]) -> tuple[Problem, ...]:
    with pytest.raises(MissionInvalid) as caught:
        read_documents(named)
    return caught.value.problems


def test_files_come_in_the_order_of_their_names_with_forward_slashes(files: Write) -> None:
    named = files({"b.txt": "b", "a/z.txt": "z", "a/a.md": "a"})
    windows = {name.replace("/", "\\"): path for name, path in reversed(named.items())}
    assert [document.source for document in read_documents(windows)] == ["a/a.md", "a/z.txt", "b.txt"]


def test_wrong_encoding_names_offset_line_and_the_way_out(files: Write) -> None:
    (problem,) = problems(files({"a.md": b"caf\xc3\xa9\ncaf\xe9"}))
    assert "byte 0xe9 at offset 9" in problem.message
    assert problem.line == 2
    assert problem.hint is not None
    assert "iconv" in problem.hint


def test_the_offset_counts_a_byte_order_mark(files: Write) -> None:
    (problem,) = problems(files({"a.md": b"\xef\xbb\xbfab\xff"}))
    assert "offset 5" in problem.message


def test_utf_16_is_recognised(files: Write) -> None:
    (problem,) = problems(files({"a.md": "hé".encode("utf-16")}))
    assert "UTF-16" in problem.message


def test_a_nul_byte_means_that_it_is_no_text(files: Write) -> None:
    (problem,) = problems(files({"a.txt": b"a\nb\0"}))
    assert problem.line == 2


def test_an_unknown_kind_names_the_known_ones(files: Write) -> None:
    (problem,) = problems(files({"a.exe": "x"}))
    assert problem.hint is not None
    assert ".md" in problem.hint


def test_suffixes_are_known_in_capitals_too(files: Write) -> None:
    assert read_documents(files({"README.MD": "# Hi"}))[0].title == "Hi"


def test_a_file_over_the_limit_is_refused_without_being_read(tmp_path: Path) -> None:
    path = tmp_path / "big.txt"
    with path.open("wb") as file:
        file.truncate(MAX_BYTES + 1)
    (problem,) = problems({"big.txt": path})
    assert "20 MB" in problem.message


def test_a_loop_of_links_is_a_problem(tmp_path: Path) -> None:
    (tmp_path / "a.md").symlink_to(tmp_path / "b.md")
    (tmp_path / "b.md").symlink_to(tmp_path / "a.md")
    (problem,) = problems({"a.md": tmp_path / "a.md"})
    assert "cannot be read" in problem.message


def test_a_missing_file_a_folder_and_a_pipe_are_problems_and_do_not_wait(tmp_path: Path) -> None:
    (tmp_path / "folder.md").mkdir()
    os.mkfifo(tmp_path / "pipe.md")
    named = {name: tmp_path / name for name in ("folder.md", "missing.md", "pipe.md")}
    assert [problem.file for problem in problems(named)] == ["folder.md", "missing.md", "pipe.md"]


@pytest.mark.parametrize(("one", "other"), [("a/Plan.md", "a/plan.md"), ("caf\u00e9.md", "cafe\u0301.md")])
def test_names_that_some_systems_cannot_tell_apart_are_a_problem(tmp_path: Path, one: str, other: str) -> None:
    (tmp_path / "x.md").write_text("x")
    (problem,) = problems({one: tmp_path / "x.md", other: tmp_path / "x.md"})
    assert "case or spelling" in problem.message


def test_all_faults_of_all_files_are_reported_at_once(files: Write) -> None:
    named = files({"a.md": b"\xff", "b.pdf": "x", "c.md": "---\ndate: soon\n---\n", "d.html": "<nav>", "e.md": "fine"})
    assert [problem.file for problem in problems(named)] == ["a.md", "b.pdf", "c.md", "d.html"]


def test_an_empty_file_is_skipped_and_the_log_says_so(files: Write, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        found = read_documents(files({"a.md": " \n", "b.md": "b"}))
    assert [document.source for document in found] == ["b.md"]
    assert "a.md is empty" in caplog.text


def test_nothing_but_empty_files_is_a_problem(files: Write) -> None:
    assert problems(files({"a.md": "", "b.md": b"\xef\xbb\xbf"}))[0].message == "every file is empty"


def test_no_files_are_no_documents() -> None:
    assert read_documents({}) == []


def test_progress_counts_every_file(files: Write) -> None:
    seen: list[tuple[int, int]] = []
    read_documents(files({"a.md": "a", "b.md": "b"}), lambda done, total: seen.append((done, total)))
    assert seen == [(1, 2), (2, 2)]


def test_every_line_end_becomes_the_same() -> None:
    assert decode(b"\xef\xbb\xbfa\r\nb\rc\n", "a.md") == "a\nb\nc\n"
