"""Code digest: what is computed counts, how it is worded does not."""

from __future__ import annotations

from pathlib import Path

from gonogo.classifiers.code_digest import code_digest

CODE = (
    '"""What it is."""\n\nLIMIT = 3\n"""Explained."""\n\n\ndef over(value: int) -> bool:\n'
    '    """Whether."""\n    return value > LIMIT\n'
)


def digest(folder: Path, name: str, code: str) -> str:
    file = folder / name
    file.write_text(code)
    return code_digest(file)


def test_words_comments_and_layout_do_not_count(tmp_path: Path) -> None:
    reworded = (
        CODE.replace("Whether.", "Whether it is over.")
        .replace("LIMIT = 3", "LIMIT  =  3  # three")
        .replace('"""Explained."""\n', "")
    )
    assert digest(tmp_path, "a.py", CODE) == digest(tmp_path, "b.py", reworded)


def test_another_number_is_another_digest(tmp_path: Path) -> None:
    assert digest(tmp_path, "a.py", CODE) != digest(tmp_path, "b.py", CODE.replace("3", "4"))


def test_the_digest_is_the_same_on_every_python(tmp_path: Path) -> None:
    assert digest(tmp_path, "a.py", CODE)[:12] == "26481d08c910"
