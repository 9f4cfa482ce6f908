"""Templates are substituted once and never executed; what is put in is never looked at again."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import gonogo
from gonogo.pipeline.prompting import fill

SOURCE = Path(gonogo.__file__).parent
ATTACKS = (
    "{{ 7*7 }}", "{{ ''.__class__.__mro__ }}", "{% for x in range(9) %}x{% endfor %}", "${7*7}", "<%= 7*7 %>", "#{7*7}",
    "{{ config }}", "{{ self }}", "{0.__class__}", "%(system)s", "{{ system }}",
)  # fmt: skip


@pytest.mark.parametrize("attack", ATTACKS)
async def test_a_question_that_looks_like_a_template_stays_what_it_is(serving, attack):
    answered = await serving.chat(f"{attack} How many days do I have to return a light?")
    assert answered.status == 200
    [trace] = (await serving("GET", "/api/traces")).json["items"]
    assert attack in trace["question"]
    assert "49" not in trace["answer"]


def test_a_value_is_never_scanned_again():
    filled = fill("{{ a }} {{ b }}", {"a": "{{ b }}", "b": "secret {{ a }}"})
    assert filled == "{{ b }} secret {{ a }}"


@pytest.mark.parametrize("attack", ATTACKS)
def test_nothing_but_a_name_is_a_placeholder(attack):
    values = {"question": "x"}
    assert fill(attack, values) == attack


def test_the_console_renders_templates_of_its_own_and_no_text_of_others():
    made = []
    for path in sorted(SOURCE.rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        if not any(word in text for word in ("from_string", "compile_expression", "jinja2")):
            continue
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.Attribute):
                assert node.attr not in ("from_string", "compile_expression"), path
            if isinstance(node, ast.ImportFrom) and node.module == "jinja2":
                made.append(path.relative_to(SOURCE).as_posix())
                assert not {"FileSystemLoader", "Template"} & {name.name for name in node.names}
    assert set(made) == {"console/pages.py"}
