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
    """For ``RunOptions.progress``; ``None`` where standard error is no terminal."""
    if not sys.stderr.isatty():
        return None
    line, ended = StatusLine(), set[str]()

    def show(reading: Progress) -> None:
        last = reading.done == reading.total
        if reading.label in ended:
            return
        if last:
            ended.add(reading.label)
        errors = f", {reading.errors} without result" if reading.errors else ""
        left = "" if last or reading.remaining is None else f", {duration(reading.remaining)} left"
        at_once = "" if last or not reading.concurrency else f", {reading.concurrency} at once"
        if reading.pause >= 1.0 and not last:  # shorter ones come and go before they could be read
            at_once, left = ", the upstream limits", f", asking again in {duration(reading.pause)}"
        said = f"{reading.label}: {reading.done}/{reading.total} tasks, {reading.passed} passed{errors}{at_once}{left}"
        line.write(said, last=last)

    return show


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
