"""No process is started by anything that a request can reach: what it reaches cannot start one at all."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import gonogo

SOURCE = Path(gonogo.__file__).parent
MODULES = {"subprocess", "pty", "multiprocessing", "popen2", "ctypes", "code", "codeop", "runpy"}
CALLS = {"system", "popen", "execv", "execve", "execvp", "spawnv", "spawnl", "fork", "posix_spawn",
         "create_subprocess_exec", "create_subprocess_shell", "startfile"}  # fmt: skip
BUILT_IN = {"eval", "exec", "compile", "__import__"}
ALLOWED = {"gateway/workers.py": {"create_subprocess_exec"}}
"""File -> names that it may use after all. ``serve --workers`` starts copies of itself, with words of its own alone."""
REACHED = [path for path in sorted(SOURCE.rglob("*.py")) if path.parent != SOURCE / "cli"]
"""Everything but the command line, which no request reaches."""


@pytest.mark.parametrize("path", REACHED, ids=lambda path: path.relative_to(SOURCE).as_posix())
def test_no_module_can_start_a_process_or_run_text_as_code(path):
    tree, found = ast.parse(path.read_text(encoding="utf-8")), set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {name.name.partition(".")[0] for name in node.names} & MODULES
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module.partition(".")[0]} & MODULES
        elif isinstance(node, ast.Attribute) and _of(node) in ("os", "asyncio"):
            found |= {node.attr} & CALLS
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            found |= {node.func.id} & BUILT_IN
    assert found <= ALLOWED.get(path.relative_to(SOURCE).as_posix(), set())


def _of(node: ast.Attribute) -> str:
    return node.value.id if isinstance(node.value, ast.Name) else ""
