"""Several processes behind one address: killed, ended, counted together. With the real command."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import aiohttp
import pytest

from gonogo.assembly import Workspace
from gonogo.assembly.settings import load_settings
from gonogo.domain import Trace
from gonogo.errors import TryAgain
from gonogo.gateway.workers import WorkerFailed, Workers, only_one
from gonogo.store import TraceSpool, open_store
from gonogo.store.worker_spool import waiting, worker_folder

PATIENCE = 60.0
QUESTION = "How many years of warranty does every light have?"


class Team:
    """A home with one Mission live, and the server on it."""

    def __init__(self, folder: Path, store: str) -> None:
        self.folder, self.home = folder, folder / "home"
        self.home.mkdir()
        (self.home / "settings.toml").write_text(f'[store]\nurl = "{store}"\n' if store else "")
        for words in (("new", "support"), ("evaluate", "support"), ("deploy", "support")):
            subprocess.run(self.command(*words), cwd=folder, check=True, capture_output=True)

    def command(self, *words: str) -> list[str]:
        return [sys.executable, "-m", "gonogo", "--home", str(self.home), *words]

    def traces(self) -> list[Trace]:
        async def read() -> list[Trace]:
            async with await Workspace.open(load_settings(self.home, {})) as workspace:
                return await workspace.store.traces(limit=100_000)

        return asyncio.run(read())


class Server:
    """``gonogo serve --workers 2``, from the moment it says so."""

    def __init__(self, team: Team) -> None:
        self.complaints = team.folder / "complaints"
        with self.complaints.open("a") as errors:
            command = team.command("serve", "--port", "0", "--workers", "2")
            self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, text=True)
        assert self.process.stdout is not None
        found = re.search(r"http://127\.0\.0\.1:\d+", self.process.stdout.readline())
        assert found, self.complaints.read_text()
        self.address = found[0]

    def workers(self) -> list[int]:
        pid = self.process.pid
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]

    def stop(self) -> int:
        self.process.terminate()
        return self.process.wait(PATIENCE)


@pytest.fixture(scope="module")
def team(tmp_path_factory: pytest.TempPathFactory) -> Team:
    return Team(tmp_path_factory.mktemp("workers"), "")


@pytest.fixture(scope="module")
def postgres_team(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Team:
    return Team(tmp_path_factory.mktemp("workers"), request.getfixturevalue("postgres").database())


@contextlib.contextmanager
def serving(team: Team) -> Iterator[Server]:
    server = Server(team)
    try:
        yield server
    finally:
        if server.process.poll() is None:
            server.process.terminate()
        server.process.communicate(timeout=PATIENCE)


class Load:
    """Clients that ask again and again until told to stop; each opens a connection for every request."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.replies: list[str] = []
        self.broken = self.refused = 0
        self.enough = asyncio.Event()

    async def client(self, session: aiohttp.ClientSession, name: int) -> None:
        number = 0
        while not self.enough.is_set():
            number += 1
            body = {"model": "support", "messages": [{"role": "user", "content": f"{QUESTION} ({name}.{number})"}]}
            try:
                async with session.post(f"{self.address}/v1/chat/completions", json=body) as reply:
                    await reply.read()
                    assert reply.status == 200, await reply.text()
                    self.replies.append(reply.headers["x-gonogo-trace"])
            except aiohttp.ClientConnectorError:
                self.refused += 1
                await asyncio.sleep(0.02)
            except aiohttp.ClientError:
                self.broken += 1

    async def until(self, replies: int) -> None:
        async with asyncio.timeout(PATIENCE):
            while len(self.replies) < replies:  # noqa: ASYNC110 - many clients
                await asyncio.sleep(0.01)


@contextlib.asynccontextmanager
async def load(address: str, clients: int = 6) -> AsyncIterator[Load]:
    made = Load(address)
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(force_close=True)) as session:
        tasks = [asyncio.create_task(made.client(session, number)) for number in range(clients)]
        try:
            yield made
        finally:
            made.enough.set()
            await asyncio.gather(*tasks)


async def get(address: str) -> tuple[int, str]:
    async with aiohttp.ClientSession() as session, session.get(address) as reply:
        return reply.status, await reply.text()


def kill_a_worker_under_load(team: Team) -> None:
    with serving(team) as server:

        async def strike() -> Load:
            async with load(server.address) as made:
                for _ in range(2):
                    before = server.workers()
                    await made.until(len(made.replies) + 40)
                    os.kill(before[0], signal.SIGKILL)
                    async with asyncio.timeout(PATIENCE):
                        while len(server.workers()) < 2 or before[0] in server.workers():  # noqa: ASYNC110
                            await asyncio.sleep(0.05)
                    await made.until(len(made.replies) + 40)
            return made

        made = asyncio.run(strike())
        assert server.stop() == 0
    times = Counter(trace.id for trace in team.traces())
    assert [trace for trace in made.replies if trace not in times] == []
    assert [trace for trace, count in times.items() if count > 1] == []
    assert waiting(team.home) == 0
    assert "ended with exit code -9 and is started again" in server.complaints.read_text()


def test_a_worker_killed_under_load_loses_no_trace_of_a_reply_and_another_takes_its_place(team):
    kill_a_worker_under_load(team)


@pytest.mark.slow
def test_a_worker_killed_under_load_loses_no_trace_in_postgresql_either(postgres_team):
    kill_a_worker_under_load(postgres_team)


@pytest.mark.slow
def test_while_postgresql_is_down_workers_go_on_answering_and_their_traces_come_home(postgres_team, postgres):
    with serving(postgres_team) as server:

        async def outage() -> tuple[Load, int, int]:
            async with load(server.address) as made:
                await made.until(10)
                await asyncio.to_thread(postgres.stop)
                try:
                    await made.until(len(made.replies) + 40)
                    down, _ = await get(f"{server.address}/health")
                finally:
                    await asyncio.to_thread(postgres.start)
                await made.until(len(made.replies) + 10)
            async with asyncio.timeout(PATIENCE):
                while (await get(f"{server.address}/health"))[0] != 200 or waiting(postgres_team.home):  # noqa: ASYNC110
                    await asyncio.sleep(0.1)
            return made, down, server.process.poll() or 0

        made, down, code = asyncio.run(outage())
    assert (down, code, made.broken) == (503, 0, 0)
    assert set(made.replies) <= {trace.id for trace in postgres_team.traces()}


@pytest.mark.slow
def test_what_another_process_deploys_every_worker_serves_within_a_second_on_postgresql(postgres_team):
    with serving(postgres_team) as server:

        async def versions() -> set[str]:
            async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(force_close=True)) as session:
                seen = set()
                for number in range(12):
                    body = {"model": "support", "messages": [{"role": "user", "content": f"{QUESTION} {number}?"}]}
                    async with session.post(f"{server.address}/v1/chat/completions", json=body) as reply:
                        await reply.read()
                        seen.add(reply.headers["x-gonogo-version"])
                return seen

        assert asyncio.run(versions()) == {"support@1"}
        prompt = next((postgres_team.folder / "support" / "prompts").glob("*.md"))
        prompt.write_text(prompt.read_text() + "\nAnswer briefly.\n")
        deploy = postgres_team.command("deploy", "support", "--override", "a test of switching")
        subprocess.run(postgres_team.command("build", "support"), cwd=postgres_team.folder, check=True)
        subprocess.run(deploy, cwd=postgres_team.folder, check=True)
        time.sleep(1.0)
        assert asyncio.run(versions()) == {"support@2"}


def test_sigterm_lets_every_worker_finish_what_it_took(team):
    with serving(team) as server:

        async def end() -> Load:
            async with load(server.address) as made:
                await made.until(30)
                server.process.terminate()
                await asyncio.to_thread(server.process.wait, PATIENCE)
            return made

        made = asyncio.run(end())
        assert server.process.returncode == 0
    found = {trace.id for trace in team.traces()}
    assert set(made.replies) <= found
    assert waiting(team.home) == 0


def test_numbers_and_health_are_those_of_all_workers_and_say_who_answers(team):
    with serving(team) as server:

        async def ask() -> tuple[int, list[str], str]:
            async with load(server.address) as made:
                await made.until(20)
            await asyncio.sleep(2.2)  # every worker has told its numbers again
            pages = [(await get(f"{server.address}/metrics"))[1] for _ in range(4)]
            return len(made.replies), pages, (await get(f"{server.address}/health"))[1]

        asked, pages, health = asyncio.run(ask())
    for page in pages:
        counted = re.findall(r"^gonogo_requests_total\{.*\} (\d+)$", page, re.MULTILINE)
        assert sum(map(int, counted)) == asked
        assert len(re.findall(r'^gonogo_worker\{worker="[12]"\} 1$', page, re.MULTILINE)) == 1
        assert page.count("# TYPE gonogo_requests_total counter") == 1
    assert re.search(r'"worker":[12],"workers":2', health)


def test_workers_end_with_the_process_above_and_their_traces_come_home_at_the_next_start(team):
    with serving(team) as server:
        workers = server.workers()

        async def ask() -> Load:
            async with load(server.address) as made:
                await made.until(10)
                server.process.kill()
            return made

        made = asyncio.run(ask())
        deadline = time.monotonic() + PATIENCE
        while any(Path(f"/proc/{pid}/cmdline").exists() and _alive(pid) for pid in workers):
            assert time.monotonic() < deadline
            time.sleep(0.05)
    with serving(team):
        pass
    assert set(made.replies) <= {trace.id for trace in team.traces()}


def _alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_a_second_server_with_workers_on_one_home_is_refused(tmp_path):
    with only_one(tmp_path), pytest.raises(TryAgain, match="another `gonogo serve --workers` runs"), only_one(tmp_path):
        pass
    with only_one(tmp_path):
        pass


@pytest.fixture
async def store(tmp_path):
    opened = await open_store(tmp_path / "home")
    yield opened
    await opened.close()


async def test_a_worker_that_cannot_begin_ends_the_server_with_its_exit_code(tmp_path, store):
    listener = socket.create_server(("127.0.0.1", 0))
    workers = Workers(2, lambda number: ["sh", "-c", "exit 65"], listener, tmp_path / "home", store)
    with pytest.raises(WorkerFailed, match="ended with exit code 65 before it served") as failed:
        await workers.run(lambda address: pytest.fail(f"nothing serves on {address}"))
    assert failed.value.exit_code == 65


async def test_traces_of_an_earlier_run_with_more_workers_come_home(tmp_path, store):
    trace = Trace(
        id="t1", created_at=1.0, mission="support", version=1, behaviour_digest="b", environment="production",
        question="Why?", answer="Because.", outcome="answered",
    )  # fmt: skip
    TraceSpool(worker_folder(tmp_path / "home", 7)).append([trace])
    listener = socket.create_server(("127.0.0.1", 0))
    workers = Workers(1, lambda number: ["sh", "-c", "exit 65"], listener, tmp_path / "home", store)
    with pytest.raises(WorkerFailed):
        await workers.run(print)
    assert await store.traces() == [trace]
