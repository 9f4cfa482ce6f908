"""A real PostgreSQL for the tests: started once a run, as a user without rights, in a folder of its own.

Here: finding Debian's programs, starting, stopping, empty databases. Not here: what is tested with it.
"""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from itertools import count
from pathlib import Path

PROGRAMS = Path("/usr/lib/postgresql")
UNPRIVILEGED = ("postgres", "nobody")


def why_not() -> str | None:
    """Why no server can be started here; ``None`` where one can."""
    if not _programs():
        return "needs Debian's package postgresql"
    if os.geteuid() == 0 and (_user() is None or shutil.which("setpriv") is None):
        return "PostgreSQL does not run as root, and there is no other user to run it as"
    return None


class PostgresServer:
    """One server on a free port of 127.0.0.1. Unless ``durable`` it syncs nothing: its data need not outlive a test."""

    user = "gonogo"

    def __init__(self, *, durable: bool = False) -> None:
        self._sync = "" if durable else "-F"
        self.folder = Path(tempfile.mkdtemp(prefix="gonogo-postgres-"))
        self.data = self.folder / "data"
        if os.geteuid() == 0:
            shutil.chown(self.folder, _user())
        self._numbers = count()
        self._run("initdb", "-D", self.data, "-U", self.user, "-E", "UTF8", "--locale=C", "--auth=trust", "--no-sync")
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self.start()

    def start(self) -> None:
        """Start it, and wait until it answers."""
        options = (
            f"-p {self.port} -h 127.0.0.1 -k {self.folder} {self._sync} -c max_connections=60 -c shared_buffers=16MB"
        )
        self._run("pg_ctl", "-D", self.data, "-w", "-l", self.folder / "log", "-o", options, "start")

    def stop(self) -> None:
        """Stop it at once, whoever is connected."""
        self._run("pg_ctl", "-D", self.data, "-w", "-m", "immediate", "stop")

    def close(self) -> None:
        """Stop it and remove everything."""
        if (self.data / "postmaster.pid").exists():
            self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def database(self, encoding: str = "UTF8") -> str:
        """The address of a new, empty database."""
        name = f"test{next(self._numbers)}"
        self.psql(f"CREATE DATABASE {name} TEMPLATE template0 ENCODING '{encoding}'", "postgres")
        return self.url(name)

    def empty(self) -> str:
        """The address of a database without a store in it: the same one each time, which is quicker than a new one."""
        self.psql("DROP SCHEMA IF EXISTS gonogo CASCADE", "postgres")
        return self.url("postgres")

    def url(self, name: str) -> str:
        return f"postgresql://{self.user}@127.0.0.1:{self.port}/{name}"

    def psql(self, statement: str, database: str) -> str:
        """What a statement answers, as text."""
        return self._run(
            "psql", "-qAt", "-v", "ON_ERROR_STOP=1", "-c", statement, self.url(database.rpartition("/")[2])
        )

    def _run(self, program: str, *arguments: object) -> str:
        command = [str(_programs() / program), *map(str, arguments)]
        if os.geteuid() == 0:
            entry = pwd.getpwnam(_user() or "nobody")
            command = ["setpriv", f"--reuid={entry.pw_uid}", f"--regid={entry.pw_gid}", "--clear-groups", *command]
        # Into a file: pg_ctl's server would hold a pipe open, and whoever reads it would wait for its end.
        with tempfile.TemporaryFile() as said:
            done = subprocess.run(command, stdout=said, stderr=subprocess.STDOUT, cwd="/", check=False)
            said.seek(0)
            text = said.read().decode(errors="replace")
        if done.returncode:
            raise RuntimeError(f"{program} failed: {text}")
        return text


def _programs() -> Path | None:
    found = sorted(PROGRAMS.glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    return found[-1].parent if found else None


def _user() -> str | None:
    for name in UNPRIVILEGED:
        try:
            pwd.getpwnam(name)
        except KeyError:
            continue
        return name
    return None
