"""Store writes: a child that writes to a store and says what was acknowledged, killed.

Here: the child for each role of the store, the parent that kills it, the search for losses.
Not here: what a store promises when nobody kills it (``tests/store/test_store_contract.py``), real commands.
"""

from __future__ import annotations

import asyncio
import random
import subprocess
import sys
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path

from gonogo.clock import new_id
from gonogo.digest import Digest, digest_of
from gonogo.domain import (
    Chunk,
    Deployment,
    EvaluationRun,
    IndexSnapshot,
    Mission,
    ModelSpec,
    PromptSpec,
    TaskResult,
    Trace,
    Version,
    behaviour_digest,
    gate_digest,
    part_digests,
)
from gonogo.store import SqliteStore, open_store
from killing.report import Report, examine_file

MOST_LINES = 400
SCRIPT = Path(__file__).parents[1] / "kills.py"


def acknowledged(*words: object) -> None:
    """Tell the parent. One write call a line, so that a line is there whole or not at all."""
    sys.stdout.write(" ".join(map(str, words)) + "\n")
    sys.stdout.flush()


def make_draft(number: int, index: Digest | None) -> Version:
    mission = Mission(
        name="killed",
        models={"small": ModelSpec(provider="local", model="m")},
        prompt=PromptSpec(system=f"prompt {number}"),
    )
    parts = part_digests(mission, index, {})
    return Version(
        mission=mission,
        number=0,
        parts=parts,
        behaviour_digest=behaviour_digest("killed", parts),
        gate_digest=gate_digest(parts),
        index_digest=index,
        pins={},
        created_at=float(number),
        edited_at=0.0,
    )


def make_snapshot(number: int) -> IndexSnapshot:
    texts = [f"shared {place}" for place in range(20)] + [f"own {number} {place}" for place in range(5)]
    return IndexSnapshot(
        digest=digest_of(texts),
        chunks=tuple(Chunk(id=digest_of(t), text=t, source="a.md", order=n) for n, t in enumerate(texts)),
        parameters={},
        embedder="none",
        embedder_digest="none",
    )


def make_trace(number: int) -> Trace:
    return Trace(
        id=new_id(float(number)),
        created_at=float(number),
        mission="killed",
        version=1,
        behaviour_digest="b",
        environment="production",
        question="What happens when it dies? " * 20,
        answer="Nothing that was promised is lost. " * 20,
        outcome="answered",
    )


async def write_traces(store: SqliteStore) -> None:
    number = 0
    while True:
        traces = [make_trace(number + more) for more in range(8)]
        number += len(traces)
        await asyncio.gather(*(store.add_traces([trace]) for trace in traces))
        for trace in traces:
            acknowledged("trace", trace.id)


async def write_runs(store: SqliteStore) -> None:
    while True:
        run_id = new_id(1.0)
        run = EvaluationRun(
            id=run_id,
            mission="killed",
            version=1,
            behaviour_digest=Digest("b"),
            gate_digest=Digest("g"),
            seed=1,
            started_at=1.0,
        )
        await store.start_run(run)
        acknowledged("run", run_id)
        for task in range(10):
            pair = [TaskResult(task_id=f"t{task}", answer="a", passed=True, repeat=repeat) for repeat in (0, 1)]
            await store.add_results(run_id, pair)
            acknowledged("result", run_id, f"t{task}")
        await store.finish_run(run_id, 2.0, 1.0, 1.0)
        acknowledged("finished", run_id)


async def write_versions(store: SqliteStore) -> None:
    number = 0
    while True:
        number += 1
        snapshot = make_snapshot(number)
        version = await store.add_version(make_draft(number, snapshot.digest), snapshot)
        acknowledged("version", version.number)


async def write_deployments(store: SqliteStore) -> None:
    versions = [await store.add_version(make_draft(-more, None), None) for more in (1, 2)]
    revision, previous = 0, None
    while True:
        version = versions[revision % 2].number
        deployment = Deployment(
            id=new_id(1.0),
            mission="killed",
            environment="production",
            version=version,
            previous=previous,
            kind="deploy",
            author="child",
            created_at=1.0,
            revision=revision + 1,
        )
        await store.move(deployment, revision)
        revision, previous = revision + 1, version
        acknowledged("deployment", revision)


WRITERS: dict[str, Callable[[SqliteStore], Awaitable[None]]] = {
    "traces": write_traces,
    "runs": write_runs,
    "versions": write_versions,
    "deployments": write_deployments,
}


async def be_child(folder: Path, kinds: list[str]) -> None:
    store = await open_store(folder)
    await asyncio.gather(*(WRITERS[kind](store) for kind in kinds))


def kill_one(folder: Path, kinds: list[str], lines: int) -> list[list[str]]:
    """Let a child write until it has acknowledged ``lines`` writes, kill it, and return all it acknowledged."""
    command = [sys.executable, str(SCRIPT), "--child", str(folder), "--kinds", ",".join(kinds)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        said = [child.stdout.readline() for _ in range(lines)]
        child.kill()
        said += child.stdout.readlines()
    if not all(said[:lines]):
        raise RuntimeError("the child died by itself")
    return [line.split() for line in said if line.endswith("\n")]


async def examine(folder: Path, said: list[list[str]], report: Report) -> None:
    """Open the store again and compare it with what was acknowledged."""
    store = await open_store(folder)
    try:
        if not await store.healthy():
            report.half("the store takes no writes")
        await examine_file(store, report)
        by_kind: dict[str, list[list[str]]] = {}
        for kind, *rest in said:
            by_kind.setdefault(kind, []).append(rest)
        report.acknowledged += len(said)
        for (trace_id,) in by_kind.get("trace", []):
            if await store.trace(trace_id) is None:
                report.lose(f"trace {trace_id}")
        await _examine_runs(store, by_kind, report)
        await _examine_versions(store, by_kind.get("version", []), report)
        await _examine_deployments(store, by_kind.get("deployment", []), report)
    finally:
        await store.close()


async def _examine_runs(store: SqliteStore, said: dict[str, list[list[str]]], report: Report) -> None:
    finished = {run_id for (run_id,) in said.get("finished", [])}
    tasks: dict[str, set[str]] = {run_id: set() for (run_id,) in said.get("run", [])}
    for run_id, task in said.get("result", []):
        tasks[run_id].add(task)
    for run_id, promised in tasks.items():
        run = await store.run(run_id)
        if run is None:
            report.lose(f"run {run_id}")
            continue
        attempts = [result.task_id for result in run.results]
        for task in promised - set(attempts):
            report.lose(f"result {run_id} {task}")
        if any(attempts.count(task) != 2 for task in set(attempts)):
            report.half(f"results of {run_id}: two were written together")
        if run_id in finished and run.finished_at is None:
            report.lose(f"end of run {run_id}")


async def _examine_versions(store: SqliteStore, said: list[list[str]], report: Report) -> None:
    versions = {version.number: version for version in await store.versions("killed", limit=1_000_000)}
    for (number,) in said:
        if int(number) not in versions:
            report.lose(f"version {number}")
    if sorted(versions) != list(range(1, len(versions) + 1)):
        report.half("version numbers have gaps")
    prompts = {part.number for part, _, _ in await store.part_history("killed", "prompt")}
    for version in versions.values():
        if version.part("prompt").number not in prompts:
            report.half(f"version {version.number} without its prompt part")
        if version.index_digest is not None and await store.snapshot(version.index_digest) is None:
            report.half(f"version {version.number} without its snapshot")


async def _examine_deployments(store: SqliteStore, said: list[list[str]], report: Report) -> None:
    changes = await store.deployments("killed", limit=1_000_000)
    revisions = {change.revision for change in changes}
    for (revision,) in said:
        if int(revision) not in revisions:
            report.lose(f"deployment {revision}")
    place = await store.environment("killed", "production")
    if (place is None) != (not changes):
        report.half("an Environment without a Deployment, or the other way round")
    elif place is not None and (place.revision, place.version) != (max(revisions), changes[0].version):
        report.half("the Environment does not stand where its last Deployment put it")


def kill_many(kinds: list[str], rounds: int, chance: random.Random, report: Report) -> None:
    """Kill so many writers, each with a store of its own."""
    for _ in range(rounds):
        with tempfile.TemporaryDirectory() as scratch:
            folder = Path(scratch) / "store"
            said = kill_one(folder, kinds, chance.randint(1, MOST_LINES))
            report.kills += 1
            report.at_work += 1  # it writes until it is killed
            asyncio.run(examine(folder, said, report))
