"""The package's list of names, and what importing it pulls in."""

import inspect
import re
import subprocess
import sys

import pytest

from gonogo import statistics


def test_every_public_name_is_listed_once_and_documented() -> None:
    assert len(statistics.__all__) == len(set(statistics.__all__))
    for name in statistics.__all__:
        public = getattr(statistics, name)
        assert public.__doc__ or not callable(public), f"{name} has no docstring"


def test_importing_statistics_pulls_in_no_numpy() -> None:
    probe = "import sys, gonogo.statistics; print(sorted({'numpy', 'scipy', 'statsmodels'} & set(sys.modules)))"
    shown = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == "[]"


COUNTING = {"at_least", "majority", "reduce_repeats"}
"""Functions that only count."""
CITES = re.compile(r"\b(1[89]|20)\d\d\b|arXiv")


@pytest.mark.parametrize("name", [name for name in statistics.__all__ if name not in COUNTING])
def test_every_formula_names_its_source(name: str) -> None:
    """By itself, or by the function or the module that it follows from."""
    found = getattr(statistics, name)
    if not inspect.isfunction(found):
        return
    said = inspect.getdoc(found) or ""
    module = inspect.getmodule(found)
    named = [getattr(statistics, other, None) for other in re.findall(r"`(\w+)`", said)]
    others = [inspect.getdoc(other) or "" for other in named if other is not None]
    assert any(CITES.search(text) for text in (said, *others, (module and module.__doc__) or "")), name
