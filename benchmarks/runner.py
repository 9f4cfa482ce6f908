"""Runner: what gonogo adds to the model calls of an evaluation.

Two measurements over a store on disk: CPU milliseconds a task at an upstream that answers at once, and wall time
against the ideal at an upstream that takes 50 ms, with 32 tasks in flight. Each round runs in a process of its own.

    python benchmarks/runner.py                    prints JSON: commit, rounds, medians
    python benchmarks/runner.py --profile          prints where the CPU time goes
"""

from __future__ import annotations

import argparse
import asyncio
import cProfile
import json
import os
import platform
import pstats
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from gonogo.contracts import Components
from gonogo.domain import (
    Assertion,
    GoldenTask,
    Mission,
    ModelSpec,
    PromptSpec,
    Version,
    behaviour_digest,
    gate_digest,
    part_digests,
)
from gonogo.evaluation import RunOptions, run_tasks
from gonogo.features import Reader, StaticEmbedder
from gonogo.metrics import BuiltInAssertions
from gonogo.providers.scripted import Scripted, ScriptedModel
from gonogo.store import open_store

CONCURRENCY = 32
EXPECT = (
    Assertion(kind="contains", value="30 days"),
    Assertion(kind="regex", value=r"within \d+ days"),
    Assertion(kind="contains", value="never", negate=True),
)


class NoPrices:
    def price(self, provider: str, model: str) -> None:
        return None


def version_of(tasks: int) -> Version:
    golden = tuple(GoldenTask(id=f"t{n}", question=f"Question {n}?", expect=EXPECT) for n in range(tasks))
    mission = Mission(
        name="bench",
        models={"m": ModelSpec(provider="scripted", model="m")},
        prompt=PromptSpec(system="Answer."),
        golden=golden,
    )
    parts = part_digests(mission, None, {})
    return Version(
        mission=mission,
        number=1,
        parts=parts,
        behaviour_digest=behaviour_digest("bench", parts),
        gate_digest=gate_digest(parts),
        index_digest=None,
        pins={},
        created_at=0.0,
        edited_at=0.0,
    )


async def run_once(tasks: int, delay: float, folder: Path, profile: bool) -> dict[str, float]:
    """Run ``tasks`` at an upstream that takes ``delay`` seconds; readings in seconds, MB and tasks in flight."""
    in_flight = most = 0

    async def wait(seconds: float) -> None:
        nonlocal in_flight, most
        in_flight += 1
        most = max(most, in_flight)
        if seconds:
            await asyncio.sleep(seconds)
        in_flight -= 1

    model = ScriptedModel([Scripted(text="You may return it within 30 days.", delay=delay)], sleep=wait)
    reader = Reader(StaticEmbedder())
    parts = Components(reader=reader, providers={"m": model}, prices=NoPrices())
    store = await open_store(folder)
    version, assertions = version_of(tasks), BuiltInAssertions(reader)
    options = RunOptions(concurrency=CONCURRENCY)

    async def go(golden: tuple[GoldenTask, ...], seed: int) -> int:
        chosen = RunOptions(concurrency=options.concurrency, seed=seed)
        run = await run_tasks(version, golden, version.gate_digest, parts, assertions, store, chosen)
        return sum(result.passed is True for result in run.results)

    await go(version.mission.golden[:1], seed=1)  # imports and first compilations belong to starting, not to a task
    profiler = cProfile.Profile() if profile else None
    if profiler:
        profiler.enable()
    wall, cpu = time.perf_counter(), time.process_time()
    passed = await go(version.mission.golden, seed=0)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    if profiler:
        profiler.disable()
        pstats.Stats(profiler, stream=sys.stderr).sort_stats("tottime").print_stats(25)
    await store.close()
    if passed != tasks:
        raise SystemExit(f"{passed} of {tasks} passed: the benchmark is broken")
    rss = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"wall": wall, "cpu": cpu, "most_in_flight": most, "rss_mb": rss}


def in_a_process(tasks: int, delay: float) -> dict[str, float]:
    command = [sys.executable, __file__, "--once", "--tasks", str(tasks), "--delay", str(delay)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return json.loads(done.stdout)


def commit() -> str:
    found = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False)
    return found.stdout.strip() or "unknown"


def measured(tasks: int, rounds: int) -> dict[str, object]:
    fast = [in_a_process(tasks, 0.0) for _ in range(rounds)]
    slow = [in_a_process(tasks, 0.05) for _ in range(rounds)]
    ideal = -(-tasks // CONCURRENCY) * 0.05
    per_task = [1000 * reading["cpu"] / tasks for reading in fast]
    ratios = [reading["wall"] / ideal for reading in slow]
    return {
        "commit": commit(),
        "python": platform.python_version(),
        "cores": os.cpu_count(),
        "load": os.getloadavg()[0],
        "tasks": tasks,
        "concurrency": CONCURRENCY,
        "rounds": rounds,
        "cpu_ms_per_task": {"median": statistics.median(per_task), "all": per_task},
        "wall_ratio_at_50_ms": {"median": statistics.median(ratios), "all": ratios, "ideal_s": ideal},
        "cpu_ms_per_task_at_50_ms": statistics.median(1000 * reading["cpu"] / tasks for reading in slow),
        "most_in_flight": min(reading["most_in_flight"] for reading in slow),
        "rss_mb": max(reading["rss_mb"] for reading in fast),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--tasks", type=int, default=500)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--delay", type=float, default=0.0, help=argparse.SUPPRESS)
    parser.add_argument("--once", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--profile", action="store_true")
    asked = parser.parse_args()
    if asked.once or asked.profile:
        with tempfile.TemporaryDirectory() as folder:
            print(json.dumps(asyncio.run(run_once(asked.tasks, asked.delay, Path(folder), asked.profile))))
    else:
        print(json.dumps(measured(asked.tasks, asked.rounds), indent=1))


if __name__ == "__main__":
    main()
