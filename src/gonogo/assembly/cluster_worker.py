"""Cluster worker: one process of a cluster that answers golden tasks for a command elsewhere.

Here: what is sent to it and comes back, and the worker: components of a Version from its snapshot, no store.
Not here: choosing a worker, one that died (``cluster``), one attempt (``evaluation.here``).

Nothing here knows how a cluster moves bytes. A worker gets no secret: it takes the variables that the settings name
from its own environment.
"""

from __future__ import annotations

import asyncio
import fcntl
import shutil
import tempfile
from collections.abc import Awaitable, Callable
from contextlib import suppress
from contextvars import ContextVar
from dataclasses import replace
from pathlib import Path

import msgspec
from msgspec import Struct

from gonogo.assembly.installed import Installed
from gonogo.assembly.judges import made_judge
from gonogo.assembly.settings import Settings, SettingsFile, secrets_named
from gonogo.clock import SystemClock
from gonogo.contracts import Took
from gonogo.domain import GoldenTask, IndexSnapshot, TaskResult, Version
from gonogo.errors import GonogoError
from gonogo.evaluation.here import Here, here
from gonogo.evaluation.judging import Judging
from gonogo.evaluation.pace import UpstreamLimits
from gonogo.release import VERSION


class Setup(Struct, frozen=True, kw_only=True):
    """What every worker of a command is given. ``variables`` are names of secrets that must be in its environment;
    ``pins`` are those of the command's own installation."""

    file: SettingsFile
    variables: tuple[str, ...]
    release: str
    pins: dict[str, str]


class Duty(Struct, frozen=True, kw_only=True):
    """One Version that answers the golden tasks of another. ``files``: what of the home folder it needs, by path."""

    answering: Version
    judged_by: Version
    snapshot: IndexSnapshot | None
    deciding: frozenset[str]
    files: dict[str, bytes]


class Asked(Struct, frozen=True, kw_only=True):
    """One attempt, as ``Place.attempt`` is given it."""

    task: GoldenTask
    repeat: int
    order: int
    known: TaskResult | None


class Call(Struct, frozen=True, kw_only=True):
    """One call of a model. ``age``: seconds since it began, when the attempt ended, so that no two clocks are compared;
    ``seconds`` it took; of one that was limited what was said, and how long it asked to wait."""

    model: str = ""
    age: float
    seconds: float = 0.0
    limited: str | None = None
    retry_after: float | None = None


class Came(Struct, frozen=True, kw_only=True):
    """What came of an attempt: a result, or ``limits``, or why this worker can make none (``refused``)."""

    result: TaskResult | None = None
    took: tuple[Took, ...] = ()
    calls: tuple[Call, ...] = ()
    limits: Call | None = None
    refused: str = ""


PREFIX, LOCK = "gonogo-worker-", "lock"
"""How folders of workers begin, and the file in each that its worker holds a lock on."""
_CALLS: ContextVar[list[Call] | None] = ContextVar("calls", default=None)


class Noted:
    """The contract ``Felt``: calls are noted for the attempt that makes them."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self.limited = False

    def answered(self, model: str, began: float, seconds: float) -> None:
        """As the contract says."""
        self.limited = False
        self._note(Call(model=model, age=began, seconds=seconds))

    def refused(self, began: float, message: str, retry_after: float | None) -> bool:
        """As the contract says; whether it is news is told where all calls come together."""
        self.limited = True
        self._note(Call(age=began, limited=message, retry_after=retry_after))
        return True

    def _note(self, call: Call) -> None:
        calls = _CALLS.get()
        if calls is not None:
            calls.append(call)

    def aged(self, calls: list[Call]) -> tuple[Call, ...]:
        """Calls with their age in place of when they began."""
        now = self._monotonic()
        return tuple(msgspec.structs.replace(call, age=now - call.age) for call in calls)


class Home:
    """A folder for one worker, and for no longer than it lives: what a killed one left, the next one removes."""

    def __init__(self) -> None:
        for left in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
            with suppress(OSError), (left / LOCK).open("rb") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)  # refused while its worker lives
                shutil.rmtree(left, ignore_errors=True)
        # Out of sight until it is locked.
        aside = Path(tempfile.mkdtemp(prefix=f".{PREFIX}"))
        self._lock = (aside / LOCK).open("wb")
        fcntl.flock(self._lock, fcntl.LOCK_EX)
        self.path = aside.with_name(aside.name.removeprefix("."))
        aside.rename(self.path)

    def remove(self) -> None:
        """With everything in it."""
        shutil.rmtree(self.path, ignore_errors=True)
        self._lock.close()


class Worker:
    """Made in each process of a cluster; ``setup`` is a ``Setup`` as bytes."""

    def __init__(self, setup: bytes) -> None:
        self._setup = msgspec.msgpack.decode(setup, type=Setup)
        self._clock = SystemClock()
        self._noted = Noted(self._clock.monotonic)
        self._home = Home()
        secrets = secrets_named(self._setup.variables)
        settings = Settings(home=self._home.path, file=self._setup.file, author="worker", secrets=secrets)
        self._installed = Installed(settings, self._clock)
        self._missing = sorted(set(self._setup.variables) - set(secrets))
        self._opened: dict[str, Here] = {}
        self._opening = asyncio.Lock()

    async def why_not(self) -> str:
        """Why this worker is of no use; empty where it is."""
        setup, pins = self._setup, await asyncio.to_thread(lambda: self._installed.pins)
        if setup.release != VERSION or setup.pins != pins:
            return f"it runs another gonogo ({VERSION}, here {setup.release}): install the same on every machine"
        if self._missing:
            return f"its environment lacks {', '.join(self._missing)}: set it where the cluster's workers are started"
        return ""

    async def close(self) -> None:
        """Give back connections and the home folder."""
        await self._installed.close()
        await asyncio.to_thread(self._home.remove)

    async def attempt(self, duty: str, fetch: Callable[[], Awaitable[bytes]], asked: bytes) -> bytes:
        """What came of one attempt, as bytes.

        Args:
            duty: the name of a Duty.
            fetch: gives it as bytes; asked for once.
            asked: an ``Asked`` as bytes.
        """
        try:
            place = await self._place(duty, fetch)
        except GonogoError as error:
            return msgspec.msgpack.encode(Came(refused=str(error)))
        return msgspec.msgpack.encode(await self._made(place, msgspec.msgpack.decode(asked, type=Asked)))

    async def _made(self, place: Here, asked: Asked) -> Came:
        calls: list[Call] = []
        took: list[Took] = []
        token = _CALLS.set(calls)
        try:
            result = await place.attempt(asked.task, asked.repeat, asked.order, asked.known, took)
        except UpstreamLimits as error:
            limits = Call(age=0.0, limited=str(error), retry_after=error.retry_after)
            return Came(took=tuple(took), calls=self._noted.aged(calls), limits=limits)
        finally:
            _CALLS.reset(token)
        return Came(result=result, took=tuple(took), calls=self._noted.aged(calls))

    async def _place(self, name: str, fetch: Callable[[], Awaitable[bytes]]) -> Here:
        async with self._opening:
            if name not in self._opened:
                duty = msgspec.msgpack.decode(await fetch(), type=Duty)
                self._opened[name] = await asyncio.to_thread(self._open, duty)
            return self._opened[name]

    def _open(self, duty: Duty) -> Here:
        installed, home = self._installed, self._home.path
        for name, content in duty.files.items():
            path = home / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        parts = installed.components(duty.answering, duty.snapshot)
        required = duty.judged_by.mission.gate.require
        rulers = installed.components(duty.judged_by, None).metrics
        parts = replace(parts, metrics=tuple(metric for metric in rulers if metric.name in required))
        judges = duty.judged_by.mission.judges
        judging = None
        if judges:
            made = {name: made_judge(installed, judge) for name, judge in judges.items()}
            judging = Judging(judges=made, required=frozenset(required) & frozenset(judges), deciding=duty.deciding)
        return here(duty.answering, parts, installed.assertions, judging, self._noted)
