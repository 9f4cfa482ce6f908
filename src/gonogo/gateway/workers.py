"""Workers: several server processes on one listening socket, and the one process above them that writes to the store.

Here: starting, watching, ending them; bringing their Traces home. Not here: what a worker serves (``application``), its
spool (``store.worker_spool``), its numbers (``worker_pages``).

The process above serves nothing. It holds the socket, so that a connection that waits is not lost with a worker.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import logging
import os
import signal
import socket
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from gonogo.contracts import TraceStore
from gonogo.errors import GonogoError, TryAgain
from gonogo.gateway.worker_pages import forget_all, published, retire
from gonogo.store.worker_spool import FOLDER, bring_all_home

log = logging.getLogger("gonogo.workers")
HOME_EVERY = 0.2
"""Seconds between two looks into the spools: so long a Trace may be unseen in the store."""
SOON, LATER = 0.1, 1.0
"""Seconds until a worker is started again: after a life of more than ``LATER``, after a shorter one."""
LOOK_EVERY = 0.05


class WorkerFailed(GonogoError):
    """A worker ended before it served; its own message stands above. ``exit_code`` is the worker's."""

    def __init__(self, number: int, code: int) -> None:
        super().__init__(f"worker {number} ended with exit code {code} before it served; what it says stands above")
        self.exit_code = code if code > 0 else 70


class Workers:
    """The process above.

    Args:
        count: how many workers.
        command: worker's number -> how it is started; it inherits ``listener``.
        listener: what all of them accept from.
        home: the home folder.
        store: where Traces go.
    """

    def __init__(
        self,
        count: int,
        command: Callable[[int], Sequence[str]],
        listener: socket.socket,
        home: Path,
        store: TraceStore,
    ) -> None:
        self._count, self._command, self._listener = count, command, listener
        self._home, self._store = home, store
        self._running: dict[int, asyncio.subprocess.Process] = {}
        self._stopping = asyncio.Event()

    async def run(self, ready: Callable[[str], None]) -> None:
        """Serve until SIGINT or SIGTERM, then let every worker drain and bring all Traces home.

        ``ready`` is called with the address once every worker answers. A second signal does not wait.

        Raises:
            TryAgain: another server with workers runs on this home folder.
            WorkerFailed: a worker could not begin.
        """
        host, port = self._listener.getsockname()[:2]
        with only_one(self._home), self._signals():
            forget_all(self._home)
            watching = [asyncio.create_task(self._watch(number)) for number in range(1, self._count + 1)]
            writing = asyncio.create_task(self._write())
            try:
                await self._until_all_serve(watching)
                if not self._stopping.is_set():
                    ready(f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}")
                await self._stopping.wait()
            finally:
                self.stop()
                ended = await asyncio.gather(*watching, return_exceptions=True)
                writing.cancel()
                await asyncio.gather(writing, return_exceptions=True)
                await self._home_once()
            for error in ended:
                if isinstance(error, BaseException):
                    raise error

    def stop(self) -> None:
        """Take no new connections and let every worker drain; called again, drains end at once."""
        self._listener.close()
        self._stopping.set()
        for process in self._running.values():
            with contextlib.suppress(ProcessLookupError):
                process.send_signal(signal.SIGTERM)

    async def _until_all_serve(self, watching: list[asyncio.Task[None]]) -> None:
        while not self._stopping.is_set():
            if all(published(self._home, number) for number in range(1, self._count + 1)):
                return
            if any(task.done() for task in watching):
                self.stop()
            await asyncio.sleep(LOOK_EVERY)

    async def _watch(self, number: int) -> None:
        """Keep one worker alive."""
        served = False
        loop = asyncio.get_running_loop()
        while not self._stopping.is_set():
            started = loop.time()
            process = await asyncio.create_subprocess_exec(
                *self._command(number),
                pass_fds=(self._listener.fileno(),),
                start_new_session=True,  # Ctrl-C is for this process, which tells the workers once
            )
            self._running[number] = process
            code = await process.wait()
            del self._running[number]
            served = served or published(self._home, number)
            retire(self._home, number)
            if self._stopping.is_set():
                return
            if not served:
                raise WorkerFailed(number, code)
            log.error("worker %d ended with exit code %d and is started again", number, code)
            with contextlib.suppress(TimeoutError):
                pause = SOON if loop.time() - started > LATER else LATER
                await asyncio.wait_for(self._stopping.wait(), pause)

    async def _write(self) -> None:
        """The one writer."""
        while True:
            await asyncio.sleep(HOME_EVERY)
            await self._home_once()

    async def _home_once(self) -> None:
        try:
            await bring_all_home(self._home, self._store)
        except GonogoError as error:
            log.warning("Traces stay in the spools: %s", error)
        except Exception:  # whatever it is, the next Traces must come home all the same
            log.exception("Traces stay in the spools")

    @contextlib.contextmanager
    def _signals(self) -> Iterator[None]:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self.stop)
        try:
            yield
        finally:
            for number in (signal.SIGINT, signal.SIGTERM):
                loop.remove_signal_handler(number)


@contextlib.contextmanager
def only_one(home: Path) -> Iterator[None]:
    """Hold the home folder as the one that writes for its workers.

    Raises:
        TryAgain: another process does.
    """
    folder = home / FOLDER
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    lock = os.open(folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise TryAgain(
                f"another `gonogo serve --workers` runs on {home}: stop it first, or give this one a home of its own"
            ) from None
        yield
    finally:
        os.close(lock)
