"""Files of a source: bounded, inside one folder, with a line for everything that is wrong."""

from __future__ import annotations

import json
import os

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from gonogo.building.yaml_nodes import Unreadable, number, read_yaml
from gonogo.errors import BadInput, NotFound
from gonogo.importing import source as source_module
from gonogo.importing.json_text import read_json
from gonogo.importing.source import Source, json_lines
from gonogo.importing.yaml_text import yaml_text

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63) + 1, 2**63 - 1) | st.floats(allow_nan=False, allow_infinity=False)
    | TEXT,
    lambda inside: st.lists(inside, max_size=4) | st.dictionaries(TEXT, inside, max_size=4),
    max_leaves=12,
)  # fmt: skip


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    if len({key for key, _ in pairs}) < len(pairs):
        raise ValueError("twice")
    return dict(pairs)


def _no_constant(word: str) -> None:
    raise ValueError(word)


@settings(max_examples=50)
@given(VALUES, st.sampled_from([None, 1]))
def test_json_reads_as_the_standard_library_reads_it(value, indent):
    text = json.dumps(value, indent=indent)
    assert read_json(text, "a.json").plain() == json.loads(text)


@settings(max_examples=50)
@given(st.text(alphabet='{}[]",:0123456789.eE+-truefalsnN \n\\u', max_size=30))
def test_any_text_is_read_or_refused_with_a_line_as_the_standard_library_does(text):
    try:
        expected = json.loads(
            text, parse_int=number, parse_float=number, parse_constant=_no_constant, object_pairs_hook=_once
        )
    except ValueError:
        with pytest.raises(Unreadable) as refused:
            read_json(text, "a.json")
        assert 1 <= refused.value.problem.line <= text.count("\n") + 1
        return
    assume("\\ud" not in text)
    assert read_json(text, "a.json").plain() == expected


@settings(max_examples=50)
@given(VALUES.filter(lambda value: isinstance(value, dict | list) and value))
def test_what_is_written_as_yaml_is_read_as_the_same(value):
    assert read_yaml(yaml_text(value).encode(), "a.yaml").plain() == value


def test_each_value_of_json_knows_its_line():
    node = read_json('{\n "a": [\n  1,\n  {"b": 2}\n ]\n}', "a.json")
    assert node.value["a"].value[1].value["b"].line == 4
    assert node.keys["a"].line == 2


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"a": NaN}', "NaN is no number of JSON"),
        ('{"a": 1, "a": 2}', "'a' is written twice; first on line 1"),
        ('{"a": 1', "the file ends inside a value"),
        ("[1, ]", "a comma stands before ]"),
        ('"\\ud800"', "half of a surrogate pair"),
        ("[" * 100, "nested more than 40 levels deep"),
        ("{} {}", "something stands behind the value"),
        ("", "the file ends here"),
    ],
)
def test_json_that_cannot_be_read_says_why(text, said):
    with pytest.raises(Unreadable) as refused:
        read_json(text, "a.json")
    assert said in refused.value.problem.message


def test_a_line_that_was_not_written_to_its_end_is_named():
    with pytest.raises(Unreadable) as refused:
        list(json_lines('{"a": 1}\n{"a": "hal', "rows.jsonl"))
    assert refused.value.problem.line == 2
    assert "not written to its end" in refused.value.problem.hint


@pytest.mark.parametrize(
    ("name", "raw", "said"),
    [
        ("a.jsonl", b"", "a.jsonl: is empty"),
        ("a.csv", b"\n \n", "a.csv: is empty"),
        ("a.json", '{"a": "ü"}'.encode("utf-16"), "is not UTF-8"),
        ("a.yaml", b"a: &a [x]\nb: &b [*a, *a, *a, *a]\n" + b"c: " + b"&c [" + b"*b, " * 4000 + b"]", "aliases"),
        ("a.csv", b"a,b\n1,2,3\n", "a.csv:2: has 3 cells under 2 columns"),
        ("a.csv", b"a,a\n1,2\n", "names a column twice"),
        ("a.csv", b'a,b\n"x,2\n', "is not CSV"),
        ("a.txt", b"hello", "a name that does not say what it holds"),
        ("a.xlsx", b"hello", "save it as CSV"),
    ],
)
def test_a_file_that_cannot_be_read_says_why(tmp_path, name, raw, said):
    (tmp_path / name).write_bytes(raw)
    with pytest.raises(BadInput, match=said):
        Source(tmp_path / name).tree(name)


def test_yaml_may_merge_mappings_as_other_tools_read_it(tmp_path):
    (tmp_path / "a.yaml").write_text("base: &b {x: 1, y: 2}\nmore: &m {z: 3}\nmade:\n  <<: [*b, *m]\n  x: 9\n")
    assert Source(tmp_path / "a.yaml").tree("a.yaml").plain()["made"] == {"x": 9, "y": 2, "z": 3}
    (tmp_path / "b.yaml").write_text("made:\n  <<: text\n")
    with pytest.raises(BadInput, match="merges text"):
        Source(tmp_path / "b.yaml").tree("b.yaml")


def test_semicolons_and_tabs_part_cells_too(tmp_path):
    (tmp_path / "a.csv").write_text("question;answer\nWhy, then?;So\n")
    (tmp_path / "a.tsv").write_text("question\tanswer\nWhy, then?\tSo\n")
    for name in ("a.csv", "a.tsv"):
        assert Source(tmp_path / name).tree(name).plain() == [{"question": "Why, then?", "answer": "So"}]


def test_a_source_that_is_not_there_is_named(tmp_path):
    with pytest.raises(NotFound, match="there is no"):
        Source(tmp_path / "nothing.yaml")


@pytest.mark.parametrize("name", ["../outside.txt", "link.txt", "/etc/hostname"])
def test_nothing_outside_the_folder_is_read(tmp_path, name):
    folder = tmp_path / "source"
    folder.mkdir()
    (tmp_path / "outside.txt").write_text("secret")
    (folder / "link.txt").symlink_to(tmp_path / "outside.txt")
    with pytest.raises(BadInput, match="outside the folder"):
        Source(folder).text(name)


def test_what_is_no_regular_file_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe.json")
    with pytest.raises(BadInput, match="is no file"):
        Source(tmp_path / "pipe.json").tree("pipe.json")


def test_a_file_and_all_files_together_have_a_limit(tmp_path, monkeypatch):
    monkeypatch.setattr(source_module, "MAX_BYTES", 10)
    monkeypatch.setattr(source_module, "MAX_TOTAL", 15)
    for name, text in (("a", "x" * 11), ("b", "x" * 9), ("c", "x" * 9)):
        (tmp_path / f"{name}.txt").write_text(text)
    source = Source(tmp_path)
    with pytest.raises(BadInput, match="is 11 bytes; the limit is 10"):
        source.text("a.txt")
    assert source.text("b.txt") == source.text("b.txt") == "x" * 9
    with pytest.raises(BadInput, match="all files together may have 15 bytes"):
        source.text("c.txt")


@pytest.mark.parametrize("pattern", ["../*.yaml", "/tmp/*.yaml", "none*.yaml"])
def test_a_pattern_must_match_inside(tmp_path, pattern):
    with pytest.raises(BadInput):
        Source(tmp_path).matching(pattern)
