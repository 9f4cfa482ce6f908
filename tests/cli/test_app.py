"""The table of commands, help, exit codes, and how an error leaves the command line."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, NoReturn

import pytest

from gonogo.cli import app
from gonogo.cli.app import COMMANDS, SECTIONS, cli
from gonogo.errors import GateClosed, NotAllowed, ProviderFailed, TryAgain


def raising(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    """Make every command that opens a Workspace raise this."""

    def run(*_: Any) -> NoReturn:
        raise error

    monkeypatch.setattr("gonogo.cli.session.Session.run", run)


@pytest.mark.parametrize("name", sorted(set(COMMANDS)))
def test_every_command_of_the_table_can_be_loaded_and_has_help(name, shell):
    said = shell.fine(name, "--help")
    assert said.out.startswith(f"Usage: gonogo {name}")


def test_help_groups_the_commands_as_the_work_goes(shell):
    lines = shell.fine("--help").out.splitlines()
    assert [line.rstrip(":") for line in lines if line.rstrip(":") in SECTIONS] == list(SECTIONS)


def test_help_states_every_exit_code(shell):
    text = " ".join(shell.fine("--help").out.split())
    for code in ("0 fine or GO", "1 NO-GO", "2 usage", "3 INCONCLUSIVE", "4 INVALID", "65", "69", "70", "75", "77"):
        assert code in text


def test_the_table_names_the_groups_own_order(shell):
    assert list(COMMANDS) == cli.list_commands(None)  # type: ignore[arg-type]


def test_the_version_is_printed(shell):
    assert shell.fine("--version").out == "gonogo, version 0.1.0\n"


def test_a_misspelt_command_names_the_nearest_and_is_a_usage_error(shell):
    said = shell("evalute", "support")
    assert said.code == 2
    assert "Did you mean 'evaluate'?" in said.err


def test_an_unknown_option_is_a_usage_error(shell):
    assert shell("build", "--frob").code == 2


def test_an_error_on_purpose_is_one_line_on_standard_error(shell):
    said = shell("show", "support")
    assert (said.code, said.out) == (65, "")
    assert said.err.startswith("Error: there is no Mission 'support'")
    assert "Traceback" not in said.err


def test_debug_adds_the_traceback(shell):
    assert "Traceback" in shell("--debug", "show", "support").err


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (ProviderFailed("no answer", provider="x"), 69),
        (TryAgain("later"), 75),
        (NotAllowed("not you"), 77),
        (GateClosed("support@2", ("it broke",)), 1),
        (GateClosed("support@2", ("not shown",), exit_code=3), 3),
        (GateClosed("support@2", ("no Verdict",), exit_code=4), 4),
    ],
)
def test_each_kind_of_error_has_its_exit_code(error, code, shell, monkeypatch):
    raising(monkeypatch, error)
    said = shell("status")
    assert said.code == code
    assert str(error) in said.err


def test_a_closed_gate_names_the_two_ways_on(shell, monkeypatch):
    raising(monkeypatch, GateClosed("support@2", ("it broke",)))
    said = shell("status")
    assert "gonogo verdict support@2 --failed" in said.err
    assert "--override" in said.err


def test_a_bug_ends_in_words_and_code_70(shell, monkeypatch):
    raising(monkeypatch, ZeroDivisionError("division by zero"))
    said = shell("status")
    assert said.code == 70
    assert "ZeroDivisionError: division by zero" in said.err
    assert "our bug" in said.err
    assert "Traceback" not in said.err


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EFBIG])
def test_a_full_disk_says_which_file_and_to_try_again(number, shell, monkeypatch):
    raising(monkeypatch, OSError(number, os.strerror(number), "/data/x"))
    said = shell("status")
    assert said.code == 75
    assert "/data/x" in said.err
    assert "free some space" in said.err


def test_a_file_that_cannot_be_used_is_bad_input(shell, monkeypatch):
    raising(monkeypatch, PermissionError(errno.EACCES, "Permission denied", "/data/x"))
    said = shell("status")
    assert said.code == 65
    assert "/data/x: Permission denied" in said.err


def test_ctrl_c_ends_with_130(shell, monkeypatch):
    raising(monkeypatch, KeyboardInterrupt())
    said = shell("status")
    assert said.code == 130
    assert said.err.endswith("Stopped.\n")


def test_a_reader_that_went_away_does_not_look_like_no_go(shell):
    """click would end with 1, which a script would take for NO-GO."""
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "w") as closed:
        ended = subprocess.run([sys.executable, "-m", "gonogo", "log"], stdout=closed, stderr=subprocess.PIPE)
    assert ended.returncode == 141
    assert ended.stderr == b""


def test_text_that_the_terminal_cannot_write_is_escaped_and_no_crash(support):
    support.edit("support/prompts/system.md", "bicycle lights", "bicycle lights ☂")
    support.fine("build", "support")
    ended = subprocess.run(
        [sys.executable, "-m", "gonogo", "show", "support"],
        capture_output=True,
        env={**os.environ, "PYTHONIOENCODING": "latin-1"},
    )
    assert ended.returncode == 0, ended.stderr
    assert b"\\u2602" in ended.stdout


def test_home_can_be_named(shell, tmp_path):
    shell.fine("--home", str(tmp_path / "elsewhere"), "status")
    assert (tmp_path / "elsewhere" / "gonogo.db").exists()


def test_home_is_the_nearest_one_upwards(support, monkeypatch, tmp_path):
    support.fine("build", "support")
    monkeypatch.chdir(tmp_path / "support" / "prompts")
    assert "support@1" in support.fine("log").out


def test_every_error_code_the_help_names_is_one_the_code_has():
    assert (app.BAD_INPUT, app.TRY_AGAIN, app.OUR_BUG) == (65, 75, 70)


def test_the_module_runs_as_the_command(tmp_path: Path):
    ended = subprocess.run([sys.executable, "-m", "gonogo", "--version"], capture_output=True, cwd=tmp_path)
    assert ended.stdout == b"gonogo, version 0.1.0\n"
