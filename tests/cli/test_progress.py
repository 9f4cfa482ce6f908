"""Progress is a line on a terminal, with the time left, and nothing in a pipe."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import struct
import subprocess
import sys
import termios
from collections.abc import Sequence
from pathlib import Path

import pytest

from gonogo.cli import progress
from gonogo.cli.progress import StatusLine, build_progress, evaluation_progress, index_progress
from gonogo.evaluation import Progress


class Terminal:
    """Another process on a terminal of 80 columns."""

    def __init__(self, words: Sequence[str], folder: Path, **environment: str) -> None:
        self._ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        self._process = subprocess.Popen(
            [sys.executable, "-m", "gonogo", *words],
            cwd=folder,
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            env={**os.environ, **environment},
        )
        os.close(theirs)
        self.written = ""

    def read_until(self, pattern: str) -> bool:
        """Whether this was written before the process ended."""
        while not re.search(pattern, self.written):
            piece = self._read()
            if not piece:
                return False
            self.written += piece
        return True

    def ended(self) -> tuple[int, str]:
        """Exit code and everything that was written."""
        while piece := self._read():
            self.written += piece
        os.close(self._ours)
        return self._process.wait(), self.written

    def _read(self) -> str:
        try:
            return os.read(self._ours, 4096).decode(errors="replace")
        except OSError:  # Linux says EIO when the last writer is gone
            return ""


def on_terminal(words: Sequence[str], folder: Path, **environment: str) -> tuple[int, str]:
    """Exit code and everything a process wrote to a terminal."""
    return Terminal(words, folder, **environment).ended()


def reading(
    done: int, *, total: int = 10, remaining: float | None = 3.0, errors: int = 0, label: str = "support@2"
) -> Progress:
    return Progress(label=label, done=done, total=total, passed=done, failed=0, errors=errors, remaining=remaining)


def test_an_evaluation_on_a_terminal_shows_how_far_it_is_and_the_time_left(slow, model_server):
    terminal = Terminal(["evaluate", "support"], slow.folder)
    assert terminal.read_until(r"\rsupport@1: 2/6 tasks, \d passed, \d+ at once, [\d.]+ m?s left")
    model_server.released.set()
    code, written = terminal.ended()
    assert code == 0
    assert re.search(r"\rsupport@1: 6/6 tasks, \d passed *\r\n", written)


def test_an_evaluation_in_a_pipe_shows_no_progress(support):
    ended = subprocess.run([sys.executable, "-m", "gonogo", "evaluate", "support"], capture_output=True, text=True)
    assert ended.returncode == 0
    assert "\r" not in ended.stdout + ended.stderr
    assert "6/6" not in ended.stdout + ended.stderr


def test_a_terminal_gets_colours_and_no_line_wider_than_it_is(live):
    code, written = on_terminal(["status"], live.folder)
    assert code == 0
    assert "\x1b[" in written
    assert max(len(re.sub(r"\x1b\[[0-9;]*m", "", line)) for line in written.split("\r\n")) <= 80


def test_no_color_takes_colours_away_on_a_terminal_too(live):
    code, written = on_terminal(["status"], live.folder, NO_COLOR="1")
    assert code == 0
    assert "support:production" in written
    assert "\x1b" not in written


def test_no_color_holds_for_errors(support):
    _, written = on_terminal(["show", "nobody"], support.folder, NO_COLOR="1")
    assert "Error: there is no Mission" in written
    assert "\x1b" not in written


def test_the_line_is_rewritten_and_the_last_one_stays(capsys, monkeypatch):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    monkeypatch.setattr(progress.shutil, "get_terminal_size", lambda: os.terminal_size((80, 24)))
    show = evaluation_progress()
    assert show is not None
    show(reading(4, errors=1))
    show(reading(10))
    show(reading(10))
    written = capsys.readouterr().err
    assert "\rsupport@2: 4/10 tasks, 4 passed, 1 without result, 3.0 s left" in written
    assert written.count("\n") == 1
    assert written.endswith("\n")


def test_two_runs_side_by_side_share_the_line_and_leave_one_each(capsys, monkeypatch):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    monkeypatch.setattr(progress.shutil, "get_terminal_size", lambda: os.terminal_size((80, 24)))
    show, live = evaluation_progress(), "support@1 (live)"
    assert show is not None
    show(reading(2))
    show(reading(3, label=live, remaining=5.0))
    assert capsys.readouterr().err.endswith("\rsupport@2: 2/10, support@1 (live): 3/10, 5.0 s left")
    show(reading(10))
    show(reading(4, label=live))
    show(reading(10, label=live))
    left = [line.split("\r")[-1].rstrip() for line in capsys.readouterr().err.split("\n")]
    assert left == ["support@2: 10/10 tasks, 10 passed", f"{live}: 10/10 tasks, 10 passed", ""]


def test_before_anything_finished_no_time_is_promised(capsys, monkeypatch):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    show = evaluation_progress()
    assert show is not None
    show(reading(0, remaining=None))
    assert "left" not in capsys.readouterr().err


def test_a_shorter_line_covers_the_longer_one_before(capsys):
    line = StatusLine()
    line.write("a long line")
    line.write("short")
    assert capsys.readouterr().err.endswith("\rshort      ")


def test_a_build_shows_documents_read_and_then_leaves_nothing_behind(capsys, monkeypatch):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    seconds = iter([0.0, 0.1, 1.0, 2.0])
    monkeypatch.setattr(progress.time, "monotonic", lambda: next(seconds))
    show = build_progress()
    assert show is not None
    show(1, 10)
    assert capsys.readouterr().err == ""
    show(5, 10)
    assert capsys.readouterr().err.startswith("\rreading documents: 5/10, 1.0 s left")
    show(10, 10)
    assert capsys.readouterr().err.endswith("\r")


def test_an_index_shows_the_time_left_measured_from_what_was_there(capsys, monkeypatch):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    seconds = iter([10.0, 12.0, 13.0])
    monkeypatch.setattr(progress.time, "monotonic", lambda: next(seconds))
    show = index_progress()
    assert show is not None
    show(900, 1000)
    assert capsys.readouterr().err == ""
    show(950, 1000)
    assert capsys.readouterr().err.startswith("\rmaking the index: 950/1000 chunks, 2.0 s left")
    show(1000, 1000)
    assert capsys.readouterr().err.endswith("\r")


@pytest.mark.parametrize("make", [build_progress, evaluation_progress, index_progress])
def test_where_nobody_watches_nothing_is_reported(make):
    assert make() is None
