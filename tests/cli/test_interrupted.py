"""Ctrl-C in the middle of an evaluation loses nothing that was finished."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing


def test_ctrl_c_ends_with_130_and_the_same_command_goes_on_from_there(slow, model_server):
    process = subprocess.Popen(
        [sys.executable, "-m", "gonogo", "evaluate", "support", "--concurrency", "1"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert model_server.holding.wait(30)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "goes on from there" in err
    assert "Traceback" not in out + err
    asked_before = len(model_server.questions)
    model_server.released.set()
    slow("evaluate", "support")
    # Two were answered, the third was in flight and is asked again.
    assert asked_before == 3
    assert len(model_server.questions) - asked_before == 4


def stored(home) -> int:
    """Task results that the store has by now."""
    with closing(sqlite3.connect(f"file:{home / 'gonogo.db'}?mode=ro", uri=True)) as connection:
        return connection.execute("SELECT count(*) FROM task_results").fetchone()[0]


def test_after_kill_9_the_same_command_asks_only_what_was_not_stored(slow, model_server):
    process = subprocess.Popen(
        [sys.executable, "-m", "gonogo", "evaluate", "support", "--concurrency", "1"],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    assert model_server.holding.wait(60)
    deadline = time.monotonic() + 60
    while stored(slow.home) < 2:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    process.kill()
    process.wait()
    model_server.released.set()
    slow("evaluate", "support")
    # Two were stored, the third was in flight and is asked again.
    assert len(model_server.questions) == 3 + 4


def test_nothing_counts_as_proven_after_an_interruption(slow, model_server):
    process = subprocess.Popen(
        [sys.executable, "-m", "gonogo", "evaluate", "support"], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert model_server.holding.wait(30)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=60)
    said = slow("deploy", "support@1")
    assert said.code == 4
    assert "has no Verdict" in said.err
