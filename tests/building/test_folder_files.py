"""Which files a folder holds, and that nothing outside it is read."""

from __future__ import annotations

import os
import unicodedata
from pathlib import Path

import pytest

from gonogo.building.folder_files import FolderFiles
from gonogo.building.yaml_nodes import Unreadable
from gonogo.errors import NotFound


def folder_with(path: Path, *names: str) -> Path:
    for name in names:
        file = path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(name)
    return path


@pytest.mark.parametrize(
    ("pattern", "matched"),
    [
        ("*.md", ["a.md"]),
        ("**/*", ["a.md", "k/b.md", "k/l/c.md", "k/l/d.txt"]),
        ("k/**/*.md", ["k/b.md", "k/l/c.md"]),
        ("k/*", ["k/b.md"]),
        ("**/c.md", ["k/l/c.md"]),
        ("k/**", ["k/b.md", "k/l/c.md", "k/l/d.txt"]),
        ("./k/?.md", ["k/b.md"]),
        ("k/[a-b].md", ["k/b.md"]),
        ("nothing/*", []),
    ],
)
def test_patterns_match_whole_names(pattern: str, matched: list[str], tmp_path: Path) -> None:
    files = FolderFiles(folder_with(tmp_path, "a.md", "k/b.md", "k/l/c.md", "k/l/d.txt"))
    assert list(files.matching(pattern)) == matched


def test_a_pattern_of_many_stars_is_quick_to_refuse(tmp_path: Path) -> None:
    files = FolderFiles(folder_with(tmp_path, "/".join("a" * 60) + "/b"))
    assert files.matching("**/a/" * 30 + "c") == ()


def test_hidden_files_are_no_part_of_a_mission(tmp_path: Path) -> None:
    files = FolderFiles(folder_with(tmp_path, "a.md", ".DS_Store", ".git/x", "__pycache__/y"))
    assert files.matching("**/*") == ("a.md",)


@pytest.mark.parametrize("name", ["../secret", "/etc/passwd", "a/../../b", "..\\secret"])
def test_names_outside_the_folder_are_refused(name: str, tmp_path: Path) -> None:
    files = FolderFiles(folder_with(tmp_path, "a.md"))
    with pytest.raises(Unreadable):
        files.matching(name)
    with pytest.raises(Unreadable):
        files.read(name)


def test_a_link_that_leads_outside_is_refused(tmp_path: Path) -> None:
    outside = tmp_path / "secret.md"
    outside.write_text("secret")
    inside = folder_with(tmp_path / "m", "a.md")
    (inside / "b.md").symlink_to(outside)
    with pytest.raises(Unreadable, match="leads outside"):
        FolderFiles(inside).read("b.md")


def test_a_link_that_stays_inside_is_followed(tmp_path: Path) -> None:
    (folder_with(tmp_path, "a.md") / "b.md").symlink_to(tmp_path / "a.md")
    assert FolderFiles(tmp_path).read("b.md") == b"a.md"


def test_a_link_that_leads_nowhere_is_refused(tmp_path: Path) -> None:
    (tmp_path / "b.md").symlink_to(tmp_path / "gone.md")
    with pytest.raises(Unreadable, match="leads nowhere"):
        FolderFiles(tmp_path).read("b.md")


def test_linked_folders_are_named_and_not_followed(tmp_path: Path) -> None:
    folder_with(tmp_path / "elsewhere", "x.md")
    inside = folder_with(tmp_path / "m", "a.md")
    (inside / "more").symlink_to(tmp_path / "elsewhere")
    files = FolderFiles(inside)
    assert files.matching("**/*") == ("a.md",)
    assert files.linked_folders == ["more"]


def test_a_missing_file_names_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(Unreadable) as caught:
        FolderFiles(folder_with(tmp_path, "prompts/system.md")).read("prompts/sytem.md")
    assert caught.value.problem.hint == "did you mean 'prompts/system.md'?"


def test_decomposed_and_composed_names_are_one(tmp_path: Path) -> None:
    decomposed = unicodedata.normalize("NFD", "café.md")
    files = FolderFiles(folder_with(tmp_path, decomposed))
    assert files.matching("*") == ("café.md",)
    assert files.read("café.md")


def test_a_folder_that_is_not_there_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="gonogo new"):
        FolderFiles(tmp_path / "none")


def test_the_newest_change_counts_used_files_only(tmp_path: Path) -> None:
    folder_with(tmp_path, "a.md", "b.md", "c.md")
    for when, name in ((100, "a.md"), (200, "b.md"), (300, "c.md")):
        os.utime(tmp_path / name, (when, when))
    files = FolderFiles(tmp_path)
    assert files.edited_at() == 0.0
    files.read("a.md")
    files.read("b.md")
    assert files.edited_at() == 200.0
