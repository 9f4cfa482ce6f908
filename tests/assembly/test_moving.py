"""Imports from a script: the same verb as the command."""

from __future__ import annotations

import pytest

import gonogo
from gonogo.errors import BadInput
from gonogo.importing import Columns, ImportOptions

OPTIONS = ImportOptions(columns=Columns(question="q"))


@pytest.fixture
def home(tmp_path):
    with gonogo.open(tmp_path / "home") as opened:
        yield opened


def test_a_script_imports_as_the_command_does(home, tmp_path):
    (tmp_path / "t.csv").write_text("q\nHow?\n")
    told = home.import_from("table", tmp_path / "t.csv", tmp_path / "out", OPTIONS, dry_run=True)
    assert "golden/t.yaml" in told.files
    assert not (tmp_path / "out").exists()
    made = home.import_from("table", tmp_path / "t.csv", tmp_path / "out", OPTIONS)
    assert made.files == told.files
    assert not made.problems
    assert [task["question"] for task in made.carried.tasks] == ["How?"]


@pytest.mark.parametrize(
    ("format", "options", "said"),
    [
        ("tabel", OPTIONS, "no format 'tabel' to import .*did you mean 'table'"),
        ("table", ImportOptions(expected_as="exactly"), "expected_as must be one of auto"),
        ("table", None, "--question must name a column"),
    ],
)
def test_what_cannot_be_is_refused(home, tmp_path, format, options, said):
    (tmp_path / "t.csv").write_text("q\nHow?\n")
    with pytest.raises(BadInput, match=said):
        home.import_from(format, tmp_path / "t.csv", tmp_path / "out", options)


def test_a_folder_that_no_disk_can_have_is_refused(home, tmp_path):
    (tmp_path / "t.csv").write_text("q\nHow?\n")
    with pytest.raises(BadInput, match="cannot be written"):
        home.import_from("table", tmp_path / "t.csv", tmp_path / ("x" * 300), OPTIONS)
