"""mission.lock: pins, differences, and writing it whole."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gonogo.building.findings import Findings
from gonogo.building.lock import LOCK_FILE, check_lock, lock_text, read_lock, write_lock
from gonogo.building.yaml_nodes import read_yaml
from gonogo.errors import BadInput

PINS = {"embedder": "a" * 64, "chunker": "b" * 64}


def note(folder: Path, installed: dict[str, str], findings: Findings) -> None:
    if (read := read_lock(folder, findings)) is not None:
        check_lock(*read, installed, findings)


def told(folder: Path, installed: dict[str, str]) -> list[str]:
    findings = Findings()
    note(folder, installed, findings)
    return [str(problem) for problem in findings.problems]


def test_what_was_written_is_read_back(tmp_path: Path, findings: Findings) -> None:
    assert write_lock(tmp_path, PINS)
    read = read_lock(tmp_path, findings)
    assert read is not None
    assert read[0] == PINS
    assert told(tmp_path, PINS) == []


def test_equal_pins_give_equal_bytes_and_no_second_write(tmp_path: Path) -> None:
    assert write_lock(tmp_path, PINS)
    assert not write_lock(tmp_path, dict(reversed(PINS.items())))


def test_nothing_else_is_left_in_the_folder(tmp_path: Path) -> None:
    write_lock(tmp_path, PINS)
    write_lock(tmp_path, {"embedder": "c" * 64})
    assert [path.name for path in tmp_path.iterdir()] == [LOCK_FILE]


def test_without_a_lock_there_is_nothing_to_say(tmp_path: Path) -> None:
    assert told(tmp_path, PINS) == []


def test_a_component_that_differs_names_both_and_the_way_out(tmp_path: Path) -> None:
    write_lock(tmp_path, PINS)
    assert told(tmp_path, {**PINS, "embedder": "d" * 64}) == [
        "mission.lock:5: pins.embedder: pins aaaaaaaaaaaa, but dddddddddddd is installed "
        "(install what is pinned, or accept what is installed with --update-lock)"
    ]


def test_a_component_that_is_gone_is_a_problem(tmp_path: Path) -> None:
    write_lock(tmp_path, PINS)
    assert "pins aaaaaaaaaaaa, but it is not installed" in told(tmp_path, {"chunker": "b" * 64})[0]


def test_a_component_without_a_pin_is_a_warning(tmp_path: Path, findings: Findings) -> None:
    write_lock(tmp_path, PINS)
    note(tmp_path, {**PINS, "router": "f" * 64}, findings)
    assert findings.problems == []
    assert [warning.key for warning in findings.warnings] == ["pins.router"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("format: 2\npins: {}", "has format 2; this gonogo knows 1"),
        ("pins: {}", "'format' is missing"),
        ("format: 1\npins: [a]", "pins: must be names"),
        ("format: 1\npins: {}\nmore: 1", "more: unknown key"),
        ("{", "is not YAML"),
        ("", "must be a mapping"),
    ],
)
def test_a_lock_that_cannot_be_used_is_a_problem(text: str, message: str, tmp_path: Path) -> None:
    (tmp_path / LOCK_FILE).write_text(text)
    assert message in told(tmp_path, PINS)[0]


def test_a_folder_that_cannot_be_written_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(BadInput, match="then commit"):
        write_lock(tmp_path / "file", PINS)


@settings(max_examples=30, deadline=None)
@given(
    st.dictionaries(
        st.text("ab:#\"'\\ -.", min_size=1, max_size=6), st.text("0123456789abcdef", min_size=1), max_size=4
    )
)
def test_any_component_name_survives_the_file(pins: dict[str, str]) -> None:
    root = read_yaml(lock_text(pins).encode(), LOCK_FILE)
    assert root.at("pins").plain() == pins
