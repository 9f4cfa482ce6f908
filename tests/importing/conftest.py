"""A folder with samples of other tools' files, and a shell that imports them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from gonogo.features import Reader, StaticEmbedder
from gonogo.importing import Carried, ImportOptions, files_of, judges_of, read_import, write_files
from gonogo.metrics import KINDS, BuiltInAssertions, python_kind

Bring = Callable[..., Carried]


@pytest.fixture(scope="session")
def assertions() -> BuiltInAssertions:
    """As in the local command line, where Python of a Mission may run."""

    def never(*_: object) -> object:
        raise AssertionError("an import ran Python")

    return BuiltInAssertions(Reader(StaticEmbedder()), (*KINDS, python_kind(never)))


@pytest.fixture
def put(tmp_path: Path) -> Callable[[str, str], Path]:
    """Writes a file of the source."""

    def write(name: str, text: str) -> Path:
        path = tmp_path / "source" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    return write


@pytest.fixture
def bring(assertions, tmp_path: Path) -> Bring:
    """Reads a source; with ``into`` also writes it there."""

    def run(format: str, path: Path, into: Path | None = None, **said: Any) -> Carried:
        folder = into or tmp_path / "nowhere"
        carried = read_import(format, path, assertions, ImportOptions(judges=judges_of(folder), **said))
        if into is not None:
            write_files(files_of(carried, into), into)
        return carried

    return run
