"""A journal outlives its process, and is never read for more than it holds."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gonogo.store import journal as journaling
from gonogo.store.journal import Journal, journals


@pytest.fixture
def journal(tmp_path):
    made = Journal(tmp_path, 1000.0)
    yield made
    made.close()


def held(folder):
    """(records, whether their process is dead) of every journal."""
    return [(records, dead) for dead in (False, True) for _, records in journals(folder, dead=dead)]


def test_what_was_appended_can_be_read_by_others_while_its_owner_lives(tmp_path, journal):
    assert journal.append(b"one")
    assert journal.append(b"two")
    assert held(tmp_path) == [([b"one", b"two"], False)]


def test_a_cleared_journal_holds_nothing_of_before(tmp_path, journal):
    for _ in range(5):
        journal.append(b"long ago")
    journal.clear()
    assert held(tmp_path) == [([], False)]
    journal.append(b"now")
    assert held(tmp_path) == [([b"now"], False)]


def test_a_full_journal_says_so_and_keeps_what_it_has(tmp_path, journal, monkeypatch):
    monkeypatch.setattr(journaling, "ROOM", 64)
    assert journal.append(b"x" * 40)
    assert not journal.append(b"x" * 10)
    assert held(tmp_path) == [([b"x" * 40], False)]


def test_a_record_that_is_being_written_over_is_none(tmp_path, journal):
    journal.append(b"first")
    journal.append(b"second")
    with journal.path.open("r+b") as file:
        file.seek(10)
        file.write(b"X")
    assert held(tmp_path) == [([], False)]


@settings(max_examples=50, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.binary(min_size=1, max_size=50), max_size=8), st.integers(0, 200), st.binary(max_size=20))
def test_no_bytes_whatever_are_read_as_a_record_that_was_never_written(tmp_path, records, at, noise):
    made = Journal(tmp_path, 1000.0)
    try:
        for record in records:
            made.append(record)
        with made.path.open("r+b") as file:
            file.seek(at)
            file.write(noise)
        [(found, _)] = held(tmp_path)
    finally:
        made.close()
    assert found == records[: len(found)]


def test_a_closed_journal_leaves_no_file(tmp_path):
    made = Journal(tmp_path, 1000.0)
    made.close()
    made.close()
    assert list(tmp_path.iterdir()) == []


def test_a_journal_is_for_its_owner_only(journal):
    assert os.stat(journal.path).st_mode & 0o777 == 0o600


def test_a_folder_that_cannot_be_written_is_an_error_and_leaves_nothing(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError):
        Journal(tmp_path / "file", 1000.0)


DIES = """
import os, signal, sys
from pathlib import Path
from gonogo.store.journal import Journal
journal = Journal(Path(sys.argv[1]), 1000.0)
for number in range(100):
    journal.append(b"record %d" % number)
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_killed_process_leaves_every_record_and_no_lock(tmp_path):
    ended = subprocess.run([sys.executable, "-c", DIES, str(tmp_path)], check=False)
    assert ended.returncode == -signal.SIGKILL
    assert held(tmp_path) == [([b"record %d" % number for number in range(100)], True)]
