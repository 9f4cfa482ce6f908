"""The public names of the package, and what loading them costs."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import gonogo

HEAVY = {"numpy", "aiohttp", "uvicorn", "jinja2", "yaml", "click", "msgspec", "sqlite3", "asyncio"}
REFERENCE = Path(__file__).resolve().parents[1] / "docs" / "reference.md"


def pulled_in_by(code: str, *words: str) -> set[str]:
    """Modules of ``HEAVY`` that code imports in a new interpreter."""
    script = f"import sys\n{code}\nprint('\\n'.join(sys.modules), file=sys.stderr)"
    ended = subprocess.run([sys.executable, "-c", script, *words], capture_output=True, text=True)
    assert ended.returncode == 0, ended.stderr
    return HEAVY & set(ended.stderr.split())


def test_public_names_are_sorted():
    assert gonogo.__all__ == sorted(gonogo.__all__)


@pytest.mark.parametrize("name", gonogo.__all__)
def test_every_public_name_is_there_and_in_the_reference(name):
    assert getattr(gonogo, name).__doc__
    assert f"`{name}`" in REFERENCE.read_text(encoding="utf-8")


def test_names_that_are_not_public_are_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'opn'"):
        gonogo.opn  # noqa: B018 - reading it is the test


def test_dir_lists_the_public_names():
    assert dir(gonogo) == gonogo.__all__


def test_importing_the_package_pulls_in_nothing_heavy():
    assert pulled_in_by("import gonogo") == set()


def test_errors_can_be_caught_without_loading_the_rest():
    assert pulled_in_by("import gonogo; gonogo.GateClosed") == set()


def test_help_loads_the_command_line_library_and_nothing_else():
    code = """
from gonogo.cli import main
try:
    main(["--help"])
except SystemExit:
    pass
"""
    assert pulled_in_by(code) == {"click"}


@pytest.mark.parametrize("command", ["build", "evaluate", "deploy", "status", "traces"])
def test_the_help_of_a_command_loads_no_components(command):
    code = f"""
from gonogo.cli import main
try:
    main(["{command}", "--help"])
except SystemExit:
    pass
"""
    assert pulled_in_by(code).isdisjoint({"numpy", "aiohttp", "uvicorn", "jinja2", "sqlite3"})


def test_public_names_can_be_used_while_typing():
    """A type checker reads the imports under TYPE_CHECKING; they must be the names that are loaded."""
    import ast

    tree = ast.parse(Path(gonogo.__file__ or "").read_text(encoding="utf-8"))
    [guarded] = [node for node in tree.body if isinstance(node, ast.If)]
    imported = {alias.name for node in guarded.body if isinstance(node, ast.ImportFrom) for alias in node.names}
    assert imported | {"__version__"} == set(gonogo.__all__)
