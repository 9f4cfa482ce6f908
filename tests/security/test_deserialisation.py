"""Plain data only: nothing that is read can become an object, run, or expand without bound."""

from __future__ import annotations

import ast
import json
from pathlib import Path

import pytest

import gonogo

SOURCE = Path(gonogo.__file__).parent
MODULES = {"pickle", "cPickle", "marshal", "shelve", "dill", "joblib", "cloudpickle", "torch", "jsonpickle", "xmlrpc"}
UNSAFE_YAML = {"load", "load_all", "unsafe_load", "full_load", "UnsafeLoader", "FullLoader", "Loader"}


TELLING = (*MODULES, "yaml", "allow_pickle")
"""One of these stands in every text that ``unsafe`` finds anything in."""


def unsafe(node: ast.AST) -> bool:
    """Whether a part of a program could make an object of what it reads, or run it."""
    if isinstance(node, ast.Import):
        return bool({name.name.partition(".")[0] for name in node.names} & MODULES)
    if isinstance(node, ast.ImportFrom):
        return (node.module or "").partition(".")[0] in MODULES
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "yaml":
        return node.attr in UNSAFE_YAML
    if isinstance(node, ast.keyword) and node.arg == "allow_pickle":
        return not isinstance(node.value, ast.Constant) or node.value.value is not False
    return False


def test_no_module_reads_what_could_be_code():
    texts = {path: path.read_text(encoding="utf-8") for path in SOURCE.rglob("*.py")}
    # A module that names none of these has none of them in its tree: most need not be parsed.
    named = {path: text for path, text in texts.items() if any(word in text for word in TELLING)}
    found = [path for path, text in named.items() if any(map(unsafe, ast.walk(ast.parse(text))))]
    assert len(texts) > 100
    assert found == []


@pytest.mark.parametrize(
    "text",
    ["import pickle", "from torch import load", "import os, joblib.numpy", "yaml.load(x)", "f(allow_pickle=True)"],
)
def test_what_could_be_code_is_found(text):
    assert any(map(unsafe, ast.walk(ast.parse(text))))


BOMB = "a: &a [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{name}: &{name} [{', '.join(['*' + before] * 10)}]\n" for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)


@pytest.mark.parametrize(
    "text",
    [
        "mission: !!python/object/apply:os.system ['touch /tmp/gonogo-was-here']\n",
        "mission: !!python/name:os.system\n",
        "!!python/object/new:subprocess.Popen [['id']]\n",
        "mission: !include /etc/passwd\n",
        BOMB,
        "a: &a [*a]\n",
        "[" * 100_000,
        "{" * 100_000,
        "a: " * 50_000 + "b",
        "mission: support\nmission: other\n",
        "<<: {mission: support}\n",
        "mission: support\n---\nmission: other\n",
    ],
    ids=range(12),
)
@pytest.mark.parametrize("name", ["mission.yaml", "golden/tasks.yaml", "mission.lock"])
async def test_yaml_that_would_run_or_expand_is_a_problem_and_nothing_more(api, folder, name, text):
    (folder / name).write_text(text, encoding="utf-8")
    checked = await api.upload(folder, "/api/validations")
    assert checked.status == 200
    assert not checked.json["usable"]
    assert not Path("/tmp/gonogo-was-here").exists()


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 100_000,
        b'{"version":' * 50_000,
        b'{"version": {"lc": 1, "type": "constructor", "id": ["os", "environ"]}}',
        b'{"version": "support", "__class__": "Settings"}',
        b'{"version": 1e999}',
        b'{"version": "\\ud800"}',
        b"\xff\xfe\x00",
        b'{"version": "a", "version": "b"',
    ],
    ids=range(8),
)
async def test_json_that_is_deep_broken_or_clever_is_refused(api, body):
    for path in ("/api/evaluations", "/v1/chat/completions", "/v1/embeddings", "/v1/responses", "/v1/messages"):
        answered = await api("POST", path, body)
        assert 400 <= answered.status < 500, (path, answered.body)


async def test_no_error_repeats_what_the_environment_holds(api, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-environment-secret")
    for body in ({"version": "${OPENAI_API_KEY}"}, {"version": "{{OPENAI_API_KEY}}"}, {"version": "$(env)"}):
        answered = await api("POST", "/api/evaluations", body)
        assert "sk-environment-secret" not in json.dumps(answered.json)
