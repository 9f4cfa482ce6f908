"""Python files of a Mission, each run in a process of its own.

Here: starting the processes, asking them, ending them. Only the command line does so: nothing that a request reaches
can start a process, and a server refuses such files. Not here: the process's own program (``python_worker``), what a
reply means (``metrics.python_assertions``).
"""

from __future__ import annotations

import contextlib
import json
import selectors
import subprocess
import sys
import threading
import time
import weakref
from pathlib import Path
from typing import IO

from gonogo.contracts import MissionPythonFailed
from gonogo.domain import Json

_WORKER = Path(__file__).with_name("python_worker.py")


class PythonFiles:
    """Runs the files, each in a process of its own that is started at its first call and kept."""

    def __init__(self) -> None:
        self._workers: dict[tuple[str, str], _Worker] = {}
        self._lock = threading.Lock()

    def call(self, code: str, place: str, output: str, context: Json, patience: float) -> Json:
        """The reply of the file's function.

        Args:
            place: ``file.py`` or ``file.py:function``.
            patience: seconds.

        Raises:
            MissionPythonFailed: it raised, took too long, or its process ended.
        """
        with self._lock:
            worker = self._workers.get((code, place))
            if worker is None:
                worker = self._workers[code, place] = _Worker(code, place)
            try:
                return worker.call({"output": output, "context": context}, patience)
            except MissionPythonFailed:
                if worker.ended:
                    del self._workers[code, place]
                raise


class _Worker:
    """One process. It ends with this object, and with its standard input, so that it never outlives its maker."""

    def __init__(self, code: str, place: str) -> None:
        file, _, function = place.partition(":")
        self._process = subprocess.Popen(  # noqa: S603 this interpreter on our own file
            [sys.executable, "-I", str(_WORKER)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        self._asks, self._replies = _pipes(self._process)
        self._finish = weakref.finalize(self, _finish, self._process)
        self.ended = False
        self._rest = b""
        self._send({"code": code, "file": file, "function": function or "get_assert"})

    def call(self, request: Json, patience: float) -> Json:
        """One reply.

        Raises:
            MissionPythonFailed: it took longer than ``patience`` seconds, or the process ended.
        """
        self._send(request)
        line = self._line(time.monotonic() + patience)
        if line is None:
            self._end()
            raise MissionPythonFailed(f"it took longer than {patience:g} s and was ended")
        if not line:
            self._end()
            raise MissionPythonFailed(f"its process ended with exit code {self._process.returncode}")
        reply: Json = json.loads(line)
        if "error" in reply:
            raise MissionPythonFailed(str(reply["error"]))
        return reply

    def _send(self, message: Json) -> None:
        with contextlib.suppress(BrokenPipeError):  # what ended it is told when the reply is read
            self._asks.write(json.dumps(message).encode() + b"\n")
            self._asks.flush()

    def _line(self, until: float) -> bytes | None:
        """The next line; empty where the process ended, ``None`` where the time is up."""
        with selectors.DefaultSelector() as waiting:
            waiting.register(self._replies, selectors.EVENT_READ)
            while b"\n" not in self._rest:
                if not waiting.select(max(0.0, until - time.monotonic())):
                    return None
                piece = self._replies.read1(65_536)  # type: ignore[attr-defined]
                if not piece:
                    return b""
                self._rest += piece
        line, _, self._rest = self._rest.partition(b"\n")
        return line

    def _end(self) -> None:
        self.ended = True
        self._finish()


def _pipes(process: subprocess.Popen[bytes]) -> tuple[IO[bytes], IO[bytes]]:
    if process.stdin is None or process.stdout is None:
        raise MissionPythonFailed("its process has no pipes")
    return process.stdin, process.stdout


def _finish(process: subprocess.Popen[bytes]) -> None:
    """End a process and what leads to it."""
    process.kill()
    process.wait()
    for pipe in _pipes(process):
        with contextlib.suppress(OSError):
            pipe.close()
