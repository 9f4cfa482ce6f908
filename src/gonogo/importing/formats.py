"""Formats: the names that `gonogo import` knows, and the one way in.

Here: format -> reader. Not here: the readers (one module each), writing (``writing``).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from gonogo.building.findings import nearest_or_all
from gonogo.contracts import Assertions
from gonogo.errors import BadInput
from gonogo.importing.carried import Carried
from gonogo.importing.columns import Columns, import_columns
from gonogo.importing.expected import EXPECTED_AS, ExpectedAs
from gonogo.importing.langfuse import import_langfuse
from gonogo.importing.langsmith import import_langsmith
from gonogo.importing.litellm import import_litellm
from gonogo.importing.openai_evals import import_openai_evals
from gonogo.importing.promptfoo import import_promptfoo


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportOptions:
    """What a caller may say beside the source.

    ``columns`` is for tables only; ``expected_as`` for data sets with expected outputs. ``judges`` are kinds of judges
    of the Mission that the tasks go to, ``None`` where the import makes a Mission.
    """

    columns: Columns = field(default_factory=Columns)
    expected_as: ExpectedAs = "auto"
    judges: frozenset[str] | None = None


_Reader = Callable[[Path, Assertions, ImportOptions], Carried]


def _promptfoo(path: Path, assertions: Assertions, options: ImportOptions) -> Carried:
    return import_promptfoo(path, assertions, options.judges)


def _table(path: Path, assertions: Assertions, options: ImportOptions) -> Carried:
    return import_columns(path, assertions, options.columns, options.expected_as, options.judges)


def _openai_evals(path: Path, assertions: Assertions, options: ImportOptions) -> Carried:
    return import_openai_evals(path, assertions, options.expected_as, options.judges, options.columns)


def _langfuse(path: Path, assertions: Assertions, options: ImportOptions) -> Carried:
    return import_langfuse(path, assertions, options.expected_as, options.judges, options.columns)


def _langsmith(path: Path, assertions: Assertions, options: ImportOptions) -> Carried:
    return import_langsmith(path, assertions, options.expected_as, options.judges, options.columns)


def _litellm(path: Path, assertions: Assertions, options: ImportOptions) -> Carried:
    return import_litellm(path, assertions, options.judges)


FORMATS: Final[dict[str, _Reader]] = {
    "promptfoo": _promptfoo,
    "openai-evals": _openai_evals,
    "langfuse": _langfuse,
    "langsmith": _langsmith,
    "litellm": _litellm,
    "table": _table,
}
"""By the name on the command line."""


def read_import(format: str, path: Path, assertions: Assertions, options: ImportOptions) -> Carried:
    """Read a source; nothing is written and nothing of it is executed.

    Raises:
        BadInput: it is not what the format says, or there is no such format.
    """
    if format not in FORMATS:
        raise BadInput(f"there is no format {format!r} to import ({nearest_or_all(format, FORMATS)})")
    if options.expected_as not in EXPECTED_AS:
        raise BadInput(f"expected_as must be one of {', '.join(EXPECTED_AS)}, not {options.expected_as!r}")
    return FORMATS[format](path, assertions, options)
