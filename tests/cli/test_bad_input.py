"""What people get wrong, and what their machines do to them: the place, the next step, the exit code, nothing lost."""

from __future__ import annotations

import os
import resource
import sqlite3
import subprocess
import sys

import pytest

MISSION = "support/mission.yaml"


def refused(shell, *words: str, code: int = 65) -> str:
    """The error of a command that must fail with that code, in words."""
    said = shell(*words)
    assert said.code == code, said
    assert said.err.startswith("Error: ")
    assert "Traceback" not in said.err
    return said.err


def test_an_unknown_key_has_line_key_and_the_nearest(support):
    support.edit(MISSION, "routing:", "rooting:")
    assert "support/mission.yaml:13: rooting: unknown key (did you mean 'routing'?)" in refused(
        support, "build", "support"
    )


def test_a_wrong_type_says_what_was_expected_and_found(support):
    support.edit(MISSION, "top_k: 5", "top_k: five")
    error = refused(support, "build", "support")
    assert "support/mission.yaml:12: retrieval.top_k: must be a whole number" in error
    assert "'five'" in error


def test_a_missing_prompt_file_is_named_with_the_line_that_wants_it(support):
    (support.folder / "support/prompts/system.md").unlink()
    error = refused(support, "build", "support")
    assert "support/mission.yaml:10: prompt.system: prompts/system.md does not exist" in error


def test_a_file_in_another_encoding_says_where_and_what_to_save_it_as(support):
    (support.folder / "support/prompts/system.md").write_bytes("Für alle.".encode("latin-1"))
    error = refused(support, "build", "support")
    assert "is not UTF-8: byte 0xfc" in error
    assert "save the file as UTF-8" in error


def test_a_document_in_another_encoding_is_named(support):
    (support.folder / "support/knowledge/old.md").write_bytes("Größe 5\n".encode("latin-1"))
    assert "knowledge/old.md" in refused(support, "build", "support")


def test_sources_that_match_nothing_are_named(support):
    for page in (support.folder / "support/knowledge").iterdir():
        page.unlink()
    assert "knowledge/**/* matches no file" in refused(support, "build", "support")


def test_a_document_of_200_megabytes_is_refused_before_it_is_read(support):
    with (support.folder / "support/knowledge/huge.md").open("wb") as huge:
        huge.truncate(200 * 1024 * 1024)
    error = refused(support, "build", "support")
    assert "knowledge/huge.md" in error
    assert "MiB" in error or "MB" in error or "bytes" in error


def test_task_ids_used_twice_or_missing_have_both_places(support):
    golden = support.folder / "support/golden"
    (golden / "more.yaml").write_text(
        "- id: warranty\n  question: a?\n  expect: [{contains: a}]\n- question: b?\n  expect: [{contains: b}]\n"
    )
    error = refused(support, "build", "support")
    assert "support/golden/tasks.yaml:26: id: the id 'warranty' is used twice; first in golden/more.yaml:1" in error
    assert "support/golden/more.yaml:4: 'id' is missing" in error


def test_a_placeholder_without_a_value_says_where_to_give_one(support):
    support.edit("support/prompts/system.md", "bicycle lights", "{{ goods }}")
    error = refused(support, "build", "support")
    assert "{{ goods }} has no value: add 'goods' to prompt.variables" in error


def test_a_refused_build_stores_nothing(support):
    support.edit(MISSION, "routing:", "rooting:")
    refused(support, "build", "support")
    assert support.fine("log").out.startswith("No Versions yet")


def test_an_unreachable_provider_is_69_with_its_address(support):
    support.settings('[providers.gone]\nbase_url = "http://127.0.0.1:9/v1"\n')
    for size in ("small", "large"):
        support.edit(MISSION, f"provider: builtin, model: extractive-{size}", "provider: gone, model: m-2024-01-01")
    error = refused(support, "ask", "support/", "Hello?", code=69)
    assert "127.0.0.1:9" in error
    assert "base_url" in error


def test_a_provider_that_settings_do_not_know_says_which_section_to_add(support):
    support.edit(MISSION, "provider: builtin, model: extractive-small", "provider: mine, model: m-2024-01-01")
    assert "no provider 'mine' in the settings here" in support.fine("validate", "support").err
    error = refused(support, "ask", "support/", "Hello?")
    assert "settings.toml" in error
    assert "[providers.mine]" in error


def test_a_mission_that_is_not_there_names_the_nearest_in_every_command(live):
    for words in (
        ("log", "suport"), ("show", "suport"), ("status", "suport"), ("history", "suport"), ("traces", "suport"),
        ("rollback", "suport"), ("evaluate", "suport"), ("deploy", "suport"), ("ask", "suport", "x"),
        ("log", "suport", "--part", "prompt"), ("verdict", "suport"),
    ):  # fmt: skip
        assert "did you mean 'support'?" in refused(live, *words), words


def test_a_store_of_a_newer_gonogo_is_left_alone(live):
    with sqlite3.connect(live.home / "gonogo.db") as database:
        database.execute("PRAGMA user_version = 999")
    database.close()
    before = (live.home / "gonogo.db").read_bytes()
    assert "newer" in refused(live, "status")
    assert (live.home / "gonogo.db").read_bytes() == before


def test_a_file_that_is_no_store_is_left_alone(live):
    (live.home / "gonogo.db").write_bytes(b"not a database, but somebody's work" * 100)
    error = refused(live, "status")
    assert "gonogo.db" in error
    assert "restore a backup" in error
    assert (live.home / "gonogo.db").read_bytes().startswith(b"not a database")


def test_a_store_damaged_inside_is_reported_and_not_mended_in_silence(live):
    path = live.home / "gonogo.db"
    content = bytearray(path.read_bytes())
    content[4096:] = b"\xff" * (len(content) - 4096)
    path.write_bytes(bytes(content))
    assert "gonogo.db" in refused(live, "log")


def test_home_that_is_a_file_is_named(shell):
    (shell.folder / "home").write_text("")
    assert "home" in refused(shell, "--home", "home", "status")


def test_a_home_that_cannot_be_written_is_named(shell):
    """``/proc`` lets nobody make a folder, not even root."""
    assert "/proc/home" in refused(shell, "--home", "/proc/home", "status")


def test_a_full_disk_loses_nothing_and_says_to_try_again(live):
    """A limit on the size of files stands in for the disk: SQLite meets it in the middle of a write."""

    def small_disk() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))

    live.edit("support/prompts/system.md", "most two", "most three")
    ended = subprocess.run(
        [sys.executable, "-m", "gonogo", "evaluate", "support", "--repeats", "20"],
        capture_output=True,
        text=True,
        preexec_fn=small_disk,
    )
    assert ended.returncode == 75, ended
    assert ended.stderr.rpartition("Error: ")[2].count("try again") == 1
    assert "Traceback" not in ended.stderr
    assert live.fine("status", "--json").json[0]["name"] == "support@1"
    live.fine("evaluate", "support")


def test_output_to_a_full_device_is_told_apart_from_a_verdict(live):
    with open("/dev/full", "w") as full:
        ended = subprocess.run([sys.executable, "-m", "gonogo", "log"], stdout=full, stderr=subprocess.PIPE, text=True)
    assert ended.returncode == 75
    assert "No space left" in ended.stderr
    assert "Traceback" not in ended.stderr


@pytest.mark.parametrize("words", [("deploy", "support@1", "--json"), ("status", "--json"), ("log", "--json")])
def test_errors_never_go_to_standard_output(words, shell):
    said = shell(*words[:1], "nobody", *words[-1:])
    assert (said.code, said.out) == (65, "")


def test_a_folder_without_a_mission_says_what_is_missing(shell):
    os.mkdir("empty")
    assert "mission.yaml" in refused(shell, "build", "empty")
