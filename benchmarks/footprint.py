"""How much gonogo weighs: distributions and bytes of the core, CPU of --help, CPU and memory of an idle server.

usage: python benchmarks/footprint.py [--rounds N] [--out FILE]   (baseline of each CPU figure: a bare interpreter)
"""

from __future__ import annotations

import argparse
import json
import os
import re
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from importlib.metadata import distribution
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BUILD_ONLY = {"flit-core"}


def main() -> None:
    """Measure and write JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    names, megabytes = core_size()
    result = {
        "commit": git_commit(),
        "rounds": options.rounds,
        "core_distributions": len(names),
        "core_megabytes": round(megabytes, 1),
        "bare_interpreter_cpu_s": median_cpu(["-c", "pass"], options.rounds),
        "import_gonogo_cpu_s": median_cpu(["-c", "import gonogo"], options.rounds),
        "help_cpu_s": median_cpu(["-m", "gonogo", "--help"], options.rounds),
        **idle_server(),
    }
    text = json.dumps(result, indent=2)
    print(text)
    if options.out:
        options.out.write_text(text + "\n", encoding="utf-8")


def git_commit() -> str:
    """Short hash of what is checked out."""
    found = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    return found.stdout.strip()


def core_size() -> tuple[list[str], float]:
    """Names of the core's distributions that are installed here, and their megabytes, gonogo itself included."""
    lock = (ROOT / "requirements" / "core.lock").read_text(encoding="utf-8")
    named = sorted(set(re.findall(r"^([a-z0-9-]+)==", lock, re.MULTILINE)) - BUILD_ONLY)
    total = sum(
        path.stat().st_size for path in (ROOT / "src" / "gonogo").rglob("*") if path.is_file() and path.suffix != ".pyc"
    )
    for name in named:
        for file in distribution(name).files or ():
            path = Path(str(file.locate()))
            if path.is_file() and path.suffix != ".pyc":
                total += path.stat().st_size
    return named, total / 1e6


def median_cpu(arguments: list[str], rounds: int) -> float:
    """Median CPU seconds, user and system, of a whole process."""
    seconds = []
    for _ in range(rounds):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([sys.executable, *arguments], check=True, stdout=subprocess.DEVNULL)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        seconds.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return round(statistics.median(seconds), 3)


def idle_server() -> dict[str, float | int]:
    """CPU seconds until a server with a live Mission takes requests; its processes, threads and PSS when idle."""
    work = Path(tempfile.mkdtemp(prefix="gonogo-footprint-"))
    command = [sys.executable, "-m", "gonogo", "--home", str(work / "home")]
    try:
        subprocess.run([*command, "new", str(work / "support")], check=True, stdout=subprocess.DEVNULL)
        for verb in ("evaluate", "deploy"):
            subprocess.run([*command, verb, str(work / "support")], check=True, stdout=subprocess.DEVNULL)
        server = subprocess.Popen([*command, "serve", "--port", "0"], stdout=subprocess.PIPE, text=True)
        try:
            assert server.stdout is not None
            server.stdout.readline()
            time.sleep(0.5)
            ticks = Path(f"/proc/{server.pid}/stat").read_text().rsplit(")", 1)[1].split()
            cpu = (int(ticks[11]) + int(ticks[12])) / os.sysconf("SC_CLK_TCK")
            time.sleep(1.5)
            rollup = Path(f"/proc/{server.pid}/smaps_rollup").read_text()
            pss = int(re.search(r"^Pss:\s+(\d+)", rollup, re.MULTILINE).group(1)) / 1024  # type: ignore[union-attr]
            children = Path(f"/proc/{server.pid}/task/{server.pid}/children").read_text().split()
            return {
                "serve_ready_cpu_s": round(cpu, 2),
                "serve_idle_pss_mb": round(pss, 1),
                "serve_processes": 1 + len(children),
            }
        finally:
            server.terminate()
            server.wait(timeout=20)
    finally:
        shutil.rmtree(work, ignore_errors=True)


if __name__ == "__main__":
    main()
