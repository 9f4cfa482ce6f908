"""Kills through ``benchmarks/kills.py``, so that the suite and the benchmark run the same code."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

SCRIPT = Path(__file__).parents[2] / "benchmarks" / "kills.py"
ROUNDS = 3
SEED = 20
"""For the moments of the kills; the machine adds what chance it likes."""

Kill = Callable[[str], dict[str, Any]]


@pytest.fixture
def kill(tmp_path: Path) -> Kill:
    """Kill one kind of work three times while it is at work; what was found, after checks that hold for every kind."""

    def report_of(kind: str) -> dict[str, Any]:
        out = tmp_path / "kills.json"
        command = [sys.executable, SCRIPT, "--rounds", str(ROUNDS), "--seed", str(SEED), "--kinds", kind, "--out", out]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert out.exists(), done.stderr
        report: dict[str, Any] = json.loads(out.read_text())[kind]
        assert report["problems"] == []
        assert (report["lost"], report["half_made"]) == (0, 0)
        assert report["at_work"] >= 1
        assert done.returncode == 0
        return report

    return report_of
