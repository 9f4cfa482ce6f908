"""The name of a home folder on index servers."""

from __future__ import annotations

from pathlib import Path

import pytest

from gonogo.assembly import index_owner
from gonogo.assembly.index_owner import FILE, read_owner
from gonogo.errors import BadInput


@pytest.mark.parametrize("made", ["123456789012", "ab12cd34ef56", "abcdefabcdef"])
def test_a_name_is_made_once_also_of_digits_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, made: str) -> None:
    monkeypatch.setattr(index_owner.secrets, "token_hex", lambda _: made)
    assert read_owner(tmp_path) == made
    monkeypatch.setattr(index_owner.secrets, "token_hex", lambda _: "another")
    assert read_owner(tmp_path) == made


@pytest.mark.parametrize("written", ["", "Team A", "a/b"])
def test_a_file_that_holds_no_name_is_refused(tmp_path: Path, written: str) -> None:
    (tmp_path / FILE).write_text(written)
    with pytest.raises(BadInput, match="holds no owner's name"):
        read_owner(tmp_path)
