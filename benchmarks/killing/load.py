"""Load: ``gonogo serve`` under concurrent requests, killed.

Here: the server, the rounds, whether every reply that a client saw complete has left its Trace exactly once.
Not here: sending and reading (``client``).

In an outage another process holds the store's write lock, so that Traces go to the spool; in every other round it lets
go before the kill, so that the way home from the spool is killed too.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
import re
import signal
import sqlite3
import statistics
import subprocess
import tempfile
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Literal

from gonogo.store import open_store
from gonogo.store.journal import journals
from killing.client import Received, ask_until_cut, connected
from killing.command import PATIENCE, Home, rounds_until
from killing.report import Report, examine_file, rows_of

MISSION = "support"
CLIENTS = 8
MOST_REPLIES = 150
"""A server is killed after one to so many complete replies."""
Held = Literal["never", "for a while", "until the kill"]
"""How long another process holds the store's write lock."""
QUESTION = "How many years of warranty does every light have?"


class Server:
    """``gonogo serve`` in another process, from the moment it answers."""

    def __init__(self, home: Home, complaints: Path) -> None:
        self.complaints = complaints
        self._started = time.monotonic()
        with complaints.open("w") as errors:
            command = home.command("serve", "--port", "0")
            self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, text=True)
        assert self.process.stdout is not None
        found = re.search(r"127\.0\.0\.1:(\d+)", self.process.stdout.readline())
        if found is None:
            raise RuntimeError(f"gonogo serve did not start: {complaints.read_text()}")
        self.port = int(found[1])

    async def answers(self) -> tuple[str, float]:
        """(Trace of a complete reply, seconds from the start of the process until it was there)."""
        async with connected(self.port) as connection:
            status, trace_id, whole = await connection.ask(MISSION, QUESTION, stream=False)
        if status != 200 or not whole:
            raise RuntimeError(f"the server answers with {status}: {self.complaints.read_text()}")
        return trace_id, time.monotonic() - self._started

    async def until_spool_is_empty(self) -> None:
        async with asyncio.timeout(PATIENCE), connected(self.port) as connection:
            while json.loads(await connection.get("/health"))["spooled_bytes"]:  # noqa: ASYNC110 - another process
                await asyncio.sleep(0.02)

    def kill(self) -> bool:
        """Whether it was SIGKILL that ended it."""
        self.process.kill()
        self.process.communicate()
        return self.process.returncode == -signal.SIGKILL

    def stop(self) -> None:
        if self.process.poll() is None:
            self.process.terminate()
            self.process.communicate()


def kill_servers(rounds: int, chance: random.Random, report: Report, *, outage: bool) -> None:
    """Kill so many servers and start each again on what it left."""
    restarts, everything = list[float](), Received()
    with tempfile.TemporaryDirectory() as scratch:
        folder, home = Path(scratch) / MISSION, Home(Path(scratch) / "home")
        home.run("new", folder)
        home.run("evaluate", folder)
        home.run("deploy", folder)
        server = Server(home, Path(scratch) / "complaints")
        try:
            for number in rounds_until(report, rounds):
                held: Held = "never" if not outage else "for a while" if number % 2 else "until the kill"
                received = asyncio.run(_load_and_kill(home, server, held, chance, report))
                server = _round(home, server, received, number, restarts, report)
                everything.complete.update(received.complete)
        finally:
            server.stop()
        asyncio.run(examine(home, everything, frozenset(), report))
    report.figures["median restart to first answer"] = round(statistics.median(restarts), 2)
    report.figures["longest restart to first answer"] = round(max(restarts), 2)


async def _load_and_kill(home: Home, server: Server, held: Held, chance: random.Random, report: Report) -> Received:
    received = Received()
    clients = [asyncio.create_task(ask_until_cut(server.port, MISSION, who, received)) for who in range(CLIENTS)]
    async with asyncio.timeout(PATIENCE):
        with contextlib.ExitStack() as lock:
            if held != "never":
                lock.enter_context(_write_lock(home))
                await _replies(received, 1)
            if held != "until the kill":
                lock.close()
                await _replies(received, chance.randint(1, MOST_REPLIES))
            in_flight = await _strike(server, received, chance, report)
        await asyncio.gather(*clients)
    report.found["requests in flight"] += in_flight
    report.acknowledged += len(received.complete)
    for refused in received.refused:
        report.wrong(f"a request was not answered: {refused}")
    for form in ("JSON", "streamed"):
        report.found[f"{form} replies"] += list(received.complete.values()).count(form)
    return received


@contextlib.contextmanager
def _write_lock(home: Home) -> Iterator[None]:
    with contextlib.closing(sqlite3.connect(home.database, isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        yield


async def _replies(received: Received, count: int) -> None:
    while len(received.complete) < count and not received.refused:
        await received.another.wait()
        received.another.clear()


async def _strike(server: Server, received: Received, chance: random.Random, report: Report) -> int:
    """Kill at any moment between one reply and the next; how many requests were in flight."""
    await asyncio.sleep(chance.random() * received.between_replies)
    in_flight = received.in_flight
    killed = server.kill()
    report.kills += killed
    report.missed += not killed
    report.at_work += killed and in_flight > 0
    return in_flight


def _round(
    home: Home, server: Server, received: Received, number: int, restarts: list[float], report: Report
) -> Server:
    """Examine what a kill left, before or after the restart, so that the new server also opens what nobody touched."""
    spooled = spooled_traces(home)
    report.found["Traces in the spool"] += len(spooled)
    report.found["requests sent"] += received.sent
    if number % 2 == 0:
        asyncio.run(examine(home, received, spooled, report))
    restarted = Server(home, server.complaints)
    asyncio.run(_greet(restarted, received, restarts))
    report.found["requests sent"] += 1
    asyncio.run(examine(home, received, frozenset(), report))
    shown = home.ask("status", MISSION)
    if [row["status"]["version"] for row in shown] != [1]:
        report.wrong(f"status shows {shown}")
    return restarted


async def _greet(server: Server, received: Received, restarts: list[float]) -> None:
    trace_id, seconds = await server.answers()
    received.complete[trace_id] = "JSON"
    restarts.append(seconds)
    await server.until_spool_is_empty()


def spooled_traces(home: Home) -> frozenset[str]:
    """Traces that wait on disk, in the spool or in a dead server's journal, without those left half written."""
    folder = home.path / "spool"
    found = {json.loads(record)["id"] for _, records in journals(folder, dead=True) for record in records}
    for path in folder.glob("traces.spool*"):
        for line in path.read_bytes().split(b"\n"):
            with contextlib.suppress(ValueError):
                found.add(json.loads(line)["id"])
    return frozenset(found)


async def examine(home: Home, received: Received, waiting: frozenset[str], report: Report) -> None:
    """Open the store; every complete reply has one Trace in it, unless that one is ``waiting`` in the spool."""
    store = await open_store(home.path)
    try:
        await examine_file(store, report)
        times = dict(await store.database.read(partial(rows_of, "SELECT id, count(*) FROM traces GROUP BY id")))
    finally:
        await store.close()
    for trace_id, form in received.complete.items():
        if trace_id not in times and trace_id not in waiting:
            report.lose(f"Trace {trace_id}, a {form} reply")
        if times.get(trace_id, 0) > 1:
            report.wrong(f"Trace {trace_id} stands {times[trace_id]} times")
    if len(times) > report.found["requests sent"]:
        report.wrong(f"{len(times)} Traces of {report.found['requests sent']} requests")
