"""Command: one real ``gonogo`` command, run to its end or killed at a moment inside its work.

Here: how long its parts take, when to strike, what it had said by then. Not here: what it should have left (one module
for each kind).

SQLite makes the log beside the store (``gonogo.db-wal``) when a store is opened and removes it when it is closed, so
that from outside its existence tells that a command has begun to work and has not yet ended, and its size that
something was written.
"""

from __future__ import annotations

import json
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

from killing.report import Report

Moment = Literal["anywhere", "before the first write", "at the first write", "after the first write"]
MOMENTS: tuple[Moment, ...] = get_args(Moment)
VERDICTS = (0, 1, 3)
"""Exit codes of a command that ended as it should: fine or GO, NO-GO, INCONCLUSIVE."""
PATIENCE = 120.0
"""Seconds after which a condition that never comes true is an error."""
COMMIT = 0.004
"""Seconds within which what follows a first write has happened: the rest of a commit, the beginning of the next."""
GLANCE = 0.0003
"""Seconds between two looks at a condition."""


@dataclass(frozen=True)
class Home:
    """A home folder, seen from outside of the process that has it open."""

    path: Path

    @property
    def database(self) -> Path:
        return self.path / "gonogo.db"

    @property
    def log(self) -> Path:
        return self.path / "gonogo.db-wal"

    def is_open(self) -> bool:
        return self.log.exists()

    def is_written(self) -> bool:
        try:
            return self.log.stat().st_size > 0
        except FileNotFoundError:
            return False

    def command(self, *words: object) -> list[str]:
        return [sys.executable, "-m", "gonogo", "--home", str(self.path), *map(str, words)]

    def run(self, *words: object) -> str:
        """What a command printed that ran to its end.

        Raises:
            RuntimeError: it ended badly.
        """
        done = subprocess.run(self.command(*words), capture_output=True, text=True, check=False)
        if done.returncode not in VERDICTS:
            raise RuntimeError(f"gonogo {' '.join(map(str, words))} ended with {done.returncode}: {done.stderr}")
        return done.stdout

    def ask(self, *words: object) -> Any:
        """What a command printed with ``--json``."""
        return json.loads(self.run(*words, "--json"))


@dataclass
class Pace:
    """Seconds that an unharmed command takes from its first sign of work to its first write, and to its end.

    ``speed`` follows a machine that is now more busy and now less: kills that came too late make the next ones earlier,
    kills that hit make them later, so that about one in six comes too late and no part of the work is left out.
    """

    first_write: float
    end: float
    speed: float = 1.0

    def learn(self, *, hit: bool) -> None:
        self.speed *= 1.05 if hit else 0.8

    def delay(self, moment: Moment, chance: random.Random) -> float:
        """Seconds to wait, from the first sign of work or, for the last two moments, from the first write."""
        match moment:
            case "anywhere":
                return self.speed * chance.random() * self.end
            case "before the first write":
                return self.speed * chance.uniform(0.85, 1.05) * self.first_write
            case "at the first write":
                return chance.random() * COMMIT
            case "after the first write":
                return self.speed * chance.random() * (self.end - self.first_write)


@dataclass(frozen=True)
class Struck:
    """A command that was to be killed: whether it was, whether it was at work then, and what it had said."""

    killed: bool
    at_work: bool
    said: str


def wait_until(condition: Callable[[], object], what: str) -> None:
    """Return once the condition holds.

    Raises:
        TimeoutError: it did not come true for a long time.
    """
    deadline = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what}: not after {PATIENCE:.0f} s")
        time.sleep(GLANCE)


def begun(home: Home) -> Callable[[], bool]:
    """What becomes true when a command that is started now begins to work: the file itself where there is none yet."""
    return home.is_open if home.database.exists() else home.database.exists


def pace_of(home: Home, *words: object) -> Pace:
    """How long each part of a command takes, by running it to its end."""
    sign = begun(home)
    with subprocess.Popen(home.command(*words), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as child:
        wait_until(lambda: sign() or child.poll() is not None, "the store opens")
        start = time.monotonic()
        wait_until(lambda: home.is_written() or child.poll() is not None, "something is written")
        first_write = time.monotonic() - start
        wait_until(lambda: not home.is_open() or child.poll() is not None, "the store closes")
        end = time.monotonic() - start
        _, complaints = child.communicate()
    if child.returncode not in VERDICTS:
        raise RuntimeError(f"gonogo {' '.join(map(str, words))} ended with {child.returncode}: {complaints}")
    return Pace(first_write, end)


def strike(home: Home, words: tuple[object, ...], pace: Pace, moment: Moment, chance: random.Random) -> Struck:
    """Start a command and kill it: at any moment of its work, at about its first write, or after that."""
    sign, fresh = begun(home), not home.database.exists()
    with subprocess.Popen(home.command(*words), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as child:
        wait_until(lambda: sign() or child.poll() is not None, "the store opens")
        if moment in ("at the first write", "after the first write"):
            wait_until(lambda: home.is_written() or child.poll() is not None, "something is written")
        time.sleep(pace.delay(moment, chance))
        child.kill()
        said, complaints = child.communicate()
    killed = child.returncode == -signal.SIGKILL
    if not killed and child.returncode not in VERDICTS:
        raise RuntimeError(f"gonogo {' '.join(map(str, words))} ended with {child.returncode}: {complaints}")
    # A new store has no log yet while it is made.
    at_work = killed and (home.is_open() or (fresh and not said))
    pace.learn(hit=at_work)
    return Struck(killed=killed, at_work=at_work, said=said)


def rounds_until(report: Report, kills: int) -> Iterator[int]:
    """Numbers of rounds until so many kills have hit a process at its work, at most three times as many.

    A kill may come too late and hit a process that only has to exit: that proves nothing, so it does not count. By
    ``Pace`` one in six does; of three kills two do in one run of fourteen.
    """
    for number in range(3 * kills):
        if report.at_work == kills:
            return
        yield number
    if report.at_work < kills:
        report.wrong(f"only {report.at_work} of {3 * kills} commands were at work when they were killed")


def count(report: Report, struck: Struck) -> None:
    """Add a kill to the report."""
    report.kills += struck.killed
    report.at_work += struck.at_work
    report.missed += not struck.killed


@contextmanager
def copied(home: Home, place: Path) -> Iterator[Home]:
    """A copy of a home that nobody has open, for as long as it is needed."""
    shutil.copytree(home.path, place)
    try:
        yield Home(place)
    finally:
        shutil.rmtree(place)
