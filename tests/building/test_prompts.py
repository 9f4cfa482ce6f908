"""Prompts: file or text, line endings, placeholders."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from gonogo.building.findings import Findings
from gonogo.building.folder_files import FolderFiles
from gonogo.building.prompts import read_prompt
from gonogo.building.yaml_nodes import YamlNode, read_yaml
from gonogo.domain import PromptSpec

Read = Callable[..., PromptSpec]


@pytest.fixture
def read(tmp_path: Path, findings: Findings) -> Read:
    def reading(files: dict[str, bytes], **section: Any) -> PromptSpec:
        for name, content in files.items():
            (tmp_path / name).write_bytes(content)
        node: YamlNode = read_yaml(repr(section).encode(), "mission.yaml")
        return read_prompt(section, node, FolderFiles(tmp_path), findings)

    return reading


def told(findings: Findings) -> list[str]:
    return [str(problem) for problem in findings.sorted_problems()]


def test_a_value_without_blanks_is_a_file(read: Read) -> None:
    assert read({"s.md": b"Be brief."}, system="s.md").system == "Be brief."


def test_a_value_with_a_blank_is_the_prompt_itself(read: Read) -> None:
    assert read({}, system="Be brief.\nBe kind.\n").system == "Be brief.\nBe kind."


def test_a_file_name_with_a_blank_is_text_and_warned_of(read: Read, findings: Findings) -> None:
    assert read({}, system="my prompt.md").system == "my prompt.md"
    assert "is the prompt itself and not a file" in findings.warnings[0].message


@pytest.mark.parametrize("content", [b"a\nb", b"a\nb\n", b"a\r\nb\r\n\r\n", b"a\rb\r", b"\xef\xbb\xbfa\nb\n\n"])
def test_how_an_editor_ends_lines_and_files_changes_nothing(content: bytes, read: Read) -> None:
    assert read({"s.md": content}, system="s.md").system == "a\nb"


def test_a_missing_file_is_refused_where_it_is_named(read: Read, findings: Findings) -> None:
    read({"system.md": b"x"}, system="sytem.md")
    assert told(findings) == ["mission.yaml:1: prompt.system: sytem.md does not exist (did you mean 'system.md'?)"]


def test_a_file_that_is_not_utf8_names_the_offset(read: Read, findings: Findings) -> None:
    read({"s.md": b"ab\n\xff"}, system="s.md")
    assert "s.md is not UTF-8: byte 0xff at offset 3 (line 2)" in told(findings)[0]


def test_a_placeholder_without_value_names_its_line(read: Read, findings: Findings) -> None:
    read({"s.md": b"Hello.\nI am {{ nme }}."}, system="s.md", variables={"name": "Ada"})
    assert told(findings) == [
        "s.md:2: prompt.system: {{ nme }} has no value: add 'nme' to prompt.variables (did you mean 'name'?)"
    ]


def test_question_and_context_always_have_values(read: Read, findings: Findings) -> None:
    read({}, user="Q: {{question}} from {{  context  }}")
    assert told(findings) == []


def test_a_variable_may_not_take_a_name_every_request_fills_in(read: Read, findings: Findings) -> None:
    read({}, system="Hi {{ question }}", variables={"question": "x"})
    assert "choose another" in told(findings)[0]


def test_values_are_never_scanned_for_placeholders(read: Read, findings: Findings) -> None:
    prompt = read({}, system="Hi {{ a }}", variables={"a": "{{ b }}"})
    assert prompt.variables == {"a": "{{ b }}"}
    assert told(findings) == []


@pytest.mark.parametrize("text", ["{{ a.b }} x", "{{ 7*7 }} x", "{{ a|upper }} x", "{{}} x"])
def test_what_is_no_placeholder_stays_and_is_warned_of(text: str, read: Read, findings: Findings) -> None:
    assert read({}, system=text).system == text
    assert "stays as written" in findings.warnings[0].message


def test_an_unused_variable_is_warned_of(read: Read, findings: Findings) -> None:
    read({}, system="Hi you", variables={"a": "x"})
    assert [warning.key for warning in findings.warnings] == ["prompt.variables.a"]


def test_two_empty_prompts_are_warned_of(read: Read, findings: Findings) -> None:
    read({})
    assert "told nothing" in findings.warnings[0].message
