"""The secret that keys are hashed with is made once and read by its owner only."""

from __future__ import annotations

import threading

import pytest

from gonogo.access import read_pepper
from gonogo.access.pepper import FILE_NAME
from gonogo.errors import BadInput


def test_it_is_made_once_for_its_owner_alone(tmp_path):
    home = tmp_path / "home"
    first = read_pepper(home)
    assert len(first) == 64
    assert read_pepper(home) == first
    assert (home / FILE_NAME).stat().st_mode & 0o777 == 0o600
    assert [path.name for path in home.iterdir()] == [FILE_NAME]


def test_two_homes_have_two(tmp_path):
    assert read_pepper(tmp_path / "a") != read_pepper(tmp_path / "b")


def test_of_many_that_make_it_at_once_all_read_the_same(tmp_path):
    found = []
    threads = [threading.Thread(target=lambda: found.append(read_pepper(tmp_path / "home"))) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 16
    assert len(set(found)) == 1


def test_a_setting_wins_and_makes_no_file(tmp_path):
    assert read_pepper(tmp_path, "sixteen characters") == b"sixteen characters"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("content", [b"", b"short\n"])
def test_one_that_is_too_short_is_refused(tmp_path, content):
    path = tmp_path / FILE_NAME
    path.write_bytes(content)
    path.chmod(0o600)
    with pytest.raises(BadInput, match=r"keys\.pepper.*16 bytes"):
        read_pepper(tmp_path)
    with pytest.raises(BadInput, match="pepper_env"):
        read_pepper(tmp_path, "short")


def test_one_that_others_can_read_is_refused_with_what_to_do(tmp_path):
    read_pepper(tmp_path)
    (tmp_path / FILE_NAME).chmod(0o644)
    with pytest.raises(BadInput, match="chmod 600"):
        read_pepper(tmp_path)


def test_a_folder_that_cannot_be_written_says_so(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(BadInput, match=r"keys\.pepper cannot be used"):
        read_pepper(tmp_path / "file" / "home")
