"""Ctrl-C and kill -9 in the middle: weights and rows are whole or not there, and the next command works."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import gonogo
from gonogo.classifiers import read_folder

ROOT = Path(__file__).parents[2]
INSTALLED = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
import pytest
from tests.training.hand_made import hand_made, install_toy
patch = pytest.MonkeyPatch()
install_toy(Path("shipped"), patch, bad=-1.0)
"""
LEARNING = """
import time
from gonogo.cli.app import main

def learn_for_long(*_arguments, **_options):
    Path("learning").write_text("")
    time.sleep(600)

patch.setattr("gonogo.assembly.classifier_learning.train", learn_for_long)
Path("rows.jsonl").write_text('{"text": "a", "label": true}')
main(["classifiers", "train", "toy", "--data", "rows.jsonl"])
"""
REGISTERING = """
import itertools
import gonogo
from gonogo.classifiers import write_folder

with gonogo.open(".gonogo") as home:
    for number in itertools.count(int(sys.argv[2])):
        write_folder(Path(f"made/{number}"), *hand_made(bad=1.0 + number / 1000.0))
        card = home.classifiers.register(f"made/{number}")
        home.classifiers.promote(f"toy@{card.digest}", reason="new", override="a drill")
        print(card.digest, flush=True)
"""


def child(code: str, *words: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", INSTALLED + code, str(ROOT), *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_ctrl_c_while_learning_ends_at_once_and_nothing_was_registered(shell):
    process = child(LEARNING)
    while not (shell.folder / "learning").exists():
        assert process.poll() is None, process.communicate()
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    assert "Nothing was registered." in err
    assert "Traceback" not in out + err
    assert not (shell.home / "classifiers").exists()
    assert shell.fine("classifiers", "list", "--json").code == 0


@pytest.mark.slow
def test_killed_while_registering_and_promoting_leaves_only_whole_ones(shell):
    chance = random.Random()
    acknowledged: set[str] = set()
    for round_number in range(4):
        process = child(REGISTERING, str(1000 * round_number))
        assert process.stdout is not None
        acknowledged.add(process.stdout.readline().strip())
        time.sleep(chance.uniform(0.0, 0.3))
        process.kill()
        acknowledged |= {line for line in process.communicate()[0].split() if len(line) == 64}
    weights = {place.name for place in (shell.home / "classifiers" / "toy").iterdir() if len(place.name) == 64}
    for digest in weights:
        assert read_folder(shell.home / "classifiers" / "toy" / digest).card.digest == digest
    with gonogo.open(shell.home) as home:
        found = home.classifiers.why("toy").weights
    registered = {one.card.digest for one in found if not one.shipped}
    promoted = {one.digest for weights_use in found for one in weights_use.promotions}
    assert acknowledged <= promoted
    assert promoted <= registered <= weights
