"""The package's list of names, and what importing it pulls in."""

import subprocess
import sys

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
