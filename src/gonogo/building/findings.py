"""Findings: where reading a Mission folder collects its problems and warnings, so that all are told at once.

Here: the collector and the nearest-name hint. Not here: the error raised in the end (``errors.MissionInvalid``).
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from gonogo.building.yaml_nodes import YamlNode
from gonogo.errors import MissionInvalid, Problem


class Findings:
    """Problems make a Mission unusable; warnings do not. Both name file, line and key."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []
        self.warnings: list[Problem] = []

    def problem(self, message: str, at: YamlNode, key: str | None = None, hint: str | None = None) -> None:
        """Note a fault at a place in a parsed file."""
        self.problems.append(Problem(message=message, file=at.file, line=at.line, key=key, hint=hint))

    def warning(self, message: str, at: YamlNode, key: str | None = None, hint: str | None = None) -> None:
        """Note something usable but probably not meant."""
        self.warnings.append(Problem(message=message, file=at.file, line=at.line, key=key, hint=hint))

    def file_problem(self, message: str, file: str, hint: str | None = None, line: int | None = None) -> None:
        """Note a fault of a whole file, or at a line of a file that is not YAML."""
        self.problems.append(Problem(message=message, file=file, line=line, hint=hint))

    def file_warning(self, message: str, file: str) -> None:
        """Note something of a whole file that is probably not meant."""
        self.warnings.append(Problem(message=message, file=file))

    def sorted_problems(self) -> tuple[Problem, ...]:
        """By file and line."""
        return tuple(sorted(self.problems, key=_place))

    def sorted_warnings(self) -> tuple[Problem, ...]:
        """By file and line."""
        return tuple(sorted(self.warnings, key=_place))

    def raise_if_any(self) -> None:
        """Raise every problem noted so far.

        Raises:
            MissionInvalid: there is at least one.
        """
        if self.problems:
            raise MissionInvalid(self.sorted_problems())


def nearest(name: str, known: Iterable[str], prefix: str = "did you mean ") -> str | None:
    """A hint naming the known name most like ``name``, or ``None`` where nothing is near."""
    lowered = {candidate.lower(): candidate for candidate in sorted(known)}
    close = difflib.get_close_matches(name.lower(), lowered, n=1, cutoff=0.6)
    return f"{prefix}{lowered[close[0]]!r}?" if close else None


def nearest_or_all(name: str, known: Iterable[str]) -> str | None:
    """Like `nearest`; where nothing is near, the whole list, as long as it can be read at a glance."""
    names = sorted(known)
    return nearest(name, names) or (f"known: {', '.join(names)}" if 0 < len(names) <= 16 else None)


def _place(problem: Problem) -> tuple[str, int, str]:
    return (str(problem.file), problem.line or 0, problem.key or "")
