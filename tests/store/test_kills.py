"""What was acknowledged survives SIGKILL, and nothing is half made. The full count is ``benchmarks/kills.py``."""

from __future__ import annotations

import json
import subprocess
import sys


def test_three_kills_while_all_kinds_write_lose_nothing_acknowledged(benchmarks, tmp_path):
    out = tmp_path / "kills.json"
    command = [sys.executable, benchmarks / "kills.py", "--rounds", "3", "--kinds", "mixed", "--out", out]
    subprocess.run(command, check=True)
    report = json.loads(out.read_text())["mixed"]
    assert report["kills"] == 3
    assert report["acknowledged"] >= 3
    assert (report["lost"], report["half_made"], report["problems"]) == (0, 0, [])
