"""Problem places: problems of a Mission folder with the path of their file, so that an editor can open it.

Here: names in a folder to paths. Not here: finding problems (``building``).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from gonogo.errors import MissionInvalid, Problem


def placed(folder: Path, problems: tuple[Problem, ...]) -> tuple[Problem, ...]:
    """Problems with the path of their file instead of its name in the folder, so that an editor can open it."""
    return tuple(replace(problem, file=folder / problem.file) for problem in problems)


@contextmanager
def problems_placed(folder: Path) -> Iterator[None]:
    """Whatever a Mission folder is refused for names the paths of its files.

    Raises:
        MissionInvalid: as raised inside, with those paths.
    """
    try:
        yield
    except MissionInvalid as error:
        raise MissionInvalid(placed(folder, error.problems)) from error
