"""Few dependencies, each locked with the hashes of its files; nothing of ours runs when Python starts."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MOST_IN_CORE = 14
FORBIDDEN = {"pydantic", "httpx", "fastapi", "requests", "litellm", "langchain"}


def names(requirements: list[str]) -> set[str]:
    return {re.split(r"[<>=!~;\[ ]", one, maxsplit=1)[0].lower() for one in requirements}


def test_the_core_depends_on_few_and_on_none_that_brings_a_framework():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    core = names(project["dependencies"])
    assert len(core) <= MOST_IN_CORE
    assert not core & FORBIDDEN


@pytest.mark.parametrize("lock", ["core.lock", "dev.lock"])
def test_every_locked_distribution_has_the_hashes_of_its_files(lock):
    text = (ROOT / "requirements" / lock).read_text(encoding="utf-8")
    blocks = re.split(r"(?m)^(?=[A-Za-z0-9])", text)
    pinned = [block for block in blocks if "==" in block]
    assert len(pinned) > 5
    for block in pinned:
        assert "--hash=sha256:" in block, block.splitlines()[0]


def test_nothing_of_the_product_runs_when_python_starts():
    assert not list((ROOT / "src").rglob("*.pth"))
    assert not list((ROOT / "src").rglob("sitecustomize.py"))
