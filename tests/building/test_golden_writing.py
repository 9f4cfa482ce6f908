"""Golden files that are added to and edited."""

from __future__ import annotations

import pytest

from gonogo.building.golden_writing import add_task, raised, read_as_is, tasks_as_yaml, without_keys
from gonogo.building.yaml_nodes import read_yaml
from gonogo.domain import Assertion, GoldenTask
from gonogo.errors import BadInput

FILE = """\
# ours
- id: a
  question: A?
  shadow: true   # since May
  expect:
    - contains: |
        shadow: true
# of b
- question: B?
  shadow: true
  id: b
  draft: true

- {id: c, question: C?, shadow: true}
"""


def test_a_task_gates_once_its_lines_are_gone_and_nothing_else_changed():
    assert raised(FILE, 2, name="f", jsonl=False) == FILE.replace("  shadow: true   # since May\n", "")
    without = FILE.replace("- question: B?\n  shadow: true\n", "- question: B?\n").replace("  draft: true\n", "")
    assert raised(FILE, 9, name="f", jsonl=False) == without


def test_a_task_on_one_line_is_left_to_a_person():
    with pytest.raises(BadInput, match=r"g.yaml:14 c: take `shadow: true` away by hand"):
        raised(FILE, 14, name="g.yaml:14 c", jsonl=False)


def test_a_list_that_is_set_in_and_lines_of_windows():
    text = "  -\r\n    id: a\r\n    shadow: true\r\n    question: A?\r\n  - id: b\r\n    shadow: true\r\n"
    assert raised(text, 2, name="f", jsonl=False) == text.replace("    shadow: true\r\n", "", 1)


def test_a_line_of_json_loses_the_keys():
    text = '{"id": "a", "shadow": true, "question": "Ä?"}\n{"id": "b", "shadow": true}\n'
    assert raised(text, 1, name="f", jsonl=True) == '{"id": "a", "question": "Ä?"}\n{"id": "b", "shadow": true}\n'


def test_a_task_is_added_below_what_stands_there_with_its_comments(tmp_path):
    path = tmp_path / "g.yaml"
    path.write_text("# mine\n- id: a\n  question: A?\n")
    task = GoldenTask(id="b", question="B?", expect=(Assertion(kind="contains", value="x"),), shadow=True, tenant="t")
    add_task(path, task, ["From Trace 1:\nlines", "of it."])
    text = path.read_text()
    assert text.startswith("# mine\n- id: a\n  question: A?\n\n# From Trace 1: lines\n# of it.\n- id: b\n")
    assert "  tenant: t\n  shadow: true\n" in text


def test_a_task_that_stands_there_already_is_not_added_twice(tmp_path):
    path = tmp_path / "g.yaml"
    task = GoldenTask(id="b", question="B?")
    add_task(path, task)
    with pytest.raises(BadInput, match="holds b already"):
        add_task(path, task)


@pytest.mark.parametrize(("name", "text"), [("g.yaml", "a: b"), ("g.jsonl", "[]"), ("g.yaml", "{"), ("g.yaml", "\x00")])
def test_a_file_that_is_no_list_is_left_alone(name, text, tmp_path):
    path = tmp_path / name
    path.write_text(text)
    with pytest.raises(BadInput, match="not a YAML list"):
        add_task(path, GoldenTask(id="b", question="B?"))
    assert path.read_text() == text


def test_a_file_keeps_the_line_endings_that_it_has(tmp_path):
    path = tmp_path / "g.yaml"
    path.write_bytes(b"- id: a\r\n  question: A?\r\n")
    add_task(path, GoldenTask(id="b", question="B?"), ["why"])
    assert path.read_bytes().count(b"\n") == path.read_bytes().count(b"\r\n") > 4
    assert read_as_is(path).startswith("- id: a\r\n")


def test_what_a_file_is_to_hold_is_told_beside_how_it_is_written():
    wanted = without_keys(FILE, {"a", "c"}, jsonl=False)
    assert [sorted(task) for task in wanted] == [
        ["expect", "id", "question"], ["draft", "id", "question", "shadow"], ["id", "question"],
    ]  # fmt: skip
    assert without_keys('{"id": "a", "shadow": true}\n', {"a"}, jsonl=True) == [{"id": "a"}]


@pytest.mark.parametrize(
    "text",
    ["1e3", "on", "007", "1.50", "-3", "~", "a: b", "#x", "\x85nel", "\u2028ls", "two\nlines\n", "trailing ", "a\rb"],
)
def test_every_text_is_read_as_it_was_written(text):
    assertion = Assertion(kind="rouge-n", options={"to": text, "n": "L"})
    task = GoldenTask(id="a", question=text, reference=text, expect=(assertion,))
    [found] = read_yaml(tasks_as_yaml([task]).encode(), "g.yaml").plain()
    assert (found["question"], found["reference"], found["expect"]) == (
        text,
        text,
        [{"rouge-n": {"to": text, "n": "L"}}],
    )
