"""What `./demo` costs: seconds from a fresh clone to its end, CPU seconds once it is installed.

Clones the repository as committed into a temporary folder and runs `./demo` there twice.

    python benchmarks/demo_cost.py --out demo_cost.json     prints and writes JSON
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
STEERING = ("VIRTUAL_ENV", "PYTHONPATH", "PYTHONHOME", "GONOGO_HOME", "GONOGO_AUTHOR")
"""Variables that would make the clone use something of the machine it is measured on."""


@dataclass(frozen=True)
class Cost:
    """Seconds of one run; ``cpu`` is user and system, children included."""

    wall: float
    cpu: float
    output: str


def main() -> None:
    """Measure and write JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, help="write the JSON there as well")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="gonogo-demo-cost-") as work:
        clone = Path(work) / "gonogo"
        subprocess.run(["git", "clone", "--quiet", str(ROOT), str(clone)], check=True)
        fresh, installed = demo(clone), demo(clone)
        result = {
            "commit": said_in(clone, "git", "rev-parse", "--short", "HEAD"),
            "python": said_in(clone, ".venv/bin/python", "--version"),
            "fresh_wall_s": round(fresh.wall, 1),
            "fresh_cpu_s": round(fresh.cpu, 1),
            "installed_wall_s": round(installed.wall, 1),
            "installed_cpu_s": round(installed.cpu, 2),
            "output_lines": len(installed.output.splitlines()),
            "load_average": round(os.getloadavg()[0], 1),
        }
    text = json.dumps(result, indent=2)
    print(text)
    if options.out:
        options.out.write_text(text + "\n", encoding="utf-8")


def demo(clone: Path) -> Cost:
    """Run the demo to its end.

    Raises:
        RuntimeError: it failed; with what it printed.
    """
    environment = {name: value for name, value in os.environ.items() if name not in STEERING}
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    done = subprocess.run(["./demo"], cwd=clone, env=environment, capture_output=True, text=True, check=False)
    wall, after = time.monotonic() - started, resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        raise RuntimeError(f"./demo ended with {done.returncode}:\n{done.stdout}\n{done.stderr}")
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Cost(wall, cpu, done.stdout)


def said_in(clone: Path, *command: str) -> str:
    """What a command prints there."""
    return subprocess.run(command, cwd=clone, capture_output=True, text=True, check=True).stdout.strip()


if __name__ == "__main__":
    main()
