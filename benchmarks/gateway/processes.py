"""Servers in processes of their own, and what they used: CPU of all threads, memory.

CPU is what the scheduler counted for each thread (nanoseconds), not wall time: other work on the machine delays a
server and does not bill it.
"""

from __future__ import annotations

import asyncio
import os
import re
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from gonogo.clock import new_id
from gonogo.domain import (
    Deployment,
    Mission,
    ModelSpec,
    MonitorPolicy,
    PromptSpec,
    RequestPolicy,
    Version,
    behaviour_digest,
    gate_digest,
    part_digests,
)
from gonogo.store import open_store

ROOT = Path(__file__).resolve().parents[2]


class Server:
    """A running process that listens."""

    def __init__(self, process: asyncio.subprocess.Process, port: int, start_cpu: float) -> None:
        self.process, self.port, self.start_cpu = process, port, start_cpu

    def cpu(self) -> float:
        """CPU seconds of all its threads up to now; those that ended are not counted."""
        return cpu_of(self.process.pid)

    def pss(self) -> float:
        """Memory in MB, what is shared counted in part."""
        text = Path(f"/proc/{self.process.pid}/smaps_rollup").read_text()
        return int(re.search(r"^Pss:\s+(\d+)", text, re.MULTILINE)[1]) / 1024  # type: ignore[index]

    def own(self) -> float:
        """Memory in MB without mapped files, whose share changes when another Python on the machine starts or ends."""
        text = Path(f"/proc/{self.process.pid}/smaps_rollup").read_text()
        return int(re.search(r"^Pss_Anon:\s+(\d+)", text, re.MULTILINE)[1]) / 1024  # type: ignore[index]


def cpu_of(pid: int) -> float:
    total = 0
    for task in os.listdir(f"/proc/{pid}/task"):
        total += int(Path(f"/proc/{pid}/task/{task}/schedstat").read_text().split()[0])
    return total / 1e9


@asynccontextmanager
async def started(*words: str, announces: str, **environ: str) -> AsyncIterator[Server]:
    """``python WORDS``; it listens on ``environ['PORT']`` or says its port after ``announces``."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, *words, cwd=ROOT, env={**os.environ, **environ}, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert process.stdout is not None
    try:
        if announces:
            said = (await process.stdout.readline()).decode()
            port = int(said.partition(announces)[2].split()[0].strip("/"))
        else:
            port = int(environ["PORT"])
        await _listens(port)
        yield Server(process, port, cpu_of(process.pid))
    finally:
        process.terminate()
        await process.wait()


@asynccontextmanager
async def launched(*command: str, port: int, seconds: float, **environ: str) -> AsyncIterator[Server]:
    """Another program that listens on ``port`` within ``seconds``; what it says is thrown away."""
    silent = asyncio.subprocess.DEVNULL
    process = await asyncio.create_subprocess_exec(
        *command, env={**os.environ, **environ}, stdout=silent, stderr=silent
    )
    try:
        await _listens(port, seconds)
        yield Server(process, port, cpu_of(process.pid))
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


async def _listens(port: int, seconds: float = 10) -> None:
    for _ in range(int(seconds * 50)):
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            await asyncio.sleep(0.02)
            continue
        writer.close()
        return
    raise RuntimeError(f"nothing listens on {port}")


async def said_by(*words: str) -> str:
    """What a command of gonogo printed."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "gonogo", *words, cwd=ROOT, stdout=asyncio.subprocess.PIPE
    )
    out, _ = await process.communicate()
    if process.returncode:
        raise RuntimeError(f"gonogo {' '.join(words)} ended with {process.returncode}")
    return out.decode()


async def home_of_another(checkout: Path, home: Path, upstream: str) -> str:
    """``home_with_a_mission`` as another checkout makes it, whose store may have another format."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "benchmarks.gateway.processes", str(home), upstream, cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(checkout / "src")}, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, _ = await process.communicate()
    if process.returncode:
        raise RuntimeError(f"{checkout} cannot make a home folder: {out.decode()}")
    return out.decode().strip()


async def home_with_a_mission(home: Path, upstream: str, settings: str = "") -> str:
    """``bench`` live, answered by the upstream; gives the secret of a key."""
    home.mkdir(exist_ok=True)
    provider = f'[providers.mock]\nkind = "openai"\nbase_url = "{upstream}/v1"\n'
    (home / "settings.toml").write_text(settings + provider)
    mission = Mission(
        name="bench",
        models={"main": ModelSpec(provider="mock", model="m")},
        prompt=PromptSpec(system="Answer briefly."),
        requests=RequestPolicy(allow=("temperature", "max_tokens")),
        monitors=MonitorPolicy(sample=0.0),
    )
    parts = part_digests(mission, None, {})
    draft = Version(
        mission=mission, number=0, parts=parts, behaviour_digest=behaviour_digest("bench", parts),
        gate_digest=gate_digest(parts), index_digest=None, pins={}, created_at=1.0, edited_at=1.0,
    )  # fmt: skip
    store = await open_store(home)
    built = await store.add_version(draft, None)
    change = Deployment(
        id=new_id(1.0), mission="bench", environment="production", version=built.number, previous=None, kind="deploy",
        author="bench", created_at=1.0, revision=1,
    )  # fmt: skip
    await store.move(change, 0)
    await store.close()
    said = await said_by("--home", str(home), "keys", "create")
    return re.search(r"gng_\S+", said)[0]  # type: ignore[index]


if __name__ == "__main__":
    print(asyncio.run(home_with_a_mission(Path(sys.argv[1]), sys.argv[2])))
