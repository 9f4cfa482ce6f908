"""What a Trace costs to keep: writes a second, CPU and bytes, in both stores and in a worker's spool.

    python benchmarks/scaling.py [--traces 6000] [--json FILE]

Traces are those of a full request (chunks, spans, a model's call), from 64 callers at once, as a server has them, so
that they share commits. PostgreSQL is started here, where Debian's is installed, with its own durability on; its CPU is
that of all its processes. Figures of a request's CPU are those of ``benchmarks.budget``.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import resource
import shutil
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.postgres_server import PostgresServer, why_not

from gonogo.clock import new_id
from gonogo.domain import ModelCall, RetrievedChunk, Span, Trace, Usage
from gonogo.domain.chunk import Chunk
from gonogo.store import SqlStore, open_postgres, open_store
from gonogo.store.worker_spool import WorkerSpool, bring_all_home, worker_folder

CALLERS = 64
TICKS = os.sysconf("SC_CLK_TCK")
Keep = Callable[[list[Trace]], Awaitable[object]]


def a_trace(number: int) -> Trace:
    """As large as one of a request with retrieval: five chunks, ten spans."""
    now = time.time()
    chunks = tuple(
        RetrievedChunk(
            chunk=Chunk(id=f"{number}-{place}", text="Every light has five years of warranty. " * 6, source="a.md"),
            score=0.5,
            rank=place + 1,
        )
        for place in range(5)
    )
    spans = tuple(Span(name=f"step {place}", start=0.0, wall=0.001, cpu=0.001) for place in range(10))
    return Trace(
        id=new_id(now), created_at=now, mission="support", version=1, behaviour_digest="b" * 64,
        environment="production", question=f"How many years of warranty does light {number} have?",
        answer="Every light has five years of warranty [1].", outcome="answered", user=f"u{number % 97}",
        spans=spans, chunks=chunks,
        calls=(ModelCall(name="small", provider="mine", model="m", usage=Usage(input=900, output=20)),),
    )  # fmt: skip


async def kept(keep: Keep, traces: list[Trace]) -> tuple[float, float]:
    """(seconds, CPU seconds of this process) until all are acknowledged."""
    waiting = iter(traces)

    async def caller() -> None:
        for trace in waiting:
            await keep([trace])

    wall, cpu = time.perf_counter(), time.process_time()
    await asyncio.gather(*(caller() for _ in range(CALLERS)))
    return time.perf_counter() - wall, time.process_time() - cpu


def row(name: str, count: int, wall: float, cpu: float, size: float, server: float = 0.0) -> dict[str, Any]:
    """Microseconds of CPU and bytes for each Trace."""
    return {
        "where": name,
        "traces a second": round(count / wall),
        "CPU µs a Trace": round(cpu / count * 1e6),
        "CPU µs of the server": round(server / count * 1e6),
        "bytes a Trace": round(size / count),
    }


async def sqlite(folder: Path, traces: list[Trace], durability: Any) -> dict[str, Any]:
    store = await open_store(folder, durability=durability)
    wall, cpu = await kept(store.add_traces, traces)
    await store.close()
    return row(f"SQLite, {durability}", len(traces), wall, cpu, (folder / "gonogo.db").stat().st_size)


async def postgres(server: PostgresServer, traces: list[Trace]) -> dict[str, Any]:
    url = server.empty()
    store = await open_postgres(url)
    before = cpu_of_postgres(server)
    wall, cpu = await kept(store.add_traces, traces)
    used = cpu_of_postgres(server) - before
    size = float(server.psql("SELECT pg_total_relation_size('gonogo.traces')", url))
    await store.close()
    return row("PostgreSQL", len(traces), wall, cpu, size, used)


def cpu_of_postgres(server: PostgresServer) -> float:
    """Seconds of all its processes, those that live."""
    main = int((server.data / "postmaster.pid").read_text().split()[0])
    pids = [main, *map(int, Path(f"/proc/{main}/task/{main}/children").read_text().split())]
    stats = [Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split() for pid in pids]
    return sum(int(stat[11]) + int(stat[12]) for stat in stats) / TICKS


async def spooled(folder: Path, traces: list[Trace], durability: Any, store: SqlStore) -> list[dict[str, Any]]:
    spool = WorkerSpool(worker_folder(folder, 1), durability=durability)
    wall, cpu = await kept(lambda some: spool.keep(store, some), traces)
    size = spool.size()
    await spool.close()
    rows = [row(f"a worker's spool, {durability}", len(traces), wall, cpu, size)]
    start, before = time.perf_counter(), time.process_time()
    await bring_all_home(folder, store)
    done = time.perf_counter() - start, time.process_time() - before
    return [*rows, row("the writer: spool into SQLite", len(traces), *done, size)] if durability == "process" else rows


async def measure(count: int) -> list[dict[str, Any]]:
    """Every row, in one run."""
    rows: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory() as scratch:
        place = Path(scratch)
        for durability in ("process", "power"):
            rows.append(await sqlite(place / durability, [a_trace(n) for n in range(count)], durability))
            store = await open_store(place / f"{durability}-spool")
            rows += await spooled(place / f"{durability}-spool", [a_trace(n) for n in range(count)], durability, store)
            await store.close()
    if why_not() is None:
        server = PostgresServer(durable=True)
        try:
            rows.append(await postgres(server, [a_trace(n) for n in range(count)]))
        finally:
            server.close()
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--traces", type=int, default=6000)
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    rows = asyncio.run(measure(given.traces))
    width = shutil.get_terminal_size().columns
    for one in rows:
        print(", ".join(f"{name}: {value}" for name, value in one.items())[: max(width, 160)])
    print(f"memory of this process: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024} MB")
    if given.json:
        given.json.write_text(json.dumps(rows, indent=2, ensure_ascii=False))


if __name__ == "__main__":
    main()
