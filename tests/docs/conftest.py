"""The pages, their fenced blocks, and a shell that runs them.

A block is run unless a comment directly above its fence says ``<!-- not run: why -->``. Blocks of one page share one
scratch folder and run in order. A line of an ``sh`` block must end with 0, or with N where ``# exit code N`` stands
behind it; ``gonogo serve`` is started beside the rest and stopped at the end. ``yaml`` blocks are laid over the
``mission.yaml`` of a new Mission, lists are its golden tasks, and it must then validate;
``toml`` blocks are read as ``settings.toml``.
"""

from __future__ import annotations

import os
import re
import shlex
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from gonogo.cli.app import main

ROOT = Path(__file__).resolve().parents[2]
PAGES = (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")), ROOT / "CONTRIBUTING.md", ROOT / "SECURITY.md")
NOT_RUN = re.compile(r"<!-- not run: (.+) -->")
EXIT_CODE = re.compile(r"#.*exit code (\d+)")
PORT = "8420"


@dataclass(frozen=True)
class Block:
    """A fenced block: the line of its fence, its language, its text, and why it is not run."""

    page: str
    line: int
    language: str
    text: str
    not_run: str | None

    def __str__(self) -> str:
        return f"{self.page}:{self.line}"


def blocks_of(page: Path) -> list[Block]:
    """Every fenced block of a page, in order."""
    found: list[Block] = []
    lines = page.read_text(encoding="utf-8").splitlines()
    opened: int | None = None
    for number, line in enumerate(lines):
        if not line.startswith("```"):
            continue
        if opened is None:
            opened = number
            continue
        above = NOT_RUN.fullmatch(lines[opened - 1]) if opened else None
        text = "\n".join(lines[opened + 1 : number]) + "\n"
        language = lines[opened][3:].strip()
        found.append(Block(str(page.relative_to(ROOT)), opened + 1, language, text, above[1] if above else None))
        opened = None
    assert opened is None, f"{page}:{opened} is never closed"
    return found


def lines_of(block: Block) -> list[str]:
    """The commands of a block, a continued line as one."""
    joined = block.text.replace("\\\n", " ")
    return [line for line in joined.splitlines() if line.strip() and not line.lstrip().startswith("#")]


class PageShell:
    """Runs the lines of one page in one scratch folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._server: subprocess.Popen[str] | None = None
        self._port = free_port()

    def run(self, line: str) -> None:
        """Run one line and hold it to its exit code."""
        expected = EXIT_CODE.search(line)
        if line.startswith("gonogo serve"):
            self._serve()
        else:
            code = self._gonogo(line) if line.startswith("gonogo ") else self._other(line)
            assert code == (int(expected[1]) if expected else 0), f"{line!r} ended with {code}"

    def close(self) -> None:
        """Stop what was started."""
        if self._server is not None:
            self._server.terminate()
            self._server.communicate()

    def _serve(self) -> None:
        command = [sys.executable, "-m", "gonogo", "serve", "--port", str(self._port)]
        self._server = subprocess.Popen(
            command, cwd=self._folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        assert self._server.stdout is not None
        assert str(self._port) in self._server.stdout.readline()

    def _gonogo(self, line: str) -> object:
        # In this process: a new interpreter for every line would take most of the time.
        with pytest.raises(SystemExit) as stopped:
            main(shlex.split(line, comments=True)[1:])
        return stopped.value.code

    def _other(self, line: str) -> int:
        path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
        here = line.replace(PORT, str(self._port))
        return subprocess.run(["sh", "-c", here], cwd=self._folder, env={**os.environ, "PATH": path}).returncode


def free_port() -> int:
    """A port nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def page_shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[PageShell]:
    """In an empty folder that is the current one."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("GONOGO_HOME", raising=False)
    made = PageShell(tmp_path)
    yield made
    made.close()


@pytest.fixture
def blocks() -> Callable[[Path], list[Block]]:
    """``blocks_of``."""
    return blocks_of


@pytest.fixture
def commands() -> Callable[[Block], list[str]]:
    """``lines_of``."""
    return lines_of


@pytest.fixture
def pages() -> tuple[Path, ...]:
    """Every page."""
    return PAGES


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """One test for each page, or for each block of a language."""
    if "page" in metafunc.fixturenames:
        metafunc.parametrize("page", PAGES, ids=lambda page: page.name)
    for language in ("yaml", "toml"):
        if f"{language}_block" in metafunc.fixturenames:
            found = [block for page in PAGES for block in blocks_of(page) if block.language == language]
            metafunc.parametrize(f"{language}_block", found, ids=str)
