"""Progress: one line that is rewritten while a command works, with the time left.

Here: the line; only on a terminal, in a log it would be noise. Not here: what is counted (``building``,
``evaluation``).
"""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

import click

from gonogo.cli.output import columns, duration

if TYPE_CHECKING:
    from gonogo.evaluation import Progress

REDRAW = 0.1
PATIENCE = 0.3
"""Seconds a build may take before it shows a line: a short one should not flicker."""


class StatusLine:
    """A line on standard error that overwrites itself."""

    def __init__(self) -> None:
        self._shown = 0

    def write(self, text: str, *, last: bool = False) -> None:
        """Show ``text``; the ``last`` one stays."""
        room = shutil.get_terminal_size().columns - 1
        # Blanks instead of an erase code: they also work where escape codes are unwelcome.
        line = text[:room].ljust(min(self._shown, room))
        self._shown = columns(line)
        click.echo(f"\r{line}", nl=last, err=True)

    def clear(self) -> None:
        """Leave nothing behind."""
        if self._shown:
            click.echo("\r" + " " * self._shown + "\r", nl=False, err=True)
            self._shown = 0


def evaluation_progress() -> Callable[[Progress], None] | None:
    """For ``RunOptions.progress``; ``None`` where standard error is no terminal.

    Two runs side by side share the line while both work, and each leaves its own behind.
    """
    if not sys.stderr.isatty():
        return None
    line, ended = StatusLine(), set[str]()
    running: dict[str, Progress] = {}

    def show(reading: Progress) -> None:
        if reading.label in ended:
            return
        if reading.done == reading.total:
            ended.add(reading.label)
            running.pop(reading.label, None)
            line.write(f"{_counted(reading)}, {_judged(reading)}", last=True)
            return
        running[reading.label] = reading
        line.write(_working(list(running.values())))

    return show


def _working(readings: list[Progress]) -> str:
    """What is shown of runs in flight; of several the longer time and the longer pause."""
    counted = [f"{_counted(one)}, {_judged(one)}" for one in readings]
    if len(readings) > 1:  # a terminal of 80 columns has room for the counts of two
        counted = [f"{one.label}: {one.done}/{one.total}" for one in readings]
    pause = max(one.pause for one in readings)
    if pause >= 1.0:  # shorter ones come and go before they could be read
        return f"{', '.join(counted)}, the upstream limits, asking again in {duration(pause)}"
    at_once = sum(one.concurrency for one in readings)
    known = [one.remaining for one in readings if one.remaining is not None]
    left = f", {duration(max(known))} left" if len(known) == len(readings) else ""
    return f"{', '.join(counted)}{f', {at_once} at once' if at_once else ''}{left}"


def _counted(reading: Progress) -> str:
    return f"{reading.label}: {reading.done}/{reading.total} tasks"


def _judged(reading: Progress) -> str:
    return f"{reading.passed} passed{f', {reading.errors} without result' if reading.errors else ''}"


def build_progress() -> Callable[[int, int], None] | None:
    """For ``Workspace.build``, called with (done, total) documents and then chunks; ``None`` where standard error is no
    terminal."""
    if not sys.stderr.isatty():
        return None
    line = StatusLine()
    started = time.monotonic()
    drawn = started + PATIENCE - REDRAW
    phases = iter(("checking chunks",))
    phase = "reading documents"

    def show(done: int, total: int) -> None:
        nonlocal drawn, started, phase
        now = time.monotonic()
        if done >= total:
            line.clear()
            phase, started = next(phases, phase), now
        elif done and now - drawn >= REDRAW:
            drawn = now
            left = duration((now - started) / done * (total - done))
            line.write(f"{phase}: {done}/{total}, {left} left")

    return show


def index_progress() -> Callable[[int, int], None] | None:
    """For ``Workspace.build``, called with (done, total) chunks in the index; ``None`` where standard error is no
    terminal."""
    if not sys.stderr.isatty():
        return None
    line = StatusLine()
    first: tuple[float, int] | None = None

    def show(done: int, total: int) -> None:
        nonlocal first
        now = time.monotonic()
        if done >= total:
            line.clear()
        elif first is None:
            # Speed is measured from here on: what was in the index already took no time.
            first = now, done
        elif done > first[1]:
            left = duration((now - first[0]) / (done - first[1]) * (total - done))
            line.write(f"making the index: {done}/{total} chunks, {left} left")

    return show
