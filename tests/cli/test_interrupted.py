"""Ctrl-C in the middle of an evaluation loses nothing that was finished."""

from __future__ import annotations

import signal
import subprocess
import sys


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
